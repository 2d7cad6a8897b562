/** An account's own orders, fills and balances, without holes: after a gap, what was missed is fetched and told. */
import type { Balance } from "../api/account-types.js";
import type { Order } from "../api/order-types.js";
import { type BackoffTimes, backoffMs, pause } from "../backoff.js";
import { ClientError, ConnectionEndedError, isPassing, RefusedError } from "../errors.js";
import { Listeners } from "../listeners.js";
import type { ApiSessionOptions } from "../session/api-session.js";
import { ApiSession } from "../session/api-session.js";
import type { SubscribedEvent, UserDataEvent } from "../session/user-events.js";
import { MessageQueue, type QueueOptions } from "./message-queue.js";
import { balancesOf, fillOfReport, fillOfTrade, isOpen, orderOfReport, UserState } from "./user-state.js";
import type { UserFill, UserStreamEvent } from "./user-types.js";

/** Rows of one read; the exchange's maximum. */
const PAGE = 1000;
/** Reads of one symbol each that are under way at once. */
const READS_MAX = 16;
/** Between tries to repair, when a read fails though the connection stands. */
const AGAIN_TIMES: BackoffTimes = { minMs: 100, maxMs: 5_000 };

export interface UserStreamOptions {
  /** The session that the events come on, and on which what was missed is read: one gateway, which knows what it has told. */
  readonly session: ApiSession;
  /** Symbols that the account trades; default: all of the exchange. Each costs two reads at the start and per gap. */
  readonly symbols?: readonly string[];
}

/** Whether a gap has begun, and which one it is. */
interface Gap {
  readonly sinceMs: number;
  readonly reason: string;
}

export class UserStream implements AsyncIterable<UserStreamEvent> {
  readonly #session: ApiSession;
  readonly #ownsSession: boolean;
  readonly #symbols: readonly string[];
  readonly #state = new UserState();
  readonly #listeners = new Listeners<UserStreamEvent>();
  readonly #queues = new Set<MessageQueue<UserStreamEvent>>();
  readonly #stops: (() => void)[];
  #subscriptionId: number | undefined;
  /** Events that came while the account is being read; undefined when they are told at once. */
  #held: SubscribedEvent[] | undefined;
  #gap: Gap | undefined;
  #isClosed = false;
  #isStarted = false;
  /** Counts connections, so that a repair knows whether it is still the present one's. */
  #round = 0;

  private constructor(session: ApiSession, symbols: readonly string[], ownsSession: boolean) {
    this.#session = session;
    this.#symbols = symbols;
    this.#ownsSession = ownsSession;
    this.#stops = [
      session.onUserEvent((event) => this.#take(event)),
      session.onState((state) => {
        switch (state.kind) {
          case "open":
            this.#restart();
            break;
          case "down":
            this.#begin(state.reason);
            break;
          case "ended":
            this.#end(state.error);
            break;
        }
      }),
    ];
  }

  /** Opens a session of its own, or uses one, and resolves when the account is known and its events come. */
  static async open(
    options: UserStreamOptions | (ApiSessionOptions & Pick<UserStreamOptions, "symbols">),
  ): Promise<UserStream> {
    const ownsSession = !("session" in options);
    const session = "session" in options ? options.session : await ApiSession.open(options);
    try {
      const symbols = options.symbols ?? (await session.exchangeInfo()).symbols.map(({ symbol }) => symbol);
      const stream = new UserStream(session, symbols, ownsSession);
      await stream.#start();
      return stream;
    } catch (error) {
      if (ownsSession) session.close();
      throw error;
    }
  }

  /** Open orders as they are known now. */
  get openOrders(): readonly Order[] {
    return [...this.#state.orders.values()];
  }

  /** Balances by asset, as they are known now. */
  get balances(): ReadonlyMap<string, Balance> {
    return this.#state.balances;
  }

  /** Whether events may be missing right now. */
  get isInGap(): boolean {
    return this.#gap !== undefined;
  }

  onEvent(listener: (event: UserStreamEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The events from now on; those that come faster than they are read wait. See {@link MessageQueue}. */
  events(options: QueueOptions = {}): AsyncIterableIterator<UserStreamEvent, undefined> {
    const queue = new MessageQueue<UserStreamEvent>(options, () => {
      this.#queues.delete(queue);
    });
    if (this.#isClosed) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<UserStreamEvent, undefined> {
    return this.events();
  }

  close(): void {
    this.#end(undefined);
    if (this.#ownsSession) this.#session.close();
    else if (this.#subscriptionId !== undefined && this.#session.isOpen) {
      // When it fails, the connection has ended, and the subscription with it.
      this.#session.unsubscribeUserData(this.#subscriptionId).catch(() => {});
    }
  }

  #end(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    const isClean = error === undefined || error instanceof ConnectionEndedError;
    if (!isClean) this.#listeners.tell({ kind: "ended", error });
    for (const queue of this.#queues) queue.end(isClean ? undefined : error);
  }

  #tell(event: UserStreamEvent): void {
    this.#listeners.tell(event);
    for (const queue of this.#queues) queue.push(event);
  }

  /** The first reading: nothing of it is news, and nothing before it is told. */
  async #start(): Promise<void> {
    for (;;) {
      const round = ++this.#round;
      this.#held = [];
      try {
        this.#subscriptionId = await this.#session.subscribeUserData();
        const [orders, account] = await Promise.all([
          this.#session.openOrders(),
          this.#session.account(),
          this.#eachSymbol(async (symbol) => {
            const [newest, trades] = await Promise.all([
              this.#session.allOrders({ symbol, limit: 1 }),
              // Two: an account that trades with itself has two fills of one trade.
              this.#session.myTrades({ symbol, limit: 2 }),
            ]);
            const mark = this.#state.mark(symbol);
            mark.orderId = Math.max(mark.orderId, newest.at(-1)?.orderId ?? 0);
            for (const trade of trades) this.#state.takeFill(fillOfTrade(trade));
          }),
        ]);
        if (round !== this.#round) continue;
        for (const order of orders) {
          const mark = this.#state.mark(order.symbol);
          mark.orderId = Math.max(mark.orderId, order.orderId);
          this.#state.orders.set(`${order.symbol} ${order.orderId}`, order);
        }
        this.#state.takeBalances(account.balances);
        this.#isStarted = true;
        this.#drain(false);
        return;
      } catch (error) {
        if (round === this.#round) throw error;
        // The connection has ended meanwhile; when the next one answers, all is read again.
        await this.#session.ping();
      }
    }
  }

  /** Runs something for each symbol, some at once. */
  async #eachSymbol(run: (symbol: string) => Promise<void>): Promise<void> {
    const symbols = [...this.#symbols];
    await Promise.all(
      Array.from({ length: Math.min(READS_MAX, symbols.length) }, async () => {
        for (let symbol = symbols.shift(); symbol !== undefined; symbol = symbols.shift()) await run(symbol);
      }),
    );
  }

  /** A gap begins. */
  #begin(reason: string): void {
    this.#round++;
    this.#subscriptionId = undefined;
    this.#held = [];
    if (this.#gap !== undefined || !this.#isStarted) return;
    this.#gap = { sinceMs: performance.now(), reason };
    this.#tell({ kind: "gap", reason });
  }

  /** The connection is there again. */
  #restart(): void {
    if (this.#gap === undefined) return;
    void this.#repair(++this.#round);
  }

  async #repair(round: number): Promise<void> {
    for (let tries = 0; round === this.#round && !this.#isClosed; tries++) {
      try {
        if (this.#subscriptionId === undefined) {
          this.#held = [];
          const id = await this.#subscribe();
          if (round !== this.#round) return;
          this.#subscriptionId = id;
        }
        await this.#readMissed(round);
        return;
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        // What is refused now will be refused again, unless the exchange is but too busy.
        if (error instanceof RefusedError && !isPassing(error) && round === this.#round) {
          this.#end(error);
          return;
        }
        // The connection has ended again, and the next one repairs.
        await pause(backoffMs(AGAIN_TIMES, tries));
      }
    }
  }

  /** A subscription whose confirmation was lost is ended first: of what it told nobody knows the number. */
  async #subscribe(): Promise<number> {
    try {
      return await this.#session.subscribeUserData();
    } catch (error) {
      if (!(error instanceof RefusedError) || error.codeName !== "SUBSCRIPTION_ACTIVE") throw error;
      await this.#session.unsubscribeUserData();
      return this.#session.subscribeUserData();
    }
  }

  /** Reads what the account has become and tells what is news of it, then what came meanwhile. */
  async #readMissed(round: number): Promise<void> {
    const orders: Order[] = [];
    const fills: UserFill[] = [];
    const known = new Map(this.#state.orders);
    const [open, account] = await Promise.all([
      this.#session.openOrders(),
      this.#session.account(),
      this.#eachSymbol(async (symbol) => {
        orders.push(...(await this.#ordersSince(symbol)));
        fills.push(...(await this.#fillsSince(symbol)));
      }),
    ]);
    for (const { symbol, orderId } of open) known.delete(`${symbol} ${orderId}`);
    // What was open before and is no more has ended.
    const ended = await Promise.all(
      [...known.values()].map(({ symbol, orderId }) => this.#session.getOrder({ symbol, orderId })),
    );
    if (round !== this.#round) return;
    const news = [...orders, ...open, ...ended].sort(
      (a, b) => a.updateTime - b.updateTime || a.orderId - b.orderId,
    );
    fills.sort((a, b) => a.time - b.time || a.tradeId - b.tradeId);
    const gap = this.#gap!;
    let orderCount = 0;
    let fillCount = 0;
    for (const fill of fills) {
      if (!this.#state.takeFill(fill)) continue;
      fillCount++;
      this.#tell({ kind: "fill", fill, isRepaired: true });
    }
    // By id, so that the mark of what was told never passes an order that was not.
    for (const order of byId(news)) {
      if (!this.#state.takeOrder(order)) continue;
      orderCount++;
      this.#tell({ kind: "order", order, report: undefined, isRepaired: true });
    }
    const changed = this.#state.takeBalances(account.balances);
    if (changed.length > 0) this.#tell({ kind: "balances", balances: changed, isRepaired: true });
    this.#gap = undefined;
    this.#tell({
      kind: "repaired",
      gapMs: performance.now() - gap.sinceMs,
      orders: orderCount,
      fills: fillCount,
      balances: changed.length,
    });
    this.#drain(true);
  }

  /** Orders that are newer than all that were told. */
  async #ordersSince(symbol: string): Promise<readonly Order[]> {
    const found: Order[] = [];
    for (let from = this.#state.mark(symbol).orderId + 1; ; ) {
      const page = await this.#session.allOrders({ symbol, orderId: from, limit: PAGE });
      found.push(...page);
      if (page.length < PAGE) return found;
      from = page.at(-1)!.orderId + 1;
    }
  }

  async #fillsSince(symbol: string): Promise<readonly UserFill[]> {
    const found: UserFill[] = [];
    // The last told trade too: of a trade with itself an account has two fills.
    for (let from = Math.max(0, this.#state.mark(symbol).tradeId); ; ) {
      const page = await this.#session.myTrades({ symbol, fromId: from, limit: PAGE });
      found.push(...page.map(fillOfTrade));
      if (page.length < PAGE) return found;
      from = page.at(-1)!.id;
    }
  }

  /** Tells what came while the account was read. */
  #drain(isRepair: boolean): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    // Balances come as they were, one after the other, and some are in what was read: only the last ones are news.
    const latest = new Map<string, Balance>();
    for (const { event } of held) {
      if (event.e !== "outboundAccountPosition") this.#takeEvent(event);
      else for (const balance of balancesOf(event)) latest.set(balance.asset, balance);
    }
    const balances = this.#state.takeBalances([...latest.values()]);
    if (balances.length > 0) this.#tell({ kind: "balances", balances, isRepaired: isRepair });
  }

  #take(event: SubscribedEvent): void {
    if (this.#held !== undefined) {
      // The subscription's number may not be known yet: before it nothing else is subscribed on this connection.
      this.#held.push(event);
      return;
    }
    if (event.subscriptionId === this.#subscriptionId) this.#takeEvent(event.event);
  }

  #takeEvent(event: UserDataEvent): void {
    switch (event.e) {
      case "executionReport": {
        const order = orderOfReport(event);
        const isNews = this.#state.takeOrder(order);
        if (event.x === "TRADE") {
          const fill = fillOfReport(event);
          if (this.#state.takeFill(fill)) this.#tell({ kind: "fill", fill, isRepaired: false });
        }
        if (isNews) this.#tell({ kind: "order", order, report: event, isRepaired: false });
        break;
      }
      case "outboundAccountPosition": {
        const balances = this.#state.takeBalances(balancesOf(event));
        if (balances.length > 0) this.#tell({ kind: "balances", balances, isRepaired: false });
        break;
      }
      case "balanceUpdate":
        this.#tell({ kind: "transfer", update: event });
        break;
      case "eventStreamTerminated":
        this.#begin("the exchange has ended the subscription");
        this.#restart();
        break;
      case "listStatus":
        break;
    }
  }
}

/** Orders in order of their ids, within an id the older state first. */
function byId(orders: readonly Order[]): readonly Order[] {
  return [...orders].sort(
    (a, b) => a.orderId - b.orderId || Number(isOpen(b)) - Number(isOpen(a)) || a.updateTime - b.updateTime,
  );
}
