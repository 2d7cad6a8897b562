/** Reading a record that may be damaged: the core is total, so the reference must be too. */
import {
  CancelList,
  CancelOrder,
  CancelReplace,
  CLIENT_ID_BYTES_MAX,
  type Command,
  CommandType,
  Contingency,
  decodeCommand,
  isCommandSize,
  legAt,
  MoveOrder,
  NewOrder,
  OpenAccount,
  OrderList,
  Payment,
  ReduceOrder,
  WordBuffer,
} from "@buttonwood/protocol";

/** Where each type keeps its texts: the word of the length and the first word of the bytes. */
export const TEXTS_OF: Readonly<
  Record<number, readonly { readonly length: number; readonly text: number }[] | undefined>
> = {
  [CommandType.NEW_ORDER]: [{ length: NewOrder.ID_LENGTH, text: NewOrder.ID }],
  [CommandType.CANCEL_ORDER]: [
    { length: CancelOrder.ID_LENGTH, text: CancelOrder.ID },
    { length: CancelOrder.CANCEL_ID_LENGTH, text: CancelOrder.CANCEL_ID },
  ],
  [CommandType.CANCEL_REPLACE]: [
    { length: CancelReplace.ID_LENGTH, text: CancelReplace.ID },
    { length: CancelReplace.CANCEL_ID_LENGTH, text: CancelReplace.CANCEL_ID },
    {
      length: CancelReplace.NEW_ORDER + NewOrder.ID_LENGTH - NewOrder.MARKET,
      text: CancelReplace.NEW_ORDER + NewOrder.ID - NewOrder.MARKET,
    },
  ],
  [CommandType.MOVE_ORDER]: [{ length: MoveOrder.ID_LENGTH, text: MoveOrder.ID }],
  [CommandType.REDUCE_ORDER]: [{ length: ReduceOrder.ID_LENGTH, text: ReduceOrder.ID }],
  [CommandType.ORDER_LIST]: [
    { length: OrderList.ID_LENGTH, text: OrderList.ID },
    ...[0, 1, 2].map((leg) => ({
      length: legAt(0, leg) + NewOrder.ID_LENGTH,
      text: legAt(0, leg) + NewOrder.ID,
    })),
  ],
  [CommandType.CANCEL_LIST]: [
    { length: CancelList.ID_LENGTH, text: CancelList.ID },
    { length: CancelList.CANCEL_ID_LENGTH, text: CancelList.CANCEL_ID },
  ],
  [CommandType.OPEN_ACCOUNT]: [{ length: OpenAccount.NAME_LENGTH, text: OpenAccount.NAME }],
  [CommandType.DEPOSIT]: [{ length: Payment.ID_LENGTH, text: Payment.ID }],
  [CommandType.WITHDRAW]: [{ length: Payment.ID_LENGTH, text: Payment.ID }],
};

/**
 * Reads the record at a word. Undefined when its type is not known or its size is wrong. A text whose length can't
 * be becomes one that is too long, which every command refuses in its own place.
 */
export function readCommand(buffer: WordBuffer, at: number): Command | undefined {
  const type = buffer.i32[at]! & 0xff;
  const words = buffer.i32[at]! >>> 8;
  if (!isCommandSize(type, words)) return undefined;
  // A contingency outside its set is refused before anything else is looked at; it says how many orders there are.
  const contingency = buffer.i32[at + OrderList.CONTINGENCY]!;
  if (type === CommandType.ORDER_LIST && !Object.values<number>(Contingency).includes(contingency))
    return undefined;
  const isBad = (length: number): boolean => length < 0 || length > CLIENT_ID_BYTES_MAX;
  const bad = (TEXTS_OF[type] ?? []).filter(({ length }) => isBad(buffer.i32[at + length]!));
  if (bad.length === 0) return decodeCommand(buffer, at);
  // Longer texts are read to the end of a copy that has room for them.
  const copy = WordBuffer.from(buffer.copy(at, at + words));
  copy.reserve(16);
  for (const { length } of bad) copy.i32[length] = CLIENT_ID_BYTES_MAX + 1;
  return decodeCommand(copy, 0);
}
