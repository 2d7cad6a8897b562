import {
  CancelList,
  CLIENT_ID_BYTES_MAX,
  CLIENT_ID_WORDS,
  LIST_LEGS_MAX,
  ORDERS_PER_COMMAND,
  Reason,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import { isText, LowestByte } from "../client-ids/text-check.js";
import type { ListEffects } from "../matching/list-effects.js";
import { List } from "../orders/list-table.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";

/** CANCEL_LIST. */
export class CancelLists {
  readonly #state: State;
  readonly #lists: ListEffects;

  constructor(state: State, lists: ListEffects) {
    this.#state = state;
    this.#lists = lists;
  }

  areWordsSound(command: WordBuffer, at: number): boolean {
    const w = command.i32;
    const length = w[at + CancelList.ID_LENGTH];
    if (!(length >= 0 && length <= CLIENT_ID_BYTES_MAX)) return false;
    if (length === 0 && command.f64[(at + CancelList.LIST_ID) >> 1] === 0) return false;
    const cancelLength = w[at + CancelList.CANCEL_ID_LENGTH];
    return (
      cancelLength === 0 ||
      isText(w, at + CancelList.CANCEL_ID, CLIENT_ID_WORDS, cancelLength, LowestByte.NO_BLANK)
    );
  }

  run(command: WordBuffer, at: number, account: number): number {
    const { scalars, lists, out, resultAt } = this.#state;
    const w = command.i32;
    const market = w[at + CancelList.MARKET];
    if (!(market >= 0 && market < scalars[Scalar.MARKETS])) return Reason.UNKNOWN_MARKET;
    const row = this.#find(command, at, account);
    if (
      row === 0 ||
      lists.words[row + List.ACCOUNT] !== account ||
      lists.words[row + List.MARKET] !== market
    ) {
      return Reason.UNKNOWN_ORDER;
    }
    out.f64[(resultAt + ResultEvent.ORDER_ID) >> 1] = lists.firstOrderId(row);
    const length = w[at + CancelList.CANCEL_ID_LENGTH];
    for (let leg = 0; leg < LIST_LEGS_MAX; leg++) {
      const order = lists.order(row, leg);
      if (order === 0) continue;
      // The first that ends takes the others with it.
      this.#lists.cancel(order, length, w, at + CancelList.CANCEL_ID, true);
    }
    return Reason.OK;
  }

  /** The row of the list that has an open order and that all given ids name, or 0. */
  #find(command: WordBuffer, at: number, account: number): number {
    const { lists, ids } = this.#state;
    const w = command.i32;
    const id = command.f64[(at + CancelList.LIST_ID) >> 1];
    const length = w[at + CancelList.ID_LENGTH];
    if (id !== 0) {
      if (!Number.isInteger(id)) return 0;
      const row = this.#listOf(id * ORDERS_PER_COMMAND);
      if (row === 0 || length === 0) return row;
      return isIdOf(lists.words, row, w, at) ? row : 0;
    }
    const hash = nameHash(account, NameSpace.LISTS, length, w, at + CancelList.ID);
    const entry = ids.find(hash, account, NameSpace.LISTS, length, w, at + CancelList.ID);
    if (entry === 0) return 0;
    return this.#listOf(
      (ids.words[entry + IdEntry.ORDER_LO] >>> 0) + ids.words[entry + IdEntry.ORDER_HI] * 0x1_0000_0000,
    );
  }

  /** The row of the list whose first order has an id, by any of its orders that is open; or 0. */
  #listOf(firstOrderId: number): number {
    const { books } = this.#state;
    if (!(Number.isSafeInteger(firstOrderId) && firstOrderId > 0)) return 0;
    for (let leg = 0; leg < LIST_LEGS_MAX; leg++) {
      const order = books.find((firstOrderId + leg) | 0, (firstOrderId / 0x1_0000_0000) | 0);
      if (order !== 0) return this.#lists.listOf(order);
    }
    return 0;
  }
}

function isIdOf(lists: Int32Array, row: number, w: Int32Array, at: number): boolean {
  if (lists[row + List.ID_LENGTH] !== w[at + CancelList.ID_LENGTH]) return false;
  for (let i = 0; i < CLIENT_ID_WORDS; i++) {
    if (lists[row + List.CLIENT_ID + i] !== w[at + CancelList.ID + i]) return false;
  }
  return true;
}
