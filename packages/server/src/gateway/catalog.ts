/**
 * What is listed, as the gateway needs it: names to numbers, and ticks, lots and units to decimals and back.
 * Loaded from the engine once and kept up to date by the feed.
 */
import {
  type BandFields,
  type Event,
  formatDecimal,
  LOTS_MAX,
  type MarketFields,
  MarketStatus,
  PRICE_TICKS_MAX,
  parseDecimal,
  tickLotUnitsOf,
} from "@buttonwood/protocol";
import type { AccountEntry, AssetEntry, Catalog } from "../transport/engine-port.js";

/** Decimals that clients see at least, whatever the unit. */
export const SHOWN_DECIMALS = 8;

/** Why a decimal is no price or quantity of a market. */
export const AmountError = {
  /** Not written as a plain decimal. */
  SYNTAX: "SYNTAX",
  /** More decimals than any amount of this asset has. */
  PRECISION: "PRECISION",
  /** No whole number of ticks, lots or units, or out of range. */
  STEP: "STEP",
} as const;
export type AmountError = (typeof AmountError)[keyof typeof AmountError];

/** Writes whole units with at least eight decimals; exact for every integer, also beyond 2^53. */
export function unitsText(units: number, decimals: number): string {
  if (units <= Number.MAX_SAFE_INTEGER) {
    const places = Math.max(decimals, SHOWN_DECIMALS);
    const digits = String(units);
    if (decimals === 0) return `${digits}.${"0".repeat(places)}`;
    const whole = digits.length - decimals;
    if (whole > 0) return `${digits.slice(0, whole)}.${digits.slice(whole).padEnd(places, "0")}`;
    return `0.${digits.padStart(decimals, "0").padEnd(places, "0")}`;
  }
  return bigUnitsText(BigInt(units), decimals);
}

function bigUnitsText(units: bigint, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, "0");
  const whole = digits.length - decimals;
  return `${digits.slice(0, whole)}.${digits.slice(whole).padEnd(SHOWN_DECIMALS, "0")}`;
}

/** One market: its rules, its live status and fees, and its decimals. */
export class MarketEntry {
  status: MarketStatus;
  makerFeePpm: number;
  takerFeePpm: number;
  /** The price before the first trade that the gateway hears of, in ticks. */
  readonly lastPriceTicks: number;
  /** As much as JSON needs: a symbol is printable ASCII, but may hold a quote or a backslash. */
  readonly symbolJson: string;
  readonly zeroQuote: string;
  /** Quote units of one lot at one tick. */
  readonly tickLotUnits: number;
  /** How far prices may lie from the reference, as multipliers in ppm; 0 = any. */
  bands: Omit<BandFields, "market">;

  constructor(
    readonly fields: MarketFields,
    status: MarketStatus,
    lastPriceTicks: number,
    bandReferenceTicks: number,
    readonly base: AssetEntry,
    readonly quote: AssetEntry,
  ) {
    this.status = status;
    this.makerFeePpm = fields.makerFeePpm;
    this.takerFeePpm = fields.takerFeePpm;
    this.bands = { ...fields, referenceTicks: bandReferenceTicks };
    this.lastPriceTicks = lastPriceTicks;
    this.symbolJson = JSON.stringify(fields.symbol);
    this.zeroQuote = unitsText(0, quote.decimals);
    this.tickLotUnits = tickLotUnitsOf(fields, quote.decimals);
  }

  get market(): number {
    return this.fields.market;
  }

  get symbol(): string {
    return this.fields.symbol;
  }

  priceText(ticks: number): string {
    return unitsText(ticks * this.fields.tickMantissa, this.fields.tickDecimals);
  }

  quantityText(lots: number): string {
    const units = lots * this.fields.lotMantissa;
    return units <= Number.MAX_SAFE_INTEGER
      ? unitsText(units, this.fields.lotDecimals)
      : bigUnitsText(BigInt(lots) * BigInt(this.fields.lotMantissa), this.fields.lotDecimals);
  }

  quoteText(units: number): string {
    return unitsText(units, this.quote.decimals);
  }

  /** An amount of one of this market's two assets. */
  unitsText(units: number, asset: AssetEntry): string {
    return unitsText(units, asset.decimals);
  }

  /** A price in ticks. */
  parsePrice(text: string): number | AmountError {
    const { tickMantissa, tickDecimals } = this.fields;
    return parseSteps(text, tickMantissa, tickDecimals, PRICE_TICKS_MAX, this.pricePrecision);
  }

  /** A quantity in lots. */
  parseQuantity(text: string): number | AmountError {
    const { lotMantissa, lotDecimals } = this.fields;
    return parseSteps(text, lotMantissa, lotDecimals, LOTS_MAX, this.basePrecision);
  }

  /** An amount of the quote asset, in its smallest unit. */
  parseQuote(text: string): number | AmountError {
    return parseSteps(text, 1, this.quote.decimals, Number.MAX_SAFE_INTEGER, this.quote.decimals);
  }

  /** Decimals of a price that are accepted as such; more is a mistake of another kind than being off tick. */
  get pricePrecision(): number {
    return Math.max(SHOWN_DECIMALS, this.fields.tickDecimals);
  }

  get basePrecision(): number {
    return Math.max(SHOWN_DECIMALS, this.fields.lotDecimals);
  }
}

function parseSteps(
  text: string,
  mantissa: number,
  decimals: number,
  stepsMax: number,
  precision: number,
): number | AmountError {
  const units = parseDecimal(text, decimals);
  if (typeof units === "number") {
    const steps = mantissa === 1 ? units : units % mantissa === 0 ? units / mantissa : -1;
    return steps >= 0 && steps <= stepsMax ? steps : AmountError.STEP;
  }
  switch (units) {
    case "syntax":
      return AmountError.SYNTAX;
    case "precision":
      return decimalsOf(text) > precision ? AmountError.PRECISION : AmountError.STEP;
    case "range":
      return AmountError.STEP;
  }
}

/** Decimals after the point, trailing zeros left out. */
function decimalsOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.slice(point + 1).replace(/0+$/, "").length;
}

/** Writes parts per million as a plain decimal, e.g. 1000 as `0.00100000`. */
export function ppmText(ppm: number): string {
  return formatDecimal(ppm, 6, SHOWN_DECIMALS);
}

/** Everything that is listed. Lookups are exact: symbols and names are case-sensitive, as clients send them. */
export class ExchangeCatalog {
  readonly assets: AssetEntry[] = [];
  readonly markets: MarketEntry[] = [];
  readonly accounts = new Map<number, AccountEntry>();
  readonly #marketBySymbol = new Map<string, MarketEntry>();
  readonly #marketByStreamName = new Map<string, MarketEntry>();
  readonly #assetByName = new Map<string, AssetEntry>();
  /** What has come since each reload began. */
  readonly #since = new Set<Event[]>();
  /** Rises whenever anything changes, so that answers made from the catalog can be kept. */
  version = 0;

  constructor(catalog: Catalog) {
    this.#replace(catalog);
  }

  /** Takes a whole catalog, after a gap in the feed. What the feed brings while it is loaded counts as newer. */
  async reload(load: () => Promise<Catalog>): Promise<Catalog> {
    const since: Event[] = [];
    this.#since.add(since);
    try {
      const catalog = await load();
      this.#replace(catalog);
      this.#since.delete(since);
      for (const event of since) this.apply(event);
      return catalog;
    } finally {
      this.#since.delete(since);
    }
  }

  #replace(catalog: Catalog): void {
    this.assets.length = 0;
    this.markets.length = 0;
    this.accounts.clear();
    this.#marketBySymbol.clear();
    this.#marketByStreamName.clear();
    this.#assetByName.clear();
    for (const asset of catalog.assets) this.#addAsset(asset);
    for (const market of catalog.markets) {
      this.#addMarket(market, market.status, market.lastPriceTicks, market.bandReferenceTicks);
    }
    for (const account of catalog.accounts) this.accounts.set(account.account, account);
    this.version++;
  }

  market(symbol: string): MarketEntry | undefined {
    return this.#marketBySymbol.get(symbol);
  }

  /** The market of a stream name, which is the symbol in lower case. */
  marketOfStream(lowerCase: string): MarketEntry | undefined {
    return this.#marketByStreamName.get(lowerCase);
  }

  asset(name: string): AssetEntry | undefined {
    return this.#assetByName.get(name);
  }

  accountByName(name: string): AccountEntry | undefined {
    for (const account of this.accounts.values()) if (account.name === name) return account;
    return undefined;
  }

  /** Takes one event of the feed; those that change no listing are ignored. */
  apply(event: Event): void {
    for (const events of this.#since) events.push(event);
    switch (event.kind) {
      case "ASSET_LISTED":
        if (this.assets[event.asset] !== undefined) return;
        this.#addAsset({ asset: event.asset, name: event.name, decimals: event.decimals });
        break;
      case "MARKET_LISTED":
        if (this.markets[event.market] !== undefined) return;
        this.#addMarket(event, MarketStatus.TRADING, event.referenceTicks, 0);
        break;
      case "MARKET_STATUS_SET": {
        const market = this.markets[event.market];
        if (market !== undefined) market.status = event.status;
        break;
      }
      case "MARKET_FEES_SET": {
        const market = this.markets[event.market];
        if (market === undefined) return;
        market.makerFeePpm = event.makerFeePpm;
        market.takerFeePpm = event.takerFeePpm;
        break;
      }
      case "MARKET_BANDS_SET": {
        const market = this.markets[event.market];
        if (market === undefined) return;
        market.bands = event;
        break;
      }
      case "ACCOUNT_OPENED":
        this.accounts.set(event.account, { account: event.account, name: event.name, frozen: false });
        break;
      case "ACCOUNT_STATUS_SET": {
        const account = this.accounts.get(event.account);
        if (account === undefined) return;
        this.accounts.set(event.account, { ...account, frozen: event.status !== 0 });
        break;
      }
      case "RESULT":
      case "ORDER_ACCEPTED":
      case "ORDER_TRIGGERED":
      case "ORDER_RELEASED":
      case "ORDER_LIST":
      case "COUNTDOWN_SET":
      case "ORDER_FILLED":
      case "ORDER_CANCELED":
      case "ORDER_EXPIRED":
      case "ORDER_AMENDED":
      case "ORDER_PREVENTED":
      case "BALANCE":
      case "LEVEL":
      case "DEPOSITED":
      case "WITHDRAWN":
      case "TRANSFER_SENT":
      case "TRANSFER_RECEIVED":
        return;
    }
    this.version++;
  }

  #addAsset(asset: AssetEntry): void {
    this.assets[asset.asset] = asset;
    this.#assetByName.set(asset.name, asset);
  }

  #addMarket(
    fields: MarketFields,
    status: MarketStatus,
    lastPriceTicks: number,
    bandReferenceTicks: number,
  ): void {
    const base = this.assets[fields.baseAsset];
    const quote = this.assets[fields.quoteAsset];
    if (base === undefined || quote === undefined) {
      throw new Error(`market ${fields.symbol} names an asset that is not listed`);
    }
    const entry = new MarketEntry(fields, status, lastPriceTicks, bandReferenceTicks, base, quote);
    this.markets[fields.market] = entry;
    this.#marketBySymbol.set(fields.symbol, entry);
    this.#marketByStreamName.set(fields.symbol.toLowerCase(), entry);
  }
}
