import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Command,
  LOTS_MAX,
  type MarketFields,
  NOTIONAL_MAX,
  PRICE_TICKS_MAX,
  Reason,
} from "@buttonwood/protocol";
import { writeWhole } from "../platform/write-whole.js";
import type { EngineClient } from "../transport/engine-port.js";
import { demoKeysFile } from "./data-folder.js";

/** What the holder of an account signs with, told this once. */
export interface AccountAccess {
  readonly apiKey: string;
  readonly secretKey: string;
  /** Of the user who is called as the account is. */
  readonly password?: string;
}

/** Makes an API key of an account, and a user where people sign in. */
export type CreateAccess = (account: number, name: string) => Promise<AccountAccess>;

interface DemoAsset {
  readonly name: string;
  readonly decimals: number;
  /** What each demo account gets, in whole ones. */
  readonly funds: number;
}

const ASSETS: readonly DemoAsset[] = [
  { name: "USD", decimals: 6, funds: 1_000_000 },
  { name: "USDT", decimals: 6, funds: 1_000_000 },
  { name: "AAPL", decimals: 4, funds: 10_000 },
  { name: "GOOG", decimals: 4, funds: 10_000 },
  { name: "MSFT", decimals: 4, funds: 10_000 },
  { name: "BTC", decimals: 8, funds: 100 },
  { name: "ETH", decimals: 8, funds: 1_000 },
];

interface DemoMarket {
  readonly base: string;
  readonly quote: string;
  /** Price until the first trade, in cents: a tick is 0.01. */
  readonly referenceTicks: number;
  /** A lot is 10^-lotDecimals. */
  readonly lotDecimals: number;
}

/** The markets of a first start. */
export const DEMO_MARKETS: readonly DemoMarket[] = [
  { base: "AAPL", quote: "USD", referenceTicks: 190_00, lotDecimals: 2 },
  { base: "GOOG", quote: "USD", referenceTicks: 175_00, lotDecimals: 2 },
  { base: "MSFT", quote: "USD", referenceTicks: 420_00, lotDecimals: 2 },
  { base: "BTC", quote: "USDT", referenceTicks: 60_000_00, lotDecimals: 4 },
  { base: "ETH", quote: "USDT", referenceTicks: 3_000_00, lotDecimals: 4 },
];

/** The accounts of a first start. */
export const DEMO_ACCOUNTS = ["alice", "bob"] as const;

const MINIMUM_NOTIONAL = 5;

/** Left in the data folder while a first start is under way, so that one that was cut short is finished. */
const PENDING = "first-start.pending";

/**
 * Lists the demo markets, opens and funds the demo accounts and writes their keys and passwords, when nothing is listed yet or an
 * earlier first start was cut short. Returns whether it did. Everything it sends may be sent twice.
 */
export async function firstStart(
  dataFolder: string,
  engine: EngineClient,
  createAccess: CreateAccess,
): Promise<boolean> {
  const pending = join(dataFolder, PENDING);
  const catalog = await engine.query({ kind: "catalog" });
  if (catalog.assets.length > 0 && !existsSync(pending)) return false;
  await writeWhole(pending, "");
  for (const [number, { name, decimals }] of ASSETS.entries()) {
    if (catalog.assets[number] !== undefined) continue;
    await must(engine, { kind: "LIST_ASSET", account: 0, asset: number, name, decimals });
  }
  for (const [number, market] of DEMO_MARKETS.entries()) {
    if (catalog.markets[number] !== undefined) continue;
    await must(engine, { kind: "LIST_MARKET", account: 0, ...fieldsOf(number, market) });
  }
  const access: Record<string, AccountAccess> = {};
  for (const [index, name] of DEMO_ACCOUNTS.entries()) {
    const account = index + 1;
    if (!catalog.accounts.some((entry) => entry.account === account)) {
      await must(engine, { kind: "OPEN_ACCOUNT", account, name });
    }
    for (const [asset, { name: assetName, decimals, funds }] of ASSETS.entries()) {
      await must(engine, {
        kind: "DEPOSIT",
        account,
        asset,
        amount: funds * 10 ** decimals,
        reference: `first start ${assetName}`,
      });
    }
    access[name] = await createAccess(account, name);
  }
  await writeWhole(demoKeysFile(dataFolder), `${JSON.stringify(access, null, 2)}\n`);
  await rm(pending);
  return true;
}

/** Submits an operator's command that can't be refused, except as a repeat. */
export async function must(engine: EngineClient, command: Command): Promise<void> {
  const { reason } = await engine.submit(command);
  if (reason !== Reason.OK && reason !== Reason.REPEAT) {
    throw new Error(`the engine refused ${command.kind} with reason ${reason}`);
  }
}

function fieldsOf(number: number, market: DemoMarket): MarketFields {
  const asset = (name: string): number => ASSETS.findIndex((entry) => entry.name === name);
  const quoteAsset = asset(market.quote);
  return {
    market: number,
    symbol: market.base + market.quote,
    baseAsset: asset(market.base),
    quoteAsset,
    referenceTicks: market.referenceTicks,
    tickMantissa: 1,
    tickDecimals: 2,
    lotMantissa: 1,
    lotDecimals: market.lotDecimals,
    priceTicksMin: 1,
    priceTicksMax: PRICE_TICKS_MAX,
    lotsMin: 1,
    lotsMax: LOTS_MAX,
    marketLotsMax: LOTS_MAX,
    notionalMin: MINIMUM_NOTIONAL * 10 ** ASSETS[quoteAsset]!.decimals,
    notionalMax: NOTIONAL_MAX,
    makerFeePpm: 1_000,
    takerFeePpm: 1_000,
    openOrdersMax: 200,
    stopOrdersMax: 5,
    // From a fifth of the last price to five times it.
    bidDownPpm: 200_000,
    bidUpPpm: 5_000_000,
    askDownPpm: 200_000,
    askUpPpm: 5_000_000,
  };
}
