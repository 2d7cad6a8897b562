/** A scenario's commands over the API: a gateway before an engine, whose clock is the scenario's. */

import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import {
  CancelRestriction,
  type Command,
  Contingency,
  type NewOrderFields,
  nameOf,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { pino } from "pino";
import { coresOf } from "../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../engine/engine.js";
import type { MarketDataClient } from "../feed/market-data-port.js";
import { createGateway, type Gateway } from "../gateway/gateway.js";
import { openKeyStore } from "../gateway/session/file-key-store.js";
import { KeyScope } from "../gateway/session/key-store.js";
import { MemoryJournal } from "../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import type { HistoryClient } from "../transport/history-port.js";
import { InProcessClient } from "../transport/in-process/in-process-client.js";
import { InProcessServer } from "../transport/in-process/in-process-server.js";

const ASSETS = ["usd", "btc", "eth"];
const SYMBOLS = ["BTCUSD", "ETHUSD"];

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** What the API says to a request. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the test.
  readonly body: any;
}

type Keys = readonly { readonly apiKey: string; readonly secretKey: string }[];

/** The scenario's clock, which stands still between its rows. */
interface StageClock {
  us: number;
  nowUs(): number;
}

export class ApiStage {
  readonly #gateway: Gateway;
  readonly #engine: InProcessClient;
  readonly #keys: Keys;
  readonly #clock: StageClock;
  readonly close: () => Promise<void>;

  private constructor(
    gateway: Gateway,
    engine: InProcessClient,
    keys: Keys,
    clock: StageClock,
    close: () => Promise<void>,
  ) {
    this.#gateway = gateway;
    this.#engine = engine;
    this.#keys = keys;
    this.#clock = clock;
    this.close = close;
  }

  /** `setup`: the commands that list everything and open accounts 1 … `accounts`. */
  static async open(setup: readonly Command[], accounts: number, timeUs: number): Promise<ApiStage> {
    const folder = await mkdtemp(join(tmpdir(), "buttonwood-tables-"));
    const clock = {
      us: timeUs,
      nowUs(): number {
        return this.us;
      },
    };
    const server = new InProcessServer();
    const engine = await Engine.start(
      {
        journal: new MemoryJournal(),
        snapshots: new MemorySnapshotStore(),
        cores: coresOf({
          accountsMax: 8,
          openOrdersMax: 1_000,
          rememberedIdsMax: 5_000,
          pricePagesMax: 64,
          balancesMax: 128,
          accountMarketsMax: 64,
          specialOrdersMax: 1_000,
        }),
        publisher: server,
        clock,
        // Time passes where a row says so: then it also says when it is looked what is due.
        timers: { after: () => () => undefined },
        defer: setImmediate,
        stopwatchMs: () => performance.now(),
        onEvent() {},
      },
      { ...ENGINE_OPTIONS_DEFAULT, owner: "tables" },
    );
    const { port1, port2 } = new MessageChannel();
    const client = new InProcessClient(port1);
    server.attach(port2, engine);
    for (const command of setup) await client.submit(command);
    const keyStore = await openKeyStore(folder, clock);
    const keys = [];
    for (let account = 1; account <= accounts; account++) {
      const scopes = [KeyScope.READ, KeyScope.TRADE];
      const { entry, secretKey } = await keyStore.create({ account, label: "", scopes });
      keys.push({ apiKey: entry.apiKey, secretKey });
    }
    const nothing = new Proxy(
      {},
      { get: () => () => Promise.reject(new Error("is not asked in these tables")) },
    );
    const gateway = await createGateway({
      engine: client,
      events: { follow: () => () => undefined, watch: () => Promise.resolve(), unwatch: () => undefined },
      history: nothing as HistoryClient,
      marketData: nothing as MarketDataClient,
      keys: keyStore,
      clock,
      logger: pino({ level: "silent" }),
    });
    return new ApiStage(gateway, client, keys, clock, async () => {
      await gateway.close();
      await engine.close();
      await client.close();
      port2.close();
      await rm(folder, { recursive: true });
    });
  }

  /**
   * Sends a trader's command as its client would, and an operator's, or one that the API does not have, to the engine.
   * Undefined: it can't be asked for over the API, or nothing was answered that concerns a client.
   */
  async play(command: Command, timeUs: number): Promise<Answer | undefined> {
    this.#clock.us = timeUs;
    const request = requestOf(command, timeUs);
    if (request !== undefined) return this.ask(command.account, request);
    await this.#engine.submit(command);
    return undefined;
  }

  async ask(account: number, { method, path, parameters }: Request): Promise<Answer> {
    const key = this.#keys[account - 1]!;
    const sent = { ...parameters, timestamp: Math.floor(this.#clock.us / 1000) };
    const query = Object.entries(sent)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&");
    const signature = createHmac("sha256", key.secretKey).update(query).digest("hex");
    const answer = await this.#gateway.app.inject({
      method,
      url: `${path}?${query}&signature=${signature}`,
      headers: { "x-mbx-apikey": key.apiKey },
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }

  /** An account's open orders, by their client ids. */
  async openOrders(account: number): Promise<readonly Record<string, unknown>[]> {
    const { body } = await this.ask(account, { method: "GET", path: "/api/v3/openOrders", parameters: {} });
    return body;
  }

  /** What an account has of each asset. */
  async balances(account: number): Promise<readonly (readonly [string, number, number])[]> {
    const { body } = await this.ask(account, { method: "GET", path: "/api/v3/account", parameters: {} });
    return ASSETS.map((asset) => {
      const balance = body.balances.find((row: { asset: string }) => row.asset === asset);
      return [asset, Number(balance.free), Number(balance.locked)] as const;
    });
  }
}

/** The request by which a client asks for a command; undefined when there is none. */
function requestOf(command: Command, timeUs: number): Request | undefined {
  switch (command.kind) {
    case "NEW_ORDER":
      return { method: "POST", path: "/api/v3/order", parameters: orderParameters(command.order) };
    case "CANCEL_ORDER": {
      const restriction = nameOf(CancelRestriction, command.restriction);
      return {
        method: "DELETE",
        path: "/api/v3/order",
        parameters: {
          symbol: symbolOf(command.market),
          origClientOrderId: command.clientOrderId,
          ...(command.cancelId === "" ? {} : { newClientOrderId: command.cancelId }),
          ...(restriction === "NONE" ? {} : { cancelRestrictions: restriction }),
        },
      };
    }
    case "CANCEL_ALL": {
      const side = command.side === -1 ? {} : { side: nameOf(Side, command.side) };
      return command.market === -1
        ? { method: "DELETE", path: "/api/v3/allOpenOrders", parameters: side }
        : {
            method: "DELETE",
            path: "/api/v3/openOrders",
            parameters: { symbol: symbolOf(command.market), ...side },
          };
    }
    case "REDUCE_ORDER":
      if (command.newLots === 0) return undefined;
      return {
        method: "PUT",
        path: "/api/v3/order/amend/keepPriority",
        parameters: {
          symbol: symbolOf(command.market),
          origClientOrderId: command.clientOrderId,
          newQty: command.newLots,
        },
      };
    case "CANCEL_LIST":
      return {
        method: "DELETE",
        path: "/api/v3/orderList",
        parameters: {
          symbol: symbolOf(command.market),
          listClientOrderId: command.listClientOrderId,
          ...(command.cancelId === "" ? {} : { newClientOrderId: command.cancelId }),
        },
      };
    case "SET_COUNTDOWN": {
      const countdownTime = command.atUs === 0 ? 0 : (command.atUs - timeUs) / 1000;
      return { method: "POST", path: "/api/v3/countdownCancelAll", parameters: { countdownTime } };
    }
    case "ORDER_LIST":
      return listRequest(command);
    default:
      return undefined;
  }
}

const symbolOf = (market: number): string => SYMBOLS[market]!;

function orderParameters(order: NewOrderFields): Record<string, string | number> {
  const { terms } = order;
  const hasTimeInForce = order.type === OrderType.LIMIT || (order.priceTicks > 0 && order.stopTicks > 0);
  const trails = (terms?.trailingBips ?? 0) > 0;
  return {
    symbol: symbolOf(order.market),
    side: nameOf(Side, order.side),
    type: nameOf(OrderType, order.type),
    ...(hasTimeInForce || (trails && order.priceTicks > 0)
      ? { timeInForce: (terms?.expiresUs ?? 0) > 0 ? "GTD" : nameOf(TimeInForce, order.timeInForce) }
      : {}),
    ...(order.lots > 0 ? { quantity: order.lots } : {}),
    ...(order.quoteAmount > 0 ? { quoteOrderQty: order.quoteAmount } : {}),
    ...(order.priceTicks > 0 ? { price: order.priceTicks } : {}),
    ...(order.stopTicks > 0 ? { stopPrice: order.stopTicks } : {}),
    ...(trails ? { trailingDelta: terms!.trailingBips } : {}),
    ...((terms?.displayLots ?? 0) > 0 ? { icebergQty: terms!.displayLots } : {}),
    ...((terms?.expiresUs ?? 0) > 0 ? { goodTillDate: terms!.expiresUs / 1000 } : {}),
    newClientOrderId: order.clientOrderId,
    selfTradePreventionMode: nameOf(SelfTradePrevention, order.selfTradePrevention),
  };
}

/** An order's parameters under the names that its place in a list gives them. */
function legParameters(
  prefix: string,
  order: NewOrderFields,
  shared: readonly string[],
): Request["parameters"] {
  const { symbol: _s, selfTradePreventionMode: _p, newClientOrderId, ...own } = orderParameters(order);
  const named = Object.entries({ ...own, clientOrderId: newClientOrderId! })
    .filter(([name]) => !shared.includes(name))
    .map(([name, value]) => [`${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`, value] as const);
  return Object.fromEntries(named);
}

function listRequest(command: Command & { readonly kind: "ORDER_LIST" }): Request | undefined {
  const [first, second, third] = command.legs as [NewOrderFields, NewOrderFields, NewOrderFields];
  const common = { symbol: symbolOf(first.market), listClientOrderId: command.listClientOrderId };
  const shared = ["side", "quantity"];
  const of = (prefix: string, a: NewOrderFields, b: NewOrderFields): Request["parameters"] | undefined => {
    // The API has one side and one quantity for both.
    if (a.side !== b.side || a.lots !== b.lots) return undefined;
    const [above, below] = prefix === "" ? ["above", "below"] : [`${prefix}Above`, `${prefix}Below`];
    const [side, quantity] = prefix === "" ? shared : [`${prefix}Side`, `${prefix}Quantity`];
    return {
      [side!]: nameOf(Side, a.side),
      [quantity!]: a.lots,
      ...legParameters(above!, a, shared),
      ...legParameters(below!, b, shared),
    };
  };
  const request = (path: string, parameters: Request["parameters"] | undefined): Request | undefined =>
    parameters === undefined
      ? undefined
      : { method: "POST", path: `/api/v3/orderList/${path}`, parameters: { ...common, ...parameters } };
  switch (command.contingency) {
    case Contingency.OCO:
      return request("oco", of("", first, second));
    case Contingency.OTO:
      return request("oto", {
        ...legParameters("working", first, []),
        ...legParameters("pending", second, []),
      });
    case Contingency.OTOCO: {
      const pair = of("pending", second, third);
      return request(
        "otoco",
        pair === undefined ? undefined : { ...legParameters("working", first, []), ...pair },
      );
    }
  }
}

/** Whether a RESULT's reason is one that a client is refused by. */
export const isRefusal = (reason: Reason): boolean => reason !== Reason.OK && reason !== Reason.REPEAT;
