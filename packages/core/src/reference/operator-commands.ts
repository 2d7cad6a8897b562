/** What an operator asks: listings, accounts, statuses, fees, deposits and withdrawals. */
import {
  AccountStatus,
  ASSET_NAME_BYTES_MAX,
  BAND_PPM_MAX,
  type Command,
  DECIMALS_MAX,
  FEE_PPM_MAX,
  LOTS_MAX,
  type MarketFields,
  MarketStatus,
  NOTIONAL_MAX,
  PRICE_TICKS_MAX,
  Reason,
  SUPPLY_MAX,
  SYMBOL_BYTES_MAX,
} from "@buttonwood/protocol";
import { forgetAndLookUp, isMemoryFull, paymentFingerprint, remember } from "./client-ids.js";
import { change, freeOf } from "./ledger.js";
import { isMember } from "./new-order.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import type { Group, State } from "./state.js";
import { isPhrase, isWord } from "./text-rules.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const UNITS_MAX = 2n ** 52n;

const isWithin = (value: number, min: number, max: number): boolean => value >= min && value <= max;

export function listAsset(state: State, group: Group, command: CommandOf<"LIST_ASSET">): Outcome {
  const { asset, decimals, name } = command;
  const isValid =
    asset === state.assets.length &&
    isWithin(decimals, 0, DECIMALS_MAX) &&
    isWord(name, ASSET_NAME_BYTES_MAX);
  if (!isValid) return outcome(Reason.MALFORMED_COMMAND);
  if (asset >= state.config.assetsMax) return outcome(Reason.CAPACITY_REACHED);
  state.assets.push({ decimals, name, supply: 0 });
  group.push({ kind: "ASSET_LISTED", asset, decimals, name });
  return taken();
}

/** `mantissa × 10^exponent` when it is an integer from 1 to 2^52, else undefined. */
function wholeUnits(mantissa: bigint, exponent: number): number | undefined {
  const scale = 10n ** BigInt(Math.abs(exponent));
  if (exponent < 0 && mantissa % scale !== 0n) return undefined;
  const units = exponent < 0 ? mantissa / scale : mantissa * scale;
  return units >= 1n && units <= UNITS_MAX ? Number(units) : undefined;
}

/** Base units of a lot and quote units of a lot at one tick, or undefined when a field is out of range. */
function marketUnits(
  state: State,
  fields: MarketFields,
): { readonly lotUnits: number; readonly tickLotUnits: number } | undefined {
  const f = fields;
  const isValid =
    f.market === state.markets.length &&
    f.baseAsset !== f.quoteAsset &&
    isWord(f.symbol, SYMBOL_BYTES_MAX) &&
    !state.markets.some((market) => market.fields.symbol === f.symbol) &&
    f.tickMantissa >= 1 &&
    f.lotMantissa >= 1 &&
    isWithin(f.tickDecimals, 0, DECIMALS_MAX) &&
    isWithin(f.lotDecimals, 0, DECIMALS_MAX) &&
    isWithin(f.priceTicksMin, 1, f.referenceTicks) &&
    isWithin(f.priceTicksMax, f.referenceTicks, PRICE_TICKS_MAX) &&
    isWithin(f.lotsMin, 1, f.lotsMax) &&
    f.lotsMax <= LOTS_MAX &&
    isWithin(f.marketLotsMax, f.lotsMin, f.lotsMax) &&
    Number.isInteger(f.notionalMin) &&
    Number.isInteger(f.notionalMax) &&
    isWithin(f.notionalMin, 0, f.notionalMax) &&
    f.notionalMax <= NOTIONAL_MAX &&
    areFeesValid(f) &&
    f.openOrdersMax >= 1 &&
    isWithin(f.stopOrdersMax, 0, f.openOrdersMax) &&
    [f.bidDownPpm, f.bidUpPpm, f.askDownPpm, f.askUpPpm].every((ppm) => isWithin(ppm, 0, BAND_PPM_MAX));
  if (!isValid) return undefined;
  const baseDecimals = state.assets[f.baseAsset]!.decimals;
  const quoteDecimals = state.assets[f.quoteAsset]!.decimals;
  const lotUnits = wholeUnits(BigInt(f.lotMantissa), baseDecimals - f.lotDecimals);
  const tickLotUnits = wholeUnits(
    BigInt(f.tickMantissa) * BigInt(f.lotMantissa),
    quoteDecimals - f.tickDecimals - f.lotDecimals,
  );
  return lotUnits === undefined || tickLotUnits === undefined ? undefined : { lotUnits, tickLotUnits };
}

const areFeesValid = (fees: { readonly makerFeePpm: number; readonly takerFeePpm: number }): boolean =>
  isWithin(fees.makerFeePpm, 0, FEE_PPM_MAX) && isWithin(fees.takerFeePpm, 0, FEE_PPM_MAX);

export function listMarket(state: State, group: Group, command: CommandOf<"LIST_MARKET">): Outcome {
  const { kind: _, account: __, timeUs: ___, deadlineUs: ____, ...fields } = command;
  if (state.assets[fields.baseAsset] === undefined || state.assets[fields.quoteAsset] === undefined) {
    return outcome(Reason.UNKNOWN_ASSET);
  }
  const units = marketUnits(state, fields);
  if (units === undefined) return outcome(Reason.MALFORMED_COMMAND);
  if (fields.market >= state.config.marketsMax) return outcome(Reason.CAPACITY_REACHED);
  state.markets.push({
    fields,
    ...units,
    status: MarketStatus.TRADING,
    makerFeePpm: fields.makerFeePpm,
    takerFeePpm: fields.takerFeePpm,
    lastPriceTicks: fields.referenceTicks,
    nextTradeId: 1,
    updateId: 0,
    bids: [],
    asks: [],
    risingStops: [],
    bands: { ...command, referenceTicks: 0 },
    areBandsSet: false,
    fallingStops: [],
    trailingStops: [],
    pending: [],
    triggered: [],
  });
  group.push({ kind: "MARKET_LISTED", ...fields });
  return taken();
}

export function setMarketStatus(
  state: State,
  group: Group,
  command: CommandOf<"SET_MARKET_STATUS">,
): Outcome {
  const { market: number, status } = command;
  if (!isMember(MarketStatus, status)) return outcome(Reason.MALFORMED_COMMAND);
  if (number !== -1 && state.markets[number] === undefined) return outcome(Reason.UNKNOWN_MARKET);
  for (const market of number === -1 ? state.markets : [state.markets[number]!]) {
    market.status = status;
    group.push({ kind: "MARKET_STATUS_SET", market: market.fields.market, status });
  }
  return taken();
}

export function setMarketFees(state: State, group: Group, command: CommandOf<"SET_MARKET_FEES">): Outcome {
  const { makerFeePpm, takerFeePpm } = command;
  const market = state.markets[command.market];
  if (market === undefined) return outcome(Reason.UNKNOWN_MARKET);
  if (!areFeesValid(command)) return outcome(Reason.MALFORMED_COMMAND);
  market.makerFeePpm = makerFeePpm;
  market.takerFeePpm = takerFeePpm;
  group.push({ kind: "MARKET_FEES_SET", market: command.market, makerFeePpm, takerFeePpm });
  return taken();
}

export function setMarketBands(state: State, group: Group, command: CommandOf<"SET_MARKET_BANDS">): Outcome {
  const { market: number, referenceTicks, bidDownPpm, bidUpPpm, askDownPpm, askUpPpm } = command;
  const market = state.markets[number];
  if (market === undefined) return outcome(Reason.UNKNOWN_MARKET);
  const { priceTicksMin, priceTicksMax } = market.fields;
  const isReference =
    referenceTicks === 0 || (referenceTicks >= priceTicksMin && referenceTicks <= priceTicksMax);
  const areBands = [bidDownPpm, bidUpPpm, askDownPpm, askUpPpm].every(
    (ppm) => ppm >= 0 && ppm <= BAND_PPM_MAX,
  );
  if (!isReference || !areBands) return outcome(Reason.MALFORMED_COMMAND);
  market.bands = { referenceTicks, bidDownPpm, bidUpPpm, askDownPpm, askUpPpm };
  market.areBandsSet = true;
  group.push({ kind: "MARKET_BANDS_SET", market: number, ...market.bands });
  return taken();
}

export function openAccount(state: State, group: Group, command: CommandOf<"OPEN_ACCOUNT">): Outcome {
  const { account, name } = command;
  if (account !== state.accounts.length || !isPhrase(name)) return outcome(Reason.MALFORMED_COMMAND);
  if (account >= state.config.accountsMax) return outcome(Reason.CAPACITY_REACHED);
  state.accounts.push(AccountStatus.ACTIVE);
  group.push({ kind: "ACCOUNT_OPENED", account, name });
  return taken();
}

export function setAccountStatus(
  state: State,
  group: Group,
  command: CommandOf<"SET_ACCOUNT_STATUS">,
): Outcome {
  const { account, status } = command;
  if (!isMember(AccountStatus, status)) return outcome(Reason.MALFORMED_COMMAND);
  if (!isWithin(account, 1, state.accounts.length - 1)) return outcome(Reason.UNKNOWN_ACCOUNT);
  state.accounts[account] = status;
  group.push({ kind: "ACCOUNT_STATUS_SET", account, status });
  return taken();
}

/** DEPOSIT and WITHDRAW. */
export function payment(state: State, group: Group, command: CommandOf<"DEPOSIT" | "WITHDRAW">): Outcome {
  const { kind, account, asset: number, amount, reference } = command;
  const isDeposit = kind === "DEPOSIT";
  if (!isWithin(account, isDeposit ? 1 : 0, state.accounts.length - 1)) {
    return outcome(Reason.UNKNOWN_ACCOUNT);
  }
  if (!isDeposit && state.accounts[account] === AccountStatus.FROZEN) return outcome(Reason.ACCOUNT_FROZEN);
  const asset = state.assets[number];
  if (asset === undefined) return outcome(Reason.UNKNOWN_ASSET);
  const isValid = Number.isInteger(amount) && amount >= 1 && isPhrase(reference);
  if (!isValid) return outcome(Reason.MALFORMED_COMMAND);
  const fingerprint = paymentFingerprint(kind, number, amount);
  const known = forgetAndLookUp(state, account, 1, reference, fingerprint);
  if (known !== undefined) return known;
  if (isMemoryFull(state)) return outcome(Reason.CAPACITY_REACHED);
  if (isDeposit && asset.supply + amount > SUPPLY_MAX) return outcome(Reason.SUPPLY_EXCEEDED);
  if (!isDeposit && freeOf(state, account, number) < amount) return outcome(Reason.INSUFFICIENT_BALANCE);

  const signed = isDeposit ? amount : -amount;
  asset.supply += signed;
  change(state, group, account, number, signed, 0);
  remember(state, account, 1, reference, 0, fingerprint);
  group.push({
    kind: isDeposit ? "DEPOSITED" : "WITHDRAWN",
    account,
    asset: number,
    amount,
    reference,
  });
  return taken();
}
