import type { ActionField, ActionPlan } from "./action.js";
import { given } from "./action.js";
import { BAND_NAMES, type Done, type Market } from "./console-api.js";
import { feePercent } from "./figures-text.js";

const DECIMAL = "[0-9]{1,20}([.][0-9]{1,20})?";

const STATUSES = {
  HALT: {
    verb: "Halt",
    explain: (what: string) =>
      `New orders of ${what} are refused from this moment on. Open orders stay in the book, do not trade, and can be canceled.`,
  },
  CANCEL_ONLY: {
    verb: "Cancel only",
    explain: (what: string) =>
      `For ${what} cancels alone are taken from this moment on: new orders are refused, and clients are told that the market is closing.`,
  },
  TRADING: {
    verb: "Resume",
    explain: (what: string) => `Orders for ${what} are taken, and traded, again from this moment on.`,
  },
} as const;
export type StatusAction = keyof typeof STATUSES;

export function statusPlan(status: StatusAction, symbol: string): ActionPlan {
  const { verb, explain } = STATUSES[status];
  return {
    title: status === "CANCEL_ONLY" ? `Set ${symbol} to cancel only` : `${verb} ${symbol}`,
    explain: () => explain(symbol),
    path: "/v1/market-status",
    body: () => ({ symbol, status }),
    isGrave: status !== "TRADING",
    say: (done) => `${symbol} is ${(done.value as readonly Market[])[0]?.status ?? status} now.`,
  };
}

export function allStatusPlan(status: StatusAction, count: number): ActionPlan {
  const { verb, explain } = STATUSES[status];
  return {
    title: status === "CANCEL_ONLY" ? "Set every market to cancel only" : `${verb} every market`,
    explain: () => `${explain(`each of the ${count} markets`)} It is one command for all of them.`,
    path: "/v1/market-status",
    body: () => ({ status }),
    typed: verb.toLowerCase(),
    isGrave: status !== "TRADING",
    say: (done) => `${(done.value as readonly unknown[]).length} markets are ${status} now.`,
  };
}

export function feesPlan(market: Market): ActionPlan {
  const { symbol } = market;
  return {
    title: `Set fees of ${symbol}`,
    fields: [
      { name: "makerFee", label: "Maker fee, a fraction", initial: market.makerFee, pattern: DECIMAL },
      { name: "takerFee", label: "Taker fee, a fraction", initial: market.takerFee, pattern: DECIMAL },
    ],
    explain: ({ makerFee = "", takerFee = "" }) =>
      `Of trades of ${symbol} from this moment on, ${feePercent(makerFee)} of what the maker receives is kept and ${feePercent(takerFee)} of what the taker receives. Now it is ${feePercent(market.makerFee)} and ${feePercent(market.takerFee)}.`,
    path: "/v1/market-fees",
    body: (values) => ({ symbol, ...values }),
    say: () => `${symbol} has the fees.`,
  };
}

const BAND_LABELS: Readonly<Record<(typeof BAND_NAMES)[number], string>> = {
  referencePrice: "Reference price (empty: the last trade's)",
  bidMultiplierDown: "Lowest bid × reference (empty: any)",
  bidMultiplierUp: "Highest bid × reference",
  askMultiplierDown: "Lowest ask × reference",
  askMultiplierUp: "Highest ask × reference",
};

export function bandsPlan(market: Market): ActionPlan {
  const { symbol, bands } = market;
  return {
    title: `Set bands of ${symbol}`,
    fields: BAND_NAMES.map(
      (name): ActionField => ({
        name,
        label: BAND_LABELS[name],
        initial: bands[name] ?? "",
        isOptional: true,
        pattern: DECIMAL,
      }),
    ),
    explain: (values) => {
      const set = BAND_NAMES.filter((name) => (values[name] ?? "") !== "");
      return set.length === 0
        ? `Orders of ${symbol} are taken at any price from this moment on.`
        : `Orders of ${symbol} with a price outside of these bands are refused from this moment on; open ones stay. What is empty is not bounded.`;
    },
    path: "/v1/market-bands",
    body: (values) => ({ symbol, ...given(values) }),
    say: () => `${symbol} has the bands.`,
  };
}

export function listMarketPlan(): ActionPlan {
  const field = (name: string, label: string, more: Partial<ActionField> = {}): ActionField => ({
    name,
    label,
    ...more,
  });
  return {
    title: "List a market",
    fields: [
      field("symbol", "Symbol, e.g. SOLUSDT", { pattern: "[A-Z0-9_.\\-]{1,20}" }),
      field("baseAsset", "What is traded (a listed asset)"),
      field("quoteAsset", "What it is paid with (a listed asset)"),
      field("tickSize", "Price step, e.g. 0.01", { pattern: DECIMAL }),
      field("stepSize", "Quantity step, e.g. 0.001", { pattern: DECIMAL }),
      field("referencePrice", "Price until the first trade", { pattern: DECIMAL }),
      field("makerFee", "Maker fee, a fraction", { initial: "0.001", pattern: DECIMAL }),
      field("takerFee", "Taker fee, a fraction", { initial: "0.001", pattern: DECIMAL }),
      field("minNotional", "Smallest price × quantity (empty: any)", { isOptional: true, pattern: DECIMAL }),
    ],
    explain: ({ symbol }) =>
      `${symbol || "The market"} is listed and trades at once. Its steps stay as they are for ever; fees and bands can be changed.`,
    path: "/v1/markets",
    body: given,
    say: (done) => `${(done.value as Market).symbol} is listed and trades.`,
  };
}

export function listAssetPlan(): ActionPlan {
  return {
    title: "List an asset",
    fields: [
      { name: "name", label: "Name, e.g. SOL", pattern: ".{1,16}" },
      { name: "decimals", label: "Decimals, 0 to 12", initial: "8", pattern: "[0-9]|1[0-2]" },
    ],
    explain: ({ name, decimals }) =>
      `${name || "The asset"} is listed with ${decimals} decimals, for ever. Nobody has any of it until a deposit.`,
    path: "/v1/assets",
    body: ({ name, decimals }) => ({ name, decimals: Number(decimals) }),
    say: (done: Done<unknown>) => `${(done.value as { name: string }).name} is listed.`,
  };
}
