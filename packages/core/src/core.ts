import {
  COMMAND_WORDS,
  CommandHeader,
  CommandType,
  EventType,
  NewOrder,
  Reason,
  ResultEvent,
  TermsWords,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry } from "./client-ids/id-memory.js";
import { Admin } from "./commands/admin.js";
import { CancelLists } from "./commands/cancel-list.js";
import { CancelReplaces } from "./commands/cancel-replace.js";
import { NewOrders } from "./commands/new-order.js";
import { OpenOrders } from "./commands/open-orders.js";
import { OrderLists } from "./commands/order-list.js";
import { Timers } from "./commands/timers.js";
import { Transfers } from "./commands/transfers.js";
import { type CoreConfig, completeConfig } from "./config.js";
import { digestText } from "./digest/state-digest.js";
import { EventWriter } from "./events/event-writer.js";
import { Holds } from "./ledger/holds.js";
import { LookAhead } from "./look-ahead.js";
import { Ending } from "./matching/ending.js";
import { ListEffects } from "./matching/list-effects.js";
import { Matcher } from "./matching/matcher.js";
import { Preview } from "./matching/preview.js";
import { Queues } from "./matching/queues.js";
import { Release } from "./matching/release.js";
import { Settlement } from "./matching/settlement.js";
import { Triggers } from "./matching/triggers.js";
import { CoreQueries } from "./queries/core-queries.js";
import { Needs } from "./risk/needs.js";
import { areOrderWordsSound, NewOrderChecks } from "./risk/new-order-checks.js";
import { readSnapshot } from "./snapshot/restore.js";
import { snapshotBytes, snapshotBytesMax, writeSnapshot } from "./snapshot/snapshot.js";
import { Scalar } from "./state/scalars.js";
import { State } from "./state/state.js";

/** Size in words by command type, 0: no such type. */
const WORDS_BY_TYPE = new Int32Array(256);
for (const [type, words] of COMMAND_WORDS) WORDS_BY_TYPE[type] = words;

/** By command type: words by which a command may be longer, for the terms of its order. */
const TERMS_BY_TYPE = new Int32Array(256);
TERMS_BY_TYPE[CommandType.NEW_ORDER] = TermsWords.WORDS;
TERMS_BY_TYPE[CommandType.CANCEL_REPLACE] = TermsWords.WORDS;

/**
 * The deterministic exchange: `apply` takes one command and appends the events it causes. No input or output,
 * no clock, no randomness; the same commands give the same events and the same state, byte for byte.
 */
export class Core {
  readonly config: CoreConfig;
  /** Questions about the state as it is now. */
  readonly queries: CoreQueries;
  readonly #state: State;
  readonly #newOrders: NewOrders;
  readonly #openOrders: OpenOrders;
  readonly #cancelReplaces: CancelReplaces;
  readonly #orderLists: OrderLists;
  readonly #cancelLists: CancelLists;
  readonly #timers: Timers;
  readonly #admin: Admin;
  readonly #lookAhead: LookAhead;
  readonly #transfers: Transfers;

  constructor(config: Partial<CoreConfig> = {}) {
    this.config = completeConfig(config);
    const state = new State(this.config);
    const events = new EventWriter(state);
    const holds = new Holds(state);
    const preview = new Preview(state);
    const needs = new Needs(state, preview);
    const queues = new Queues(state);
    const ending = new Ending(state, events, holds, queues);
    const lists = new ListEffects(state, events, holds, queues, ending);
    const settlement = new Settlement(state, events, queues, lists);
    const matcher = new Matcher(state, events, holds, settlement, preview, queues, ending, lists);
    const release = new Release(state, events, holds, needs, matcher, queues, ending, lists);
    const triggers = new Triggers(state, events, holds, matcher, preview, queues, lists, release);
    const checks = new NewOrderChecks(state, needs);
    const newOrders = new NewOrders(state, events, holds, checks, matcher, triggers, queues);
    const openOrders = new OpenOrders(state, events, holds, matcher, triggers, queues, ending, lists);
    this.#state = state;
    this.#lookAhead = new LookAhead(state);
    this.#newOrders = newOrders;
    this.#openOrders = openOrders;
    this.#cancelReplaces = new CancelReplaces(state, openOrders, newOrders);
    this.#orderLists = new OrderLists(
      state,
      events,
      holds,
      checks,
      needs,
      newOrders,
      matcher,
      triggers,
      queues,
      ending,
    );
    this.#cancelLists = new CancelLists(state, lists);
    this.#timers = new Timers(state, lists, openOrders);
    this.#admin = new Admin(state);
    this.#transfers = new Transfers(state);
    this.queries = new CoreQueries(state);
  }

  /** A core as it was when the snapshot was taken. Throws a SnapshotError that names what is wrong. */
  static restore(snapshot: Uint8Array): Core {
    return readSnapshot(snapshot, (config) => {
      const core = new Core(config);
      return { core, state: core.#state };
    });
  }

  /** Where `apply` appends events. The caller reads them and clears it. */
  get output(): WordBuffer {
    return this.#state.out;
  }

  /** Commands applied so far. */
  get sequence(): number {
    return this.#state.scalars[Scalar.SEQUENCE];
  }

  /** Time of the last command, µs since 1970. */
  get timeUs(): number {
    return this.#state.scalars[Scalar.NOW];
  }

  /** When a TICK has something to do next, µs since 1970; 0: never, as things are. */
  get nextDueUs(): number {
    return this.#timers.nextDueUs;
  }

  /** 16 hex digits that tell states apart; kept up to date, so cheap at any size. */
  stateDigest(): string {
    return digestText(this.#state);
  }

  /**
   * A copy of the whole state, without pending output. Pass the bytes of an earlier snapshot that is no longer
   * needed: when they are large enough they are used again, which spares the time of taking fresh memory.
   */
  snapshot(reuse?: Uint8Array): Uint8Array {
    return writeSnapshot(this.#state, reuse);
  }

  /** Bytes that {@link snapshot} would write if `ids` more client order ids were remembered, which fit. */
  snapshotBytesWith(ids: number): number {
    return snapshotBytes(this.#state) + this.#state.ids.bytesOf(ids);
  }

  /** Bytes that it writes of a full core, outboxes left aside. */
  get snapshotBytesMax(): number {
    return snapshotBytesMax(this.#state);
  }

  /** @internal For tests in this package. */
  get state(): State {
    return this.#state;
  }

  /**
   * Reads what the commands from word `from` on will need, and returns the word where those that were looked at end:
   * the next call's place. Changes nothing; commands that were looked at are applied sooner.
   */
  lookAhead(commands: WordBuffer, from: number): number {
    return this.#lookAhead.read(commands, from);
  }

  /**
   * Writes to the memory that the next `orders` new orders and the next `ids` client order ids will take, so that none
   * of them waits for the system to provide it, which costs as much as several orders. Changes nothing else; what is
   * ready already costs nothing.
   */
  prepare(orders: number, ids = orders): void {
    this.#state.books.prepare(orders);
    this.#state.orders.prepare(orders);
    this.#state.ids.prepare(ids);
  }

  /** Applies the command that starts at word `at`, and appends its group of events to `output`. */
  apply(command: WordBuffer, at: number): void {
    const state = this.#state;
    const { scalars, out } = state;
    const time = command.f64[(at + CommandHeader.TIME_US) >> 1];
    scalars[Scalar.SEQUENCE] += 1;
    if (time > scalars[Scalar.NOW] && Number.isInteger(time) && time <= Number.MAX_SAFE_INTEGER)
      scalars[Scalar.NOW] = time;
    const resultAt = out.reserve(ResultEvent.WORDS);
    state.resultAt = resultAt;
    const type = command.i32[at] & 0xff;
    out.i32[resultAt] = EventType.RESULT | (ResultEvent.WORDS << 8);
    out.i32[resultAt + 1] = command.i32[at + CommandHeader.ACCOUNT];
    out.f64[(resultAt + ResultEvent.SEQUENCE) >> 1] = scalars[Scalar.SEQUENCE];
    out.f64[(resultAt + ResultEvent.TIME_US) >> 1] = scalars[Scalar.NOW];
    out.f64[(resultAt + ResultEvent.ORDER_ID) >> 1] = 0;
    out.i32[resultAt + ResultEvent.DETAIL] = 0;
    out.i32[resultAt + ResultEvent.RESERVED] = 0;
    const more = (command.i32[at] >>> 8) - WORDS_BY_TYPE[type];
    const isSized = WORDS_BY_TYPE[type] !== 0 && (more === 0 || (more > 0 && more === TERMS_BY_TYPE[type]));
    const reason = isSized ? this.#dispatch(type, command, at) : Reason.MALFORMED_COMMAND;
    out.i32[resultAt + ResultEvent.REASON] = reason | (type << 16);
    state.balances.emitTouched(out);
    out.i32[resultAt + ResultEvent.GROUP_WORDS] = out.length - resultAt;
  }

  #dispatch(type: number, command: WordBuffer, at: number): number {
    switch (type) {
      case CommandType.NEW_ORDER:
        return this.#newOrder(command, at);
      case CommandType.CANCEL_ORDER: {
        if (!this.#openOrders.areCancelWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        const refused = this.#refuse(command, at);
        return refused || this.#openOrders.cancel(command, at, accountOf(command, at), true);
      }
      case CommandType.CANCEL_ALL: {
        if (!this.#openOrders.areCancelAllWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        return this.#refuse(command, at) || this.#openOrders.cancelAll(command, at, accountOf(command, at));
      }
      case CommandType.CANCEL_REPLACE:
        return this.#cancelReplace(command, at);
      case CommandType.MOVE_ORDER: {
        if (!this.#openOrders.areMoveWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        return this.#refuse(command, at) || this.#openOrders.move(command, at, accountOf(command, at));
      }
      case CommandType.REDUCE_ORDER: {
        if (!this.#openOrders.areReduceWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        return this.#refuse(command, at) || this.#openOrders.reduce(command, at, accountOf(command, at));
      }
      case CommandType.ORDER_LIST:
        return this.#orderList(command, at);
      case CommandType.CANCEL_LIST: {
        if (!this.#cancelLists.areWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        return this.#refuse(command, at) || this.#cancelLists.run(command, at, accountOf(command, at));
      }
      case CommandType.SET_COUNTDOWN: {
        if (!this.#timers.areCountdownWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
        return this.#refuse(command, at) || this.#timers.setCountdown(command, at, accountOf(command, at));
      }
      default:
        return this.#administer(type, command, at);
    }
  }

  #administer(type: number, command: WordBuffer, at: number): number {
    switch (type) {
      case CommandType.LIST_ASSET:
        return this.#admin.listAsset(command, at);
      case CommandType.LIST_MARKET:
        return this.#admin.listMarket(command, at);
      case CommandType.SET_MARKET_STATUS:
        return this.#admin.setMarketStatus(command, at);
      case CommandType.SET_MARKET_FEES:
        return this.#admin.setMarketFees(command, at);
      case CommandType.SET_MARKET_BANDS:
        return this.#admin.setMarketBands(command, at);
      case CommandType.OPEN_ACCOUNT:
        return this.#admin.openAccount(command, at);
      case CommandType.SET_ACCOUNT_STATUS:
        return this.#admin.setAccountStatus(command, at);
      case CommandType.DEPOSIT:
        return this.#admin.payment(command, at, true);
      case CommandType.WITHDRAW:
        return this.#admin.payment(command, at, false);
      case CommandType.TRANSFER_OUT:
        return this.#transfers.send(command, at);
      case CommandType.TRANSFER_IN:
        return this.#transfers.receive(command, at);
      case CommandType.TRANSFER_ACK:
        return this.#transfers.acknowledge(command, at);
      case CommandType.BARRIER:
        return Reason.OK;
      case CommandType.TICK:
        return this.#timers.tick();
      default:
        return Reason.MALFORMED_COMMAND;
    }
  }

  #newOrder(command: WordBuffer, at: number): number {
    const terms = command.i32[at] >>> 8 > NewOrder.WORDS ? at + NewOrder.WORDS : 0;
    if (!areOrderWordsSound(command, at, terms)) return Reason.MALFORMED_COMMAND;
    const account = accountOf(command, at);
    if (!this.#mayTrade(account)) return Reason.UNKNOWN_ACCOUNT;
    const known = this.#newOrders.lookUp(command, at, account);
    if (known !== 0)
      return this.#answerKnown(known, this.#newOrders.reasonOfKnown(known, command, at, terms));
    if (this.#isLate(command, at)) return Reason.DEADLINE_PASSED;
    const reason = this.#newOrders.check(command, at, account, terms);
    if (reason === Reason.OK) {
      this.#nameNewOrder();
      this.#newOrders.take(command, at, account, terms);
    }
    return reason;
  }

  #orderList(command: WordBuffer, at: number): number {
    if (!this.#orderLists.areWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
    const account = accountOf(command, at);
    if (!this.#mayTrade(account)) return Reason.UNKNOWN_ACCOUNT;
    const known = this.#orderLists.lookUp(command, at, account);
    if (known !== 0) return this.#answerKnown(known, this.#orderLists.reasonOfKnown(known, command, at));
    if (this.#orderLists.hasUsedId(command, at, account)) return Reason.DUPLICATE_CLIENT_ORDER_ID;
    if (this.#isLate(command, at)) return Reason.DEADLINE_PASSED;
    const reason = this.#orderLists.check(command, at, account);
    if (reason === Reason.OK) {
      this.#nameNewOrder();
      this.#orderLists.take(command, at, account);
    }
    return reason;
  }

  #cancelReplace(command: WordBuffer, at: number): number {
    if (!this.#cancelReplaces.areWordsSound(command, at)) return Reason.MALFORMED_COMMAND;
    const account = accountOf(command, at);
    if (!this.#mayTrade(account)) return Reason.UNKNOWN_ACCOUNT;
    const known = this.#cancelReplaces.lookUp(command, at, account);
    if (known !== 0) return this.#answerKnown(known, this.#cancelReplaces.reasonOfKnown(known, command, at));
    if (this.#isLate(command, at)) return Reason.DEADLINE_PASSED;
    const reason = this.#cancelReplaces.run(command, at);
    if (reason === Reason.OK || reason === Reason.CANCEL_REPLACE_CANCEL_FAILED) this.#nameNewOrder();
    return reason;
  }

  #answerKnown(entry: number, reason: number): number {
    if (reason === Reason.REPEAT) {
      const w = this.#state.ids.words;
      const id = (w[entry + IdEntry.ORDER_LO] >>> 0) + w[entry + IdEntry.ORDER_HI] * 0x1_0000_0000;
      this.#state.out.f64[(this.#state.resultAt + ResultEvent.ORDER_ID) >> 1] = id;
    }
    return reason;
  }

  #nameNewOrder(): void {
    const { out, scalars, resultAt } = this.#state;
    out.f64[(resultAt + ResultEvent.ORDER_ID) >> 1] = scalars[Scalar.SEQUENCE] * 4;
  }

  /** The account, then the deadline: what all commands about open orders check after their words. */
  #refuse(command: WordBuffer, at: number): number {
    if (!this.#mayTrade(accountOf(command, at))) return Reason.UNKNOWN_ACCOUNT;
    return this.#isLate(command, at) ? Reason.DEADLINE_PASSED : Reason.OK;
  }

  #isLate(command: WordBuffer, at: number): boolean {
    const deadline = command.f64[(at + CommandHeader.DEADLINE_US) >> 1];
    return deadline !== 0 && this.#state.scalars[Scalar.NOW] > deadline;
  }

  #mayTrade(account: number): boolean {
    return account >= 1 && account < this.#state.scalars[Scalar.ACCOUNTS];
  }
}

const accountOf = (command: WordBuffer, at: number): number => command.i32[at + CommandHeader.ACCOUNT];
