import { CancelOrder, CLIENT_ID_BYTES_MAX, type WordBuffer } from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import type { State } from "../state/state.js";

/** Whether the words that name an order (the same in all commands that do) name one in some way. */
export function namesAnOrder(command: WordBuffer, at: number): boolean {
  const length = command.i32[at + CancelOrder.ID_LENGTH];
  if (!(length >= 0 && length <= CLIENT_ID_BYTES_MAX)) return false;
  return length > 0 || command.f64[(at + CancelOrder.ORDER_ID) >> 1] !== 0;
}

/** The open order of the account that a command names on a market, or 0. */
export function lookUpOrder(
  state: State,
  command: WordBuffer,
  at: number,
  account: number,
  market: number,
): number {
  const { books, orders } = state;
  const id = command.f64[(at + CancelOrder.ORDER_ID) >> 1];
  const length = command.i32[at + CancelOrder.ID_LENGTH];
  let order = 0;
  if (id !== 0) {
    if (!(Number.isInteger(id) && id > 0 && id <= Number.MAX_SAFE_INTEGER)) return 0;
    order = books.find(id | 0, (id / 0x1_0000_0000) | 0);
    if (order === 0) return 0;
  }
  if (length > 0) {
    const named = findByClientId(state, account, length, command.i32, at + CancelOrder.ID);
    if (named === 0 || (order !== 0 && named !== order)) return 0;
    order = named;
  }
  if (books.words[order + Hot.ACCOUNT] !== account) return 0;
  if (orders.words[orders.cold(order) + Cold.MARKET] !== market) return 0;
  return order;
}

/** The open order that an account gave a client id, or 0. */
export function findByClientId(
  state: State,
  account: number,
  length: number,
  words: Int32Array,
  at: number,
): number {
  const hash = nameHash(account, NameSpace.ORDERS, length, words, at);
  const entry = state.ids.find(hash, account, NameSpace.ORDERS, length, words, at);
  if (entry === 0) return 0;
  const w = state.ids.words;
  return state.books.find(w[entry + IdEntry.ORDER_LO], w[entry + IdEntry.ORDER_HI]);
}
