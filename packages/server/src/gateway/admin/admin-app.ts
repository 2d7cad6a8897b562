/**
 * The operator's listener: deposits, withdrawals, listings, halts, accounts, keys, status. It is an app of its
 * own, so that nothing of it can be reached through the public port.
 */
import {
  AccountStatus,
  type Command,
  decodeEvents,
  type Event,
  FEE_PPM_MAX,
  formatDecimal,
  MarketStatus,
  nameOf,
  Reason,
} from "@buttonwood/protocol";
import fastify, { type FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Clock } from "../../platform/clock.js";
import {
  type CommandOutcome,
  EngineBusyError,
  type EngineClient,
  OutcomeUnknownError,
} from "../../transport/engine-port.js";
import type { HistoryClient } from "../../transport/history-port.js";
import { type ExchangeCatalog, type MarketEntry, ppmText, unitsText } from "../catalog.js";
import type { People } from "../people/people.js";
import type { KeyStore } from "../session/key-store.js";
import { AdminError, adminErrorOf } from "./admin-error.js";
import { addKeyRoutes } from "./key-routes.js";
import { bandsOf, exact, marketListing, ppm } from "./market-listing.js";
import * as schemas from "./schemas.js";
import { addUserRoutes } from "./user-routes.js";

export interface AdminParts {
  readonly engine: EngineClient;
  readonly history: HistoryClient;
  readonly catalog: ExchangeCatalog;
  readonly keys: KeyStore;
  /** Who may sign in with a password; undefined: nobody. */
  readonly people: People | undefined;
  readonly clock: Clock;
  readonly version: string;
  /** Where clients are listened for; undefined before that. */
  readonly url: () => string | undefined;
}

/** Builds the listener without listening. */
export function createAdmin(parts: AdminParts): FastifyInstance {
  const { engine, history, catalog, keys, clock } = parts;
  const startedUs = clock.nowUs();
  const app = fastify({
    bodyLimit: 16 * 1024,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: false } },
  });
  app.setErrorHandler((error: Error & { validation?: unknown; statusCode?: number }, _request, reply) => {
    const refusal = asAdminError(error);
    return reply
      .status(refusal.status)
      .send({ error: { code: refusal.code, message: refusal.message, hint: refusal.hint } });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({
      error: {
        code: "NO_SUCH_ROUTE",
        message: "The operator's listener has no such route.",
        hint: `It has ${Object.values(schemas.AdminRoute).join(", ")}.`,
      },
    }),
  );

  /** Listings take the next number, so they go one after the other. */
  let listing: Promise<unknown> = Promise.resolve();
  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = listing.then(work, work);
    listing = result.catch(() => undefined);
    return result;
  }

  async function submit(command: Command): Promise<{ outcome: CommandOutcome; events: Event[] }> {
    const outcome = await engine.submit(command);
    if (outcome.reason !== Reason.OK && outcome.reason !== Reason.REPEAT) throw adminErrorOf(outcome.reason);
    const events = decodeEvents(outcome.events, outcome.at, outcome.end);
    for (const event of events) catalog.apply(event);
    return { outcome, events };
  }

  function accountOf(reference: number | string): number {
    if (typeof reference === "number") {
      if (reference === 0 || catalog.accounts.has(reference)) return reference;
    } else {
      const byName = catalog.accountByName(reference);
      if (byName !== undefined) return byName.account;
      if (reference === "house") return 0;
    }
    throw adminErrorOf(Reason.UNKNOWN_ACCOUNT, `account ${reference}`);
  }

  /** The house only gathers fees and pays them out. */
  function traderOf(reference: number | string): number {
    const account = accountOf(reference);
    if (account !== 0) return account;
    throw new AdminError(
      409,
      "HOUSE_ACCOUNT",
      "The house gathers the fees; it does not trade, take deposits or hold keys.",
      "Name another account.",
    );
  }

  function assetOf(name: string) {
    const asset = catalog.asset(name);
    if (asset === undefined) throw adminErrorOf(Reason.UNKNOWN_ASSET, `asset ${name}`);
    return asset;
  }

  function marketOf(symbol: string): MarketEntry {
    const market = catalog.market(symbol);
    if (market === undefined) throw adminErrorOf(Reason.UNKNOWN_MARKET, `market ${symbol}`);
    return market;
  }

  const { AdminRoute } = schemas;

  app.get(AdminRoute.STATUS, { schema: { response: { 200: schemas.StatusReply } } }, async () => {
    const [status, projectionSequence] = await Promise.all([
      engine.query({ kind: "status" }),
      history.position(),
    ]);
    return {
      ...status,
      projectionSequence,
      version: parts.version,
      url: parts.url() ?? null,
      uptimeSeconds: Math.floor((clock.nowUs() - startedUs) / 1e6),
      assets: catalog.assets.length,
      markets: catalog.markets.length,
      accounts: catalog.accounts.size,
    };
  });

  app.get(AdminRoute.ASSETS, { schema: { response: { 200: Type.Array(schemas.AssetReply) } } }, async () => [
    ...catalog.assets,
  ]);
  app.post(
    AdminRoute.ASSETS,
    { schema: { body: schemas.ListAssetBody, response: { 201: schemas.AssetReply } } },
    (request, reply) =>
      inOrder(async () => {
        const body = request.body as schemas.ListAssetBody;
        if (catalog.asset(body.name) !== undefined) {
          throw new AdminError(409, "NAME_TAKEN", `${body.name} is listed already.`, "Choose another name.");
        }
        const asset = catalog.assets.length;
        await submit({ account: 0, kind: "LIST_ASSET", asset, name: body.name, decimals: body.decimals });
        return reply.status(201).send({ asset, name: body.name, decimals: body.decimals });
      }),
  );

  app.get(AdminRoute.MARKETS, { schema: { response: { 200: Type.Array(schemas.MarketReply) } } }, async () =>
    catalog.markets.map(marketReply),
  );
  app.post(
    AdminRoute.MARKETS,
    { schema: { body: schemas.ListMarketBody, response: { 201: schemas.MarketReply } } },
    (request, reply) =>
      inOrder(async () => {
        const fields = marketListing(catalog, request.body as schemas.ListMarketBody);
        await submit({ account: 0, kind: "LIST_MARKET", ...fields });
        return reply.status(201).send(marketReply(marketOf(fields.symbol)));
      }),
  );
  app.post(
    AdminRoute.MARKET_STATUS,
    { schema: { body: schemas.MarketStatusBody, response: { 200: Type.Array(schemas.MarketReply) } } },
    async (request) => {
      const { symbol, status } = request.body as { symbol?: string; status: keyof typeof MarketStatus };
      const market = symbol === undefined ? -1 : marketOf(symbol).market;
      await submit({ account: 0, kind: "SET_MARKET_STATUS", market, status: MarketStatus[status] });
      return (market < 0 ? catalog.markets : [catalog.markets[market]!]).map(marketReply);
    },
  );
  app.post(
    AdminRoute.MARKET_FEES,
    { schema: { body: schemas.MarketFeesBody, response: { 200: schemas.MarketReply } } },
    async (request) => {
      const body = request.body as { symbol: string; makerFee: string; takerFee: string };
      const market = marketOf(body.symbol);
      const makerFeePpm = ppm("makerFee", body.makerFee, FEE_PPM_MAX);
      const takerFeePpm = ppm("takerFee", body.takerFee, FEE_PPM_MAX);
      await submit({ account: 0, kind: "SET_MARKET_FEES", market: market.market, makerFeePpm, takerFeePpm });
      return marketReply(market);
    },
  );
  app.post(
    AdminRoute.MARKET_BANDS,
    { schema: { body: schemas.MarketBandsBody, response: { 200: schemas.MarketReply } } },
    async (request) => {
      const body = request.body as schemas.MarketBandsBody;
      const market = marketOf(body.symbol);
      await submit({ account: 0, kind: "SET_MARKET_BANDS", ...bandsOf(body, market) });
      return marketReply(market);
    },
  );

  app.get(
    AdminRoute.ACCOUNTS,
    { schema: { response: { 200: Type.Array(schemas.AccountReply) } } },
    async () => [...catalog.accounts.values()],
  );
  app.post(
    AdminRoute.ACCOUNTS,
    { schema: { body: schemas.OpenAccountBody, response: { 201: schemas.AccountReply } } },
    (request, reply) =>
      inOrder(async () => {
        const { name } = request.body as { name: string };
        if (name === "house" || /^\d+$/.test(name)) {
          throw new AdminError(
            400,
            "INVALID_VALUE",
            `name is ${name}; it must not be a number or "house", which would mean another account.`,
            "Choose another name.",
          );
        }
        if (catalog.accountByName(name) !== undefined) {
          throw new AdminError(
            409,
            "NAME_TAKEN",
            `There is an account ${name} already.`,
            "Choose another name.",
          );
        }
        let account = 1;
        for (const known of catalog.accounts.keys()) if (known >= account) account = known + 1;
        await submit({ account, kind: "OPEN_ACCOUNT", name });
        return reply.status(201).send({ account, name, frozen: false });
      }),
  );
  app.post(
    AdminRoute.ACCOUNT_STATUS,
    { schema: { body: schemas.AccountStatusBody, response: { 200: schemas.AccountReply } } },
    async (request) => {
      const body = request.body as { account: number | string; status: keyof typeof AccountStatus };
      const account = traderOf(body.account);
      await submit({ account, kind: "SET_ACCOUNT_STATUS", status: AccountStatus[body.status] });
      return catalog.accounts.get(account);
    },
  );
  app.get(
    AdminRoute.BALANCES,
    {
      schema: {
        querystring: Type.Object({ account: Type.String() }),
        response: { 200: schemas.BalancesReply },
      },
    },
    async (request) => {
      const text = (request.query as { account: string }).account;
      const account = accountOf(/^\d{1,7}$/.test(text) ? Number.parseInt(text, 10) : text);
      const balances = await engine.query({ kind: "balances", account });
      return {
        account,
        balances: balances.map(({ asset, free, locked }) => {
          const { name, decimals } = catalog.assets[asset]!;
          return { asset: name, free: unitsText(free, decimals), locked: unitsText(locked, decimals) };
        }),
      };
    },
  );

  for (const kind of ["DEPOSIT", "WITHDRAW"] as const) {
    app.post(
      kind === "DEPOSIT" ? AdminRoute.DEPOSITS : AdminRoute.WITHDRAWALS,
      { schema: { body: schemas.TransferBody, response: { 200: schemas.TransferReply } } },
      async (request) => {
        const body = request.body as schemas.TransferBody;
        const account = kind === "DEPOSIT" ? traderOf(body.account) : accountOf(body.account);
        const asset = assetOf(body.asset);
        const amount = exact("amount", body.amount, asset.decimals);
        const { outcome } = await submit({
          account,
          kind,
          asset: asset.asset,
          amount,
          reference: body.reference,
        });
        const balances = await engine.query({ kind: "balances", account });
        const balance = balances.find((entry) => entry.asset === asset.asset);
        return {
          sequence: outcome.sequence,
          repeated: outcome.reason === Reason.REPEAT,
          account,
          asset: asset.name,
          free: unitsText(balance?.free ?? 0, asset.decimals),
          locked: unitsText(balance?.locked ?? 0, asset.decimals),
        };
      },
    );
  }

  addKeyRoutes(app, { keys, catalog, clock, traderOf });
  if (parts.people !== undefined) addUserRoutes(app, { people: parts.people, catalog, traderOf });
  return app;
}

function marketReply(market: MarketEntry): schemas.MarketReply {
  const { fields } = market;
  return {
    market: fields.market,
    symbol: fields.symbol,
    baseAsset: market.base.name,
    quoteAsset: market.quote.name,
    status: nameOf(MarketStatus, market.status),
    tickSize: formatDecimal(fields.tickMantissa, fields.tickDecimals),
    stepSize: formatDecimal(fields.lotMantissa, fields.lotDecimals),
    makerFee: ppmText(market.makerFeePpm),
    takerFee: ppmText(market.takerFeePpm),
    bands: bandsReply(market),
  };
}

function bandsReply({ bands, fields }: MarketEntry): schemas.MarketReply["bands"] {
  const told = {
    referencePrice: formatDecimal(bands.referenceTicks * fields.tickMantissa, fields.tickDecimals),
    bidMultiplierDown: ppmText(bands.bidDownPpm),
    bidMultiplierUp: ppmText(bands.bidUpPpm),
    askMultiplierDown: ppmText(bands.askDownPpm),
    askMultiplierUp: ppmText(bands.askUpPpm),
  };
  return Object.fromEntries(Object.entries(told).filter(([, text]) => Number(text) !== 0));
}

function asAdminError(error: Error & { validation?: unknown; statusCode?: number }): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof EngineBusyError) {
    return new AdminError(
      503,
      "BUSY",
      "The engine has too much in flight; nothing was sent.",
      "Try again soon.",
    );
  }
  if (error instanceof OutcomeUnknownError) {
    return new AdminError(
      504,
      "OUTCOME_UNKNOWN",
      "The engine was lost before it answered: the command may or may not have taken effect.",
      "Send it again with the same reference, or look at the state first.",
    );
  }
  if (error.validation !== undefined) {
    return new AdminError(
      400,
      "INVALID_REQUEST",
      `The request does not fit: ${error.message.replace(/^body\//, "")}.`,
      "Correct it and send again.",
    );
  }
  // The codec refuses what it can't write, before anything is sent.
  if (error instanceof RangeError) return new AdminError(400, "INVALID_VALUE", error.message, "Correct it.");
  const status = error.statusCode ?? 500;
  if (status < 500) return new AdminError(status, "INVALID_REQUEST", error.message, "Correct the request.");
  return new AdminError(500, "INTERNAL", error.message, "Look at the log around this time.");
}
