import {
  CancelOrder,
  CancelReplace,
  CancelReplaceMode,
  CommandHeader,
  NewOrder,
  Reason,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";
import { areOrderWordsSound } from "../risk/new-order-checks.js";
import type { State } from "../state/state.js";
import type { NewOrders } from "./new-order.js";
import type { OpenOrders } from "./open-orders.js";

/** Where a NEW_ORDER with the embedded body would start. */
const BODY = CancelReplace.NEW_ORDER - NewOrder.MARKET;

/** Where the terms of the new order stand, 0: it has none. */
const termsAt = (command: WordBuffer, at: number): number =>
  command.i32[at] >>> 8 > CancelReplace.WORDS ? at + CancelReplace.WORDS : 0;

/** CANCEL_REPLACE: a cancel, then a new order, under one sequence. */
export class CancelReplaces {
  readonly #state: State;
  readonly #openOrders: OpenOrders;
  readonly #newOrders: NewOrders;

  constructor(state: State, openOrders: OpenOrders, newOrders: NewOrders) {
    this.#state = state;
    this.#openOrders = openOrders;
    this.#newOrders = newOrders;
  }

  areWordsSound(command: WordBuffer, at: number): boolean {
    const w = command.i32;
    const mode = w[at + CancelReplace.MODE];
    return (
      this.#openOrders.areCancelWordsSound(command, at) &&
      mode >= CancelReplaceMode.STOP_ON_FAILURE &&
      mode <= CancelReplaceMode.ALLOW_FAILURE &&
      areOrderWordsSound(command, at + BODY, termsAt(command, at)) &&
      w[at + CancelOrder.MARKET] === w[at + BODY + NewOrder.MARKET]
    );
  }

  /** Looks the new order's id up, with the effect of NEW_ORDER's step 3. Returns its entry, or 0. */
  lookUp(command: WordBuffer, at: number, account: number): number {
    return this.#newOrders.lookUp(command, at + BODY, account);
  }

  reasonOfKnown(entry: number, command: WordBuffer, at: number): number {
    return this.#newOrders.reasonOfKnown(entry, command, at + BODY, termsAt(command, at));
  }

  run(command: WordBuffer, at: number): number {
    const { out, resultAt } = this.#state;
    const account = command.i32[at + CommandHeader.ACCOUNT];
    const canceled = this.#openOrders.cancel(command, at, account, false);
    const detail = resultAt + ResultEvent.DETAIL;
    out.i32[detail] = canceled;
    const mode = command.i32[at + CancelReplace.MODE];
    if (canceled !== Reason.OK && mode === CancelReplaceMode.STOP_ON_FAILURE) {
      return Reason.CANCEL_REPLACE_BOTH_FAILED;
    }
    const placed = this.#newOrders.check(command, at + BODY, account, termsAt(command, at));
    out.i32[detail] = canceled | (placed << 16);
    if (placed !== Reason.OK) {
      return canceled === Reason.OK ? Reason.CANCEL_REPLACE_NEW_FAILED : Reason.CANCEL_REPLACE_BOTH_FAILED;
    }
    this.#newOrders.take(command, at + BODY, account, termsAt(command, at));
    return canceled === Reason.OK ? Reason.OK : Reason.CANCEL_REPLACE_CANCEL_FAILED;
  }
}
