/** The operator's routes about assets, markets, accounts and payments: the same on each of its listeners. */
import {
  AccountStatus,
  FEE_PPM_MAX,
  formatDecimal,
  MarketStatus,
  nameOf,
  Reason,
} from "@buttonwood/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type } from "#typebox";
import { type MarketEntry, ppmText, unitsText } from "../catalog.js";
import { AdminError } from "./admin-error.js";
import { bandsOf, exact, marketListing, ppm } from "./market-listing.js";
import type { OperatorDesk } from "./operator-desk.js";
import * as schemas from "./schemas.js";

export function addOperatorRoutes(app: FastifyInstance, desk: OperatorDesk): void {
  const { engine, catalog } = desk;
  const submit = desk.submit.bind(desk);
  const { AdminRoute } = schemas;

  app.get(AdminRoute.ASSETS, { schema: { response: { 200: Type.Array(schemas.AssetReply) } } }, async () => [
    ...catalog.assets,
  ]);
  app.post(
    AdminRoute.ASSETS,
    {
      config: { action: "LIST_ASSET" },
      schema: { body: schemas.ListAssetBody, response: { 201: schemas.AssetReply } },
    },
    (request, reply) =>
      desk.inOrder(async () => {
        const body = request.body as schemas.ListAssetBody;
        if (catalog.asset(body.name) !== undefined) {
          throw new AdminError(409, "NAME_TAKEN", `${body.name} is listed already.`, "Choose another name.");
        }
        const asset = catalog.assets.length;
        await submit(request, {
          account: 0,
          kind: "LIST_ASSET",
          asset,
          name: body.name,
          decimals: body.decimals,
        });
        return reply.status(201).send({ asset, name: body.name, decimals: body.decimals });
      }),
  );

  app.get(AdminRoute.MARKETS, { schema: { response: { 200: Type.Array(schemas.MarketReply) } } }, async () =>
    catalog.markets.map(marketReply),
  );
  app.post(
    AdminRoute.MARKETS,
    {
      config: { action: "LIST_MARKET" },
      schema: { body: schemas.ListMarketBody, response: { 201: schemas.MarketReply } },
    },
    (request, reply) =>
      desk.inOrder(async () => {
        const fields = marketListing(catalog, request.body as schemas.ListMarketBody);
        await submit(request, { account: 0, kind: "LIST_MARKET", ...fields });
        return reply.status(201).send(marketReply(desk.marketOf(fields.symbol)));
      }),
  );
  app.post(
    AdminRoute.MARKET_STATUS,
    {
      config: { action: "SET_MARKET_STATUS" },
      schema: { body: schemas.MarketStatusBody, response: { 200: Type.Array(schemas.MarketReply) } },
    },
    async (request) => {
      const { symbol, status } = request.body as { symbol?: string; status: keyof typeof MarketStatus };
      const market = symbol === undefined ? -1 : desk.marketOf(symbol).market;
      await submit(request, { account: 0, kind: "SET_MARKET_STATUS", market, status: MarketStatus[status] });
      return (market < 0 ? catalog.markets : [catalog.markets[market]!]).map(marketReply);
    },
  );
  app.post(
    AdminRoute.MARKET_FEES,
    {
      config: { action: "SET_MARKET_FEES" },
      schema: { body: schemas.MarketFeesBody, response: { 200: schemas.MarketReply } },
    },
    async (request) => {
      const body = request.body as { symbol: string; makerFee: string; takerFee: string };
      const market = desk.marketOf(body.symbol);
      const makerFeePpm = ppm("makerFee", body.makerFee, FEE_PPM_MAX);
      const takerFeePpm = ppm("takerFee", body.takerFee, FEE_PPM_MAX);
      await submit(request, {
        account: 0,
        kind: "SET_MARKET_FEES",
        market: market.market,
        makerFeePpm,
        takerFeePpm,
      });
      return marketReply(market);
    },
  );
  app.post(
    AdminRoute.MARKET_BANDS,
    {
      config: { action: "SET_MARKET_BANDS" },
      schema: { body: schemas.MarketBandsBody, response: { 200: schemas.MarketReply } },
    },
    async (request) => {
      const body = request.body as schemas.MarketBandsBody;
      const market = desk.marketOf(body.symbol);
      await submit(request, { account: 0, kind: "SET_MARKET_BANDS", ...bandsOf(body, market) });
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
    {
      config: { action: "OPEN_ACCOUNT" },
      schema: { body: schemas.OpenAccountBody, response: { 201: schemas.AccountReply } },
    },
    (request, reply) =>
      desk.inOrder(async () => {
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
        await submit(request, { account, kind: "OPEN_ACCOUNT", name });
        return reply.status(201).send({ account, name, frozen: false });
      }),
  );
  app.post(
    AdminRoute.ACCOUNT_STATUS,
    {
      config: { action: "SET_ACCOUNT_STATUS" },
      schema: { body: schemas.AccountStatusBody, response: { 200: schemas.AccountReply } },
    },
    async (request) => {
      const body = request.body as { account: number | string; status: keyof typeof AccountStatus };
      const account = desk.traderOf(body.account);
      await submit(request, { account, kind: "SET_ACCOUNT_STATUS", status: AccountStatus[body.status] });
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
      const account = desk.accountOf(/^\d{1,7}$/.test(text) ? Number.parseInt(text, 10) : text);
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

  /** Moves an amount in or out, and answers what the account then has. */
  async function move(
    request: FastifyRequest,
    kind: "DEPOSIT" | "WITHDRAW",
    body: schemas.TransferBody,
  ): Promise<schemas.TransferReply> {
    const account = kind === "DEPOSIT" ? desk.traderOf(body.account) : desk.accountOf(body.account);
    const asset = desk.assetOf(body.asset);
    const amount = exact("amount", body.amount, asset.decimals);
    const { outcome } = await submit(request, {
      account,
      kind,
      asset: asset.asset,
      amount,
      reference: body.reference,
    });
    const balances = await engine.query({ kind: "balances", account }).catch(() => {
      throw new AdminError(
        503,
        "BALANCE_UNREADABLE",
        `It is done, at sequence ${outcome.sequence}; what the account then has could not be read.`,
        "Ask for its balances. Sending it again with the same reference moves nothing more.",
      );
    });
    const balance = balances.find((entry) => entry.asset === asset.asset);
    return {
      sequence: outcome.sequence,
      repeated: outcome.reason === Reason.REPEAT,
      account,
      asset: asset.name,
      free: unitsText(balance?.free ?? 0, asset.decimals),
      locked: unitsText(balance?.locked ?? 0, asset.decimals),
    };
  }

  for (const kind of ["DEPOSIT", "WITHDRAW"] as const) {
    app.post(
      kind === "DEPOSIT" ? AdminRoute.DEPOSITS : AdminRoute.WITHDRAWALS,
      {
        config: { action: kind },
        schema: { body: schemas.TransferBody, response: { 200: schemas.TransferReply } },
      },
      (request) => move(request, kind, request.body as schemas.TransferBody),
    );
  }
  app.post(
    AdminRoute.ADJUSTMENTS,
    {
      config: { action: "ADJUST" },
      schema: { body: schemas.AdjustBody, response: { 200: schemas.TransferReply } },
    },
    async (request) => {
      const { amount, reference, ...body } = request.body as schemas.AdjustBody;
      const kind = amount.startsWith("-") ? "WITHDRAW" : "DEPOSIT";
      return move(request, kind, {
        ...body,
        amount: amount.replace(/^[+-]/, ""),
        reference: schemas.ADJUSTMENT_PREFIX + reference,
      });
    },
  );
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
