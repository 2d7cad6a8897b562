/**
 * The plain reference exchange: everything `docs/reference/semantics.md` says, in the simplest form we could think
 * of. It is slow and allocates; it exists so that the fast core can be compared with something obviously right.
 */
import {
  AccountStatus,
  type Command,
  CommandHeader,
  CommandType,
  type Event,
  eventSize,
  Reason,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";
import { checkGroup, checkState } from "./invariants.js";
import { newOrder } from "./new-order.js";
import {
  listAsset,
  listMarket,
  openAccount,
  payment,
  setAccountStatus,
  setMarketBands,
  setMarketFees,
  setMarketStatus,
} from "./operator-commands.js";
import { cancelAll, cancelOrder, cancelReplace, moveOrder, reduceOrder } from "./order-changes.js";
import { cancelList, orderList } from "./order-lists.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import { readCommand } from "./read-command.js";
import { Group, type ReferenceConfig, type State } from "./state.js";
import { stateDigest } from "./state-digest.js";
import { setCountdown, tick } from "./time.js";
import { transferAck, transferIn, transferOut } from "./transfers.js";

/** Large enough for any scenario that does not test a capacity. */
export const REFERENCE_CONFIG_DEFAULT: ReferenceConfig = {
  fillsMax: 4096,
  openOrdersMax: 1 << 20,
  rememberedIdsMax: 1 << 20,
  accountsMax: 1 << 20,
  assetsMax: 1024,
  marketsMax: 1024,
  outboxMax: 1024,
  specialOrdersMax: 1 << 18,
};

export class ReferenceExchange {
  readonly #state: State;

  constructor(config: Partial<ReferenceConfig> = {}) {
    this.#state = {
      config: { ...REFERENCE_CONFIG_DEFAULT, ...config },
      sequence: 0,
      nowUs: 0,
      rankCounter: 0,
      assets: [],
      markets: [],
      accounts: [AccountStatus.ACTIVE],
      balances: new Map(),
      orders: new Map(),
      remembered: new Map(),
      channels: new Map(),
      lists: new Map(),
      countdowns: new Map(),
    };
  }

  /** Carries out one command and returns its group of events. */
  apply(command: Command): Event[] {
    return this.#apply(CommandType[command.kind], command.account, command.timeUs ?? 0, command);
  }

  /** Carries out the command at a word, which need not be well formed. */
  applyWords(buffer: WordBuffer, at: number): Event[] {
    const type = buffer.i32[at]! & 0xff;
    const account = buffer.i32[at + CommandHeader.ACCOUNT]!;
    const timeUs = buffer.f64[(at + CommandHeader.TIME_US) >> 1]!;
    return this.#apply(type, account, timeUs, readCommand(buffer, at));
  }

  /** The digest of the whole state, computed anew: 16 hex digits. */
  stateDigest(): string {
    return stateDigest(this.#state);
  }

  /** Throws if money was made or lost, a book is crossed, a queue is out of order, or a count is wrong. */
  checkInvariants(): void {
    checkState(this.#state);
  }

  #apply(type: number, account: number, timeUs: number, command: Command | undefined): Event[] {
    const state = this.#state;
    state.sequence++;
    if (Number.isSafeInteger(timeUs)) state.nowUs = Math.max(state.nowUs, timeUs);
    const group = new Group();
    const result = command === undefined ? outcome(Reason.MALFORMED_COMMAND) : this.#run(command, group);
    const events: Event[] = [
      {
        kind: "RESULT",
        account,
        sequence: state.sequence,
        timeUs: state.nowUs,
        groupWords: 0,
        commandType: type as CommandType,
        ...result,
      },
      ...group.events,
    ];
    for (const { account, asset, free, locked } of group.touched) {
      events.push({ kind: "BALANCE", account, asset, free, locked });
    }
    const groupWords = events.reduce((sum, event) => sum + eventSize(event), 0);
    events[0] = { ...events[0]!, groupWords } as Event;
    const isLone = result.reason !== Reason.OK && result.reason < Reason.CANCEL_REPLACE_CANCEL_FAILED;
    if (isLone && groupWords !== ResultEvent.WORDS) throw new Error("a refused command had an effect");
    checkGroup(events);
    return events;
  }

  #run(command: Command, group: Group): Outcome {
    const state = this.#state;
    switch (command.kind) {
      case "NEW_ORDER":
        return newOrder(state, group, command);
      case "CANCEL_ORDER":
        return cancelOrder(state, group, command);
      case "CANCEL_ALL":
        return cancelAll(state, group, command);
      case "CANCEL_REPLACE":
        return cancelReplace(state, group, command);
      case "MOVE_ORDER":
        return moveOrder(state, group, command);
      case "REDUCE_ORDER":
        return reduceOrder(state, group, command);
      case "ORDER_LIST":
        return orderList(state, group, command);
      case "CANCEL_LIST":
        return cancelList(state, group, command);
      case "SET_COUNTDOWN":
        return setCountdown(state, group, command);
      case "LIST_ASSET":
        return listAsset(state, group, command);
      case "LIST_MARKET":
        return listMarket(state, group, command);
      case "SET_MARKET_STATUS":
        return setMarketStatus(state, group, command);
      case "SET_MARKET_FEES":
        return setMarketFees(state, group, command);
      case "SET_MARKET_BANDS":
        return setMarketBands(state, group, command);
      case "OPEN_ACCOUNT":
        return openAccount(state, group, command);
      case "SET_ACCOUNT_STATUS":
        return setAccountStatus(state, group, command);
      case "DEPOSIT":
      case "WITHDRAW":
        return payment(state, group, command);
      case "TRANSFER_OUT":
        return transferOut(state, group, command);
      case "TRANSFER_IN":
        return transferIn(state, group, command);
      case "TRANSFER_ACK":
        return transferAck(state, command);
      case "BARRIER":
        return taken();
      case "TICK":
        return tick(state, group);
    }
  }
}
