/**
 * The OFL1 format: a header of 64 bytes, then records of 24 bytes, little endian.
 *
 * Header: `"OFL1"`, then u32 version, record size, preload count, main count, symbols, highest order id, seed;
 * i32 lowest and highest price; u32 accounts; u32 flags.
 * Record: u8 op, u8 side, u16 symbol, u32 order id, u32 account, i32 price, i32 quantity, u32 number.
 */

/** What a record asks for. */
export const FlowOp = { limit: 0, ioc: 1, cancel: 2, move: 3, reduce: 4 } as const;
export type FlowOp = (typeof FlowOp)[keyof typeof FlowOp];

// Words of a record. The first packs op, side << 8 and symbol << 16.
export const HEAD = 0;
export const ORDER_ID = 1;
export const ACCOUNT = 2;
/** Ticks. */
export const PRICE = 3;
/** Lots. */
export const QUANTITY = 4;
export const NUMBER = 5;
export const RECORD_WORDS = 6;

const HEADER_BYTES = 64;
const RECORD_BYTES = RECORD_WORDS * 4;
const VERSION = 1;
const MOVE_SETS_QUANTITY = 1;

/** An order flow: the commands that build the resting book, then those that are measured. */
export interface Flow {
  readonly name: string;
  /** How many records come before the measured ones. */
  readonly preload: number;
  /** How many records are measured. */
  readonly main: number;
  readonly symbols: number;
  /** Account numbers are 1…accounts. */
  readonly accounts: number;
  readonly orderIdMax: number;
  /** Whether MOVE carries a new quantity and may name a dead order. */
  readonly moveSetsQuantity: boolean;
  readonly seed: number;
  readonly priceMin: number;
  readonly priceMax: number;
  /** All records, RECORD_WORDS words each. */
  readonly records: Int32Array;
}

/** Thrown for a file that is not a whole OFL1 flow; the message says what is wrong and where. */
export class FlowFormatError extends Error {
  override readonly name = "FlowFormatError";
}

/** Reads a flow from the bytes of an OFL1 file. */
export function decodeFlow(name: string, bytes: Uint8Array): Flow {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== 0x314c464f) {
    throw new FlowFormatError(`${name}: not an OFL1 file (it must start with "OFL1" and a 64-byte header)`);
  }
  const u32 = (index: number): number => view.getUint32(4 * index, true);
  if (u32(1) !== VERSION) throw new FlowFormatError(`${name}: version ${u32(1)}, only ${VERSION} is known`);
  if (u32(2) !== RECORD_BYTES) throw new FlowFormatError(`${name}: records of ${u32(2)} bytes, not 24`);
  const preload = u32(3);
  const main = u32(4);
  const expected = HEADER_BYTES + (preload + main) * RECORD_BYTES;
  if (bytes.byteLength !== expected) {
    throw new FlowFormatError(
      `${name}: ${bytes.byteLength} bytes, but ${preload + main} records need ${expected}`,
    );
  }
  const records = new Int32Array((preload + main) * RECORD_WORDS);
  for (let i = 0; i < records.length; i++) records[i] = view.getInt32(HEADER_BYTES + 4 * i, true);
  const flow: Flow = {
    name,
    preload,
    main,
    symbols: u32(5),
    orderIdMax: u32(6),
    seed: u32(7),
    priceMin: view.getInt32(32, true),
    priceMax: view.getInt32(36, true),
    accounts: u32(10),
    moveSetsQuantity: (u32(11) & MOVE_SETS_QUANTITY) !== 0,
    records,
  };
  checkRecords(flow);
  return flow;
}

/** The bytes of a flow's OFL1 file. */
export function encodeFlow(flow: Flow): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + flow.records.length * 4);
  const view = new DataView(bytes.buffer);
  const header = [
    0x314c464f,
    VERSION,
    RECORD_BYTES,
    flow.preload,
    flow.main,
    flow.symbols,
    flow.orderIdMax,
    flow.seed,
    flow.priceMin,
    flow.priceMax,
    flow.accounts,
    flow.moveSetsQuantity ? MOVE_SETS_QUANTITY : 0,
  ];
  header.forEach((value, index) => {
    view.setInt32(4 * index, value | 0, true);
  });
  flow.records.forEach((value, index) => {
    view.setInt32(HEADER_BYTES + 4 * index, value, true);
  });
  return bytes;
}

function checkRecords(flow: Flow): void {
  const { records } = flow;
  for (let i = 0; i < records.length; i += RECORD_WORDS) {
    const head = records[i + HEAD]!;
    const op = head & 0xff;
    const id = records[i + ORDER_ID]! >>> 0;
    const quantity = records[i + QUANTITY]!;
    const where = `${flow.name}: record ${i / RECORD_WORDS}`;
    if (op > FlowOp.reduce) throw new FlowFormatError(`${where}: unknown op ${op}`);
    if (((head >>> 8) & 0xff) > 1) throw new FlowFormatError(`${where}: side is neither 0 nor 1`);
    if (head >>> 16 >= flow.symbols) throw new FlowFormatError(`${where}: symbol beyond ${flow.symbols - 1}`);
    if (id === 0 || id > flow.orderIdMax) throw new FlowFormatError(`${where}: order id ${id} out of range`);
    const placesOrder = op === FlowOp.limit || op === FlowOp.ioc;
    if ((placesOrder || op === FlowOp.move) && !(records[i + PRICE]! > 0)) {
      throw new FlowFormatError(`${where}: price ${records[i + PRICE]} is not positive`);
    }
    if ((placesOrder || op === FlowOp.reduce) && quantity <= 0) {
      throw new FlowFormatError(`${where}: quantity ${quantity} is not positive`);
    }
  }
}
