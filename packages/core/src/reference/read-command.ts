/** Reading a record that may be damaged: the core is total, so the reference must be too. */
import {
  CancelOrder,
  CancelReplace,
  CLIENT_ID_BYTES_MAX,
  COMMAND_WORDS,
  type Command,
  CommandType,
  decodeCommand,
  MoveOrder,
  NewOrder,
  OpenAccount,
  ReduceOrder,
  Transfer,
  WordBuffer,
} from "@buttonwood/protocol";

/** Where each type keeps the lengths of its texts. */
const LENGTHS: Readonly<Record<number, readonly number[]>> = {
  [CommandType.NEW_ORDER]: [NewOrder.ID_LENGTH],
  [CommandType.CANCEL_ORDER]: [CancelOrder.ID_LENGTH, CancelOrder.CANCEL_ID_LENGTH],
  [CommandType.CANCEL_REPLACE]: [
    CancelReplace.ID_LENGTH,
    CancelReplace.CANCEL_ID_LENGTH,
    CancelReplace.NEW_ORDER + NewOrder.ID_LENGTH - NewOrder.MARKET,
  ],
  [CommandType.MOVE_ORDER]: [MoveOrder.ID_LENGTH],
  [CommandType.REDUCE_ORDER]: [ReduceOrder.ID_LENGTH],
  [CommandType.OPEN_ACCOUNT]: [OpenAccount.NAME_LENGTH],
  [CommandType.DEPOSIT]: [Transfer.ID_LENGTH],
  [CommandType.WITHDRAW]: [Transfer.ID_LENGTH],
};

/**
 * Reads the record at a word. Undefined when its type is not known or its size is wrong. A text whose length can't
 * be becomes one that is too long, which every command refuses in its own place.
 */
export function readCommand(buffer: WordBuffer, at: number): Command | undefined {
  const type = buffer.i32[at]! & 0xff;
  const words = buffer.i32[at]! >>> 8;
  if (COMMAND_WORDS.get(type) !== words) return undefined;
  const isBad = (length: number): boolean => length < 0 || length > CLIENT_ID_BYTES_MAX;
  const bad = (LENGTHS[type] ?? []).filter((offset) => isBad(buffer.i32[at + offset]!));
  if (bad.length === 0) return decodeCommand(buffer, at);
  // Longer texts are read to the end of a copy that has room for them.
  const copy = WordBuffer.from(buffer.copy(at, at + words));
  copy.reserve(16);
  for (const offset of bad) copy.i32[offset] = CLIENT_ID_BYTES_MAX + 1;
  return decodeCommand(copy, 0);
}
