import {
  CancelReplaceMode,
  type Command,
  type Event,
  type MarketFields,
  type OrderState,
  Reason,
  ResultEvent,
} from "@buttonwood/protocol";
import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import type {
  Balance,
  Catalog,
  CommandOutcome,
  EngineAnswer,
  EngineClient,
  EngineQuery,
  EngineStatus,
} from "../../transport/engine-port.js";
import type { PartitionMap } from "../partition-map.js";
import { FundsDesk } from "./funds-desk.js";
import {
  type ListedMarket,
  listedMarket,
  type Need,
  needOfList,
  needOfMove,
  needOfOrder,
} from "./funds-need.js";
import { Listings } from "./listings.js";
import { mergedOutcome } from "./merge-outcomes.js";
import { fundsOf } from "./partition-funds.js";
import { readFunds } from "./read-funds.js";

export interface RoutingParts {
  /** The partitions' engines, by number. */
  readonly partitions: readonly EngineClient[];
  readonly map: PartitionMap;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  /** The best price of a side of a market, in ticks; 0 when there is none. Rejects when it isn't known. */
  readonly bestPrice: (market: number, side: "bid" | "ask") => Promise<number>;
}

/** Commands that may lack funds on their partition. */
type PlacingCommand = Command & {
  readonly kind: "NEW_ORDER" | "CANCEL_REPLACE" | "MOVE_ORDER" | "ORDER_LIST";
};

interface RoutedMarket {
  readonly listed: ListedMarket;
  /** The partition that takes its orders. */
  readonly partition: number;
}

/**
 * An exchange of several partitions as one engine: every command and question goes to the partitions that it
 * concerns, and a command that lacks funds on its partition waits until they are there.
 */
export class RoutingEngineClient implements EngineClient {
  readonly #parts: RoutingParts;
  readonly #listings: Listings;
  readonly #desk: FundsDesk;
  /** By number. */
  #assets: { readonly decimals: number }[] = [];
  #markets: RoutedMarket[] = [];

  private constructor(parts: RoutingParts) {
    this.#parts = parts;
    this.#listings = new Listings(parts.partitions);
    this.#desk = new FundsDesk({ ...parts, partitions: parts.partitions.map(fundsOf) });
  }

  /** Brings all partitions to the same listings, and resolves when that is done. */
  static async start(parts: RoutingParts): Promise<RoutingEngineClient> {
    const client = new RoutingEngineClient(parts);
    client.#learn(await client.#listings.complete());
    return client;
  }

  get inFlight(): number {
    let sum = this.#desk.waiting;
    for (const client of this.#parts.partitions) sum += client.inFlight;
    return sum;
  }

  /** The partition that takes a market's orders; undefined when nobody has told of the market yet. */
  readonly partitionOf = (market: number): number | undefined => this.#markets[market]?.partition;

  /** Learns of what was listed, before anybody asks for it. */
  take(event: Event): void {
    if (event.kind === "ASSET_LISTED") this.#assets[event.asset] ??= event;
    else if (
      event.kind === "MARKET_LISTED" &&
      this.#assets.length > Math.max(event.baseAsset, event.quoteAsset)
    ) {
      this.#markets[event.market] ??= this.#routed(event);
    }
  }

  /** Commands that wait for funds of other partitions. */
  get waitingForFunds(): number {
    return this.#desk.waiting;
  }

  submit(command: Command): Promise<CommandOutcome> {
    switch (command.kind) {
      case "NEW_ORDER":
        return this.#place(command, command.order.market);
      case "CANCEL_REPLACE":
      case "MOVE_ORDER":
        return this.#place(command, command.market);
      case "ORDER_LIST":
        return this.#place(command, command.legs[0]!.market);
      case "CANCEL_ORDER":
      case "REDUCE_ORDER":
      case "CANCEL_LIST":
        return this.#onMarket(command.market, (partition) => partition.submit(command));
      case "CANCEL_ALL":
        return command.market === -1
          ? this.#listings.gather(command)
          : this.#onMarket(command.market, (partition) => partition.submit(command));
      case "DEPOSIT":
      case "WITHDRAW":
        return this.#payment(command);
      case "LIST_ASSET":
      case "LIST_MARKET":
      case "OPEN_ACCOUNT":
        return this.#listings.add(command);
      case "SET_MARKET_STATUS":
      case "SET_MARKET_FEES":
      case "SET_MARKET_BANDS":
      case "SET_ACCOUNT_STATUS":
      case "SET_COUNTDOWN":
        return this.#listings.setOnAll(command);
      case "BARRIER":
      case "TICK":
        return this.#listings.setOnAll(command);
      case "TRANSFER_OUT":
      case "TRANSFER_IN":
      case "TRANSFER_ACK":
        return Promise.reject(new RangeError(`${command.kind} is between partitions alone`));
    }
  }

  async query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>>;
  async query(query: EngineQuery): Promise<EngineAnswer<EngineQuery>> {
    switch (query.kind) {
      case "openOrders":
        return query.market === -1
          ? this.#allOpenOrders(query)
          : this.#onMarket(query.market, (partition) => partition.query(query));
      case "openOrder":
      case "group":
      case "sequence":
      case "batchTimes":
        return this.#onMarket(query.market, (partition) => partition.query(query));
      case "balances":
        return this.#balances(query.account);
      case "catalog":
        return this.#catalog();
      case "status":
        return this.#status(query.supplies === true);
      case "funds":
      case "outbox":
      case "transferArrived":
        throw new RangeError(`${query.kind} is asked of one partition alone`);
    }
  }

  async close(): Promise<void> {
    this.#desk.close();
    await Promise.all(this.#parts.partitions.map((client) => client.close()));
  }

  #learn(catalog: Catalog): void {
    this.#assets = [...catalog.assets];
    this.#markets = catalog.markets.map((market) => this.#routed(market));
  }

  #routed(market: MarketFields): RoutedMarket {
    const partition = this.#parts.map.partitionOfMarket(market.symbol);
    return { listed: listedMarket(market, this.#assets), partition };
  }

  #home(account: number): EngineClient {
    return this.#parts.partitions[this.#parts.map.homeOf(account)]!;
  }

  /** Asks the partition of a market, at once when it is known here. */
  #onMarket<T>(market: number, ask: (partition: EngineClient) => Promise<T>): Promise<T> {
    const known = this.#markets[market];
    if (known !== undefined) return ask(this.#parts.partitions[known.partition]!);
    return this.#findMarket(market).then((partition) => ask(this.#parts.partitions[partition]!));
  }

  /** A market that was listed through another gateway; what is listed nowhere is refused by partition 0. */
  async #findMarket(market: number): Promise<number> {
    this.#learn(await this.#parts.partitions[0]!.query({ kind: "catalog" }));
    return this.#markets[market]?.partition ?? 0;
  }

  async #place(command: PlacingCommand, market: number): Promise<CommandOutcome> {
    const outcome = await this.#onMarket(market, (partition) => partition.submit(command));
    return isShortOfFunds(outcome) ? this.#fundOrder(command, market, outcome) : outcome;
  }

  /** An order that its partition lacks funds for: brings them there and submits it again with the same id. */
  async #fundOrder(
    command: PlacingCommand,
    market: number,
    refusal: CommandOutcome,
  ): Promise<CommandOutcome> {
    const { listed, partition } = this.#markets[market]!;
    const client = this.#parts.partitions[partition]!;
    const need = await this.#needOf(command, listed, client);
    if (need === undefined) return refusal;
    // What is to be canceled is canceled, or can't be: only the new order waits for funds.
    const again: Command =
      command.kind === "CANCEL_REPLACE" ? { ...command, mode: CancelReplaceMode.ALLOW_FAILURE } : command;
    const outcome = await this.#desk.fund({
      account: command.account,
      partition,
      need,
      deadlineUs: command.deadlineUs ?? 0,
      refusal,
      submit: () => client.submit(again),
      isRefused: isShortOfFunds,
    });
    return refusal.reason === Reason.CANCEL_REPLACE_NEW_FAILED && outcome !== refusal
      ? replaced(refusal, outcome)
      : outcome;
  }

  async #needOf(
    command: PlacingCommand,
    market: ListedMarket,
    client: EngineClient,
  ): Promise<Need | undefined> {
    if (command.kind === "MOVE_ORDER") {
      const { account, orderId, clientOrderId } = command;
      const named = { account, market: command.market, orderId, clientOrderId };
      const order = await client.query({ kind: "openOrder", ...named });
      return order === undefined ? undefined : needOfMove(command, order, market);
    }
    if (command.kind === "ORDER_LIST") return needOfList(command, market);
    const { order } = command;
    const exact = needOfOrder(order, market, 0);
    if (exact.isExact) return exact;
    const side = order.side === 0 ? "ask" : "bid";
    // Without a price it asks for all that is free.
    const best = await this.#parts.bestPrice(market.market, side).catch(() => 0);
    return needOfOrder(order, market, best);
  }

  async #payment(command: Command & { readonly kind: "DEPOSIT" | "WITHDRAW" }): Promise<CommandOutcome> {
    const { account, asset, amount, deadlineUs = 0 } = command;
    const home = this.#home(account);
    const refusal = await home.submit(command);
    if (!isShortOfFunds(refusal)) return refusal;
    return this.#desk.fund({
      account,
      partition: this.#parts.map.homeOf(account),
      need: { asset, amount, isExact: true },
      deadlineUs,
      refusal,
      submit: () => home.submit(command),
      isRefused: isShortOfFunds,
    });
  }

  async #allOpenOrders(query: EngineQuery & { readonly kind: "openOrders" }): Promise<readonly OrderState[]> {
    const lists = await Promise.all(this.#parts.partitions.map((client) => client.query(query)));
    return lists.flat().sort((a, b) => a.createdUs - b.createdUs);
  }

  /** The account's balances as one. Never shows more than there is, nor less. */
  async #balances(account: number): Promise<readonly Balance[]> {
    return (await readFunds(this.#parts.partitions, account, this.#parts)).balances();
  }

  /** Partition 0's list; how a market stands, its own partition knows. */
  async #catalog(): Promise<Catalog> {
    const catalogs = await Promise.all(
      this.#parts.partitions.map((client) => client.query({ kind: "catalog" })),
    );
    const [first] = catalogs;
    this.#learn(first!);
    return {
      ...first!,
      markets: first!.markets.map(
        (market) => catalogs[this.#markets[market.market]!.partition]!.markets[market.market] ?? market,
      ),
      // Frozen anywhere is not free to trade.
      accounts: first!.accounts.map((entry) => ({
        ...entry,
        frozen: catalogs.some(({ accounts }) => accounts[entry.account]?.frozen === true),
      })),
    };
  }

  /** Counts are sums, times the worst; the sequence only says whether anything happened. */
  async #status(supplies: boolean): Promise<EngineStatus> {
    const all = await Promise.all(
      this.#parts.partitions.map((client) => client.query({ kind: "status", supplies })),
    );
    const sum = (field: "sequence" | "openOrders" | "queuedCommands" | "batches" | "commands"): number =>
      all.reduce((total, status) => total + status[field], 0);
    const worst = (field: "epoch" | "commitMsP50" | "commitMsP99" | "snapshotPauseMsMax"): number =>
      Math.max(...all.map((status) => status[field]));
    return {
      epoch: worst("epoch"),
      sequence: sum("sequence"),
      digest: all.map(({ digest }) => digest).join("-"),
      openOrders: sum("openOrders"),
      queuedCommands: sum("queuedCommands"),
      batches: sum("batches"),
      commands: sum("commands"),
      commitMsP50: worst("commitMsP50"),
      commitMsP99: worst("commitMsP99"),
      snapshotPauseMsMax: worst("snapshotPauseMsMax"),
      ...(supplies ? { supplies: all.flatMap((status) => status.supplies ?? []) } : {}),
    };
  }
}

/** Whether a command, or the new order of a replacement, was refused because too little is free. */
function isShortOfFunds(outcome: CommandOutcome): boolean {
  switch (outcome.reason) {
    case Reason.INSUFFICIENT_BALANCE:
      return true;
    case Reason.CANCEL_REPLACE_NEW_FAILED:
    case Reason.CANCEL_REPLACE_BOTH_FAILED:
      return newOrderReason(outcome) === Reason.INSUFFICIENT_BALANCE;
    default:
      return false;
  }
}

const newOrderReason = (outcome: CommandOutcome): number =>
  outcome.events.i32[outcome.at + ResultEvent.DETAIL]! >>> 16;

/** A replacement whose order was canceled at first, and whose new order was placed, or refused, later. */
function replaced(canceled: CommandOutcome, placed: CommandOutcome): CommandOutcome {
  let newReason: number = placed.reason;
  switch (placed.reason) {
    case Reason.REPEAT:
      return placed;
    case Reason.CANCEL_REPLACE_CANCEL_FAILED:
    case Reason.CANCEL_REPLACE_NEW_FAILED:
    case Reason.CANCEL_REPLACE_BOTH_FAILED:
      newReason = newOrderReason(placed);
  }
  return mergedOutcome(placed, [canceled, placed], {
    reason: newReason === Reason.OK ? Reason.OK : Reason.CANCEL_REPLACE_NEW_FAILED,
    detail: newReason << 16,
  });
}
