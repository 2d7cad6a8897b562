import {
  AccountOpened,
  AccountStatus,
  AccountStatusSet,
  AssetListed,
  BAND_PPM_MAX,
  CLIENT_ID_WORDS,
  CommandHeader,
  CommandType,
  DECIMALS_MAX,
  DIGEST_SEED_A,
  digestA,
  EventType,
  highWord,
  ListAsset,
  ListMarket,
  lowWord,
  MarketBandsSet,
  MarketFeesSet,
  MarketListed,
  MarketStatus,
  MarketStatusSet,
  OpenAccount,
  Payment,
  PaymentEvent,
  Reason,
  SetAccountStatus,
  SetMarketBands,
  SetMarketFees,
  SetMarketStatus,
  SUPPLY_MAX,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import { isText, LowestByte, paddedLength } from "../client-ids/text-check.js";
import { digestBands } from "../digest/state-digest.js";
import { AssetRow } from "../instrument/asset-table.js";
import { areFeesSound, isMarketSound, wholeUnits } from "../instrument/listing.js";
import { MarketRow } from "../instrument/market-table.js";
import { Scalar } from "../state/scalars.js";
import { ACCOUNT_NAME_WORDS, type State } from "../state/state.js";

const NAME_WORDS = 4;
const SYMBOL_WORDS = 5;

/** Multipliers of a market: the lowest and the highest price of a bid, and of an ask. */
const BANDS = 4;

/** What operators do: list, open, halt, move money in and out. Each returns the reason. */
export class Admin {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  listAsset(command: WordBuffer, at: number): number {
    const { scalars, assets, balances, accountBalances, config } = this.#state;
    const w = command.i32;
    const asset = w[at + ListAsset.ASSET];
    const decimals = w[at + ListAsset.DECIMALS];
    const nameLength = paddedLength(w, at + ListAsset.NAME, NAME_WORDS);
    if (
      asset !== scalars[Scalar.ASSETS] ||
      !(decimals >= 0 && decimals <= DECIMALS_MAX) ||
      !isText(w, at + ListAsset.NAME, NAME_WORDS, nameLength, LowestByte.NO_BLANK)
    ) {
      return Reason.MALFORMED_COMMAND;
    }
    if (asset >= config.assetsMax || balances.room < 1) return Reason.CAPACITY_REACHED;
    scalars[Scalar.ASSETS] += 1;
    const row = assets.row(asset);
    assets.words[row + AssetRow.DECIMALS] = decimals;
    for (let i = 0; i < NAME_WORDS; i++) assets.words[row + AssetRow.NAME + i] = w[at + ListAsset.NAME + i];
    assets.words[row + AssetRow.HOUSE_ROW] = balances.take(0, asset, accountBalances);
    const event = this.#event(EventType.ASSET_LISTED, AssetListed.WORDS, 0);
    const o = this.#state.out.i32;
    o[event + AssetListed.ASSET] = asset;
    o[event + AssetListed.DECIMALS] = decimals;
    for (let i = 0; i < NAME_WORDS; i++) o[event + AssetListed.NAME + i] = w[at + ListAsset.NAME + i];
    return Reason.OK;
  }

  listMarket(command: WordBuffer, at: number): number {
    const { scalars, assets, markets, config } = this.#state;
    const w = command.i32;
    const market = w[at + ListMarket.MARKET];
    const base = w[at + ListMarket.BASE_ASSET];
    const quote = w[at + ListMarket.QUOTE_ASSET];
    if (!this.#isAsset(base) || !this.#isAsset(quote)) return Reason.UNKNOWN_ASSET;
    if (
      market !== scalars[Scalar.MARKETS] ||
      base === quote ||
      !this.#isSymbolNew(w, at + ListMarket.SYMBOL)
    ) {
      return Reason.MALFORMED_COMMAND;
    }
    if (!isMarketSound(command, at)) return Reason.MALFORMED_COMMAND;
    const baseDecimals = assets.words[assets.row(base) + AssetRow.DECIMALS];
    const quoteDecimals = assets.words[assets.row(quote) + AssetRow.DECIMALS];
    const lotMantissa = BigInt(w[at + ListMarket.LOT_MANTISSA]);
    const lotDecimals = w[at + ListMarket.LOT_DECIMALS];
    const lotUnits = wholeUnits(lotMantissa, baseDecimals - lotDecimals);
    const tickLotUnits = wholeUnits(
      BigInt(w[at + ListMarket.TICK_MANTISSA]) * lotMantissa,
      quoteDecimals - w[at + ListMarket.TICK_DECIMALS] - lotDecimals,
    );
    if (lotUnits === 0 || tickLotUnits === 0) return Reason.MALFORMED_COMMAND;
    if (market >= config.marketsMax) return Reason.CAPACITY_REACHED;
    scalars[Scalar.MARKETS] += 1;
    const houseBase = assets.words[assets.row(base) + AssetRow.HOUSE_ROW];
    const houseQuote = assets.words[assets.row(quote) + AssetRow.HOUSE_ROW];
    markets.write(market, command, at, lotUnits, tickLotUnits, houseBase, houseQuote);
    const event = this.#event(EventType.MARKET_LISTED, MarketListed.WORDS, market);
    const o = this.#state.out.i32;
    for (let i = MarketListed.BODY; i < MarketListed.WORDS; i++) {
      o[event + i] = w[at + ListMarket.MARKET + i - MarketListed.BODY];
    }
    return Reason.OK;
  }

  #isSymbolNew(w: Int32Array, at: number): boolean {
    const { scalars, markets } = this.#state;
    if (!isText(w, at, SYMBOL_WORDS, paddedLength(w, at, SYMBOL_WORDS), LowestByte.NO_BLANK)) return false;
    for (let m = 0; m < scalars[Scalar.MARKETS]; m++) {
      const symbol = markets.row(m) + MarketRow.SYMBOL;
      let i = 0;
      while (i < SYMBOL_WORDS && markets.words[symbol + i] === w[at + i]) i++;
      if (i === SYMBOL_WORDS) return false;
    }
    return true;
  }

  setMarketStatus(command: WordBuffer, at: number): number {
    const { scalars, markets } = this.#state;
    const market = command.i32[at + SetMarketStatus.MARKET];
    const status = command.i32[at + SetMarketStatus.STATUS];
    if (!(status >= MarketStatus.TRADING && status <= MarketStatus.CANCEL_ONLY)) {
      return Reason.MALFORMED_COMMAND;
    }
    if (market !== -1 && !this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    const first = market === -1 ? 0 : market;
    const last = market === -1 ? scalars[Scalar.MARKETS] - 1 : market;
    for (let m = first; m <= last; m++) {
      markets.words[markets.row(m) + MarketRow.STATUS] = status;
      const event = this.#event(EventType.MARKET_STATUS_SET, MarketStatusSet.WORDS, m);
      this.#state.out.i32[event + MarketStatusSet.STATUS] = status;
    }
    return Reason.OK;
  }

  setMarketBands(command: WordBuffer, at: number): number {
    const { markets, out } = this.#state;
    const w = command.i32;
    const m = markets.words;
    const market = w[at + SetMarketBands.MARKET];
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    const row = markets.row(market);
    const reference = w[at + SetMarketBands.REFERENCE_TICKS];
    const isInRange = reference >= m[row + MarketRow.PRICE_MIN] && reference <= m[row + MarketRow.PRICE_MAX];
    if (reference !== 0 && !isInRange) return Reason.MALFORMED_COMMAND;
    for (let i = 0; i < BANDS; i++) {
      const band = w[at + SetMarketBands.BID_DOWN_PPM + i];
      if (!(band >= 0 && band <= BAND_PPM_MAX)) return Reason.MALFORMED_COMMAND;
    }
    digestBands(this.#state, market, -1);
    m[row + MarketRow.BAND_REFERENCE] = reference;
    m[row + MarketRow.BANDS_SET] = 1;
    for (let i = 0; i < BANDS; i++) m[row + MarketRow.BID_DOWN + i] = w[at + SetMarketBands.BID_DOWN_PPM + i];
    digestBands(this.#state, market, 1);
    const event = this.#event(EventType.MARKET_BANDS_SET, MarketBandsSet.WORDS, market);
    for (let i = 0; i < MarketBandsSet.WORDS - MarketBandsSet.BODY; i++) {
      out.i32[event + MarketBandsSet.BODY + i] = w[at + SetMarketBands.MARKET + i];
    }
    return Reason.OK;
  }

  setMarketFees(command: WordBuffer, at: number): number {
    const { markets, out } = this.#state;
    const w = command.i32;
    const market = w[at + SetMarketFees.MARKET];
    const maker = w[at + SetMarketFees.MAKER_FEE_PPM];
    const taker = w[at + SetMarketFees.TAKER_FEE_PPM];
    if (!this.#isMarket(market)) return Reason.UNKNOWN_MARKET;
    if (!areFeesSound(maker, taker)) return Reason.MALFORMED_COMMAND;
    markets.words[markets.row(market) + MarketRow.MAKER_FEE] = maker;
    markets.words[markets.row(market) + MarketRow.TAKER_FEE] = taker;
    const event = this.#event(EventType.MARKET_FEES_SET, MarketFeesSet.WORDS, market);
    out.i32[event + MarketFeesSet.MAKER_FEE_PPM] = maker;
    out.i32[event + MarketFeesSet.TAKER_FEE_PPM] = taker;
    return Reason.OK;
  }

  openAccount(command: WordBuffer, at: number): number {
    const { scalars, accountStatus, accountNames, config, out } = this.#state;
    const w = command.i32;
    const account = w[at + CommandHeader.ACCOUNT];
    const length = w[at + OpenAccount.NAME_LENGTH];
    if (
      account !== scalars[Scalar.ACCOUNTS] ||
      !isText(w, at + OpenAccount.NAME, CLIENT_ID_WORDS, length, LowestByte.BLANK)
    ) {
      return Reason.MALFORMED_COMMAND;
    }
    if (account >= config.accountsMax) return Reason.CAPACITY_REACHED;
    scalars[Scalar.ACCOUNTS] += 1;
    accountStatus[account] = AccountStatus.ACTIVE;
    const row = account * ACCOUNT_NAME_WORDS;
    for (let i = 0; i < ACCOUNT_NAME_WORDS; i++) accountNames[row + i] = w[at + OpenAccount.NAME_LENGTH + i];
    const event = this.#event(EventType.ACCOUNT_OPENED, AccountOpened.WORDS, account);
    out.i32[event + AccountOpened.NAME_LENGTH] = length;
    for (let i = 0; i < CLIENT_ID_WORDS; i++) {
      out.i32[event + AccountOpened.NAME + i] = w[at + OpenAccount.NAME + i];
    }
    return Reason.OK;
  }

  setAccountStatus(command: WordBuffer, at: number): number {
    const { accountStatus, out } = this.#state;
    const account = command.i32[at + CommandHeader.ACCOUNT];
    const status = command.i32[at + SetAccountStatus.STATUS];
    if (!(status >= AccountStatus.ACTIVE && status <= AccountStatus.FROZEN)) return Reason.MALFORMED_COMMAND;
    if (account === 0 || !this.#isAccount(account)) return Reason.UNKNOWN_ACCOUNT;
    accountStatus[account] = status;
    const event = this.#event(EventType.ACCOUNT_STATUS_SET, AccountStatusSet.WORDS, account);
    out.i32[event + AccountStatusSet.STATUS] = status;
    return Reason.OK;
  }

  payment(command: WordBuffer, at: number, isDeposit: boolean): number {
    const { accountStatus, assets, balances, ids, accountBalances } = this.#state;
    const w = command.i32;
    const account = w[at + CommandHeader.ACCOUNT];
    const asset = w[at + Payment.ASSET];
    const amount = command.f64[(at + Payment.AMOUNT) >> 1];
    const length = w[at + Payment.ID_LENGTH];
    const id = at + Payment.ID;
    if (!this.#isAccount(account) || (isDeposit && account === 0)) return Reason.UNKNOWN_ACCOUNT;
    if (!isDeposit && accountStatus[account] !== AccountStatus.ACTIVE) return Reason.ACCOUNT_FROZEN;
    if (!this.#isAsset(asset)) return Reason.UNKNOWN_ASSET;
    if (
      !(Number.isInteger(amount) && amount >= 1) ||
      !isText(w, id, CLIENT_ID_WORDS, length, LowestByte.BLANK)
    ) {
      return Reason.MALFORMED_COMMAND;
    }
    ids.forgetOld();
    const fingerprint = paymentFingerprint(isDeposit, asset, amount);
    const hash = nameHash(account, NameSpace.PAYMENTS, length, w, id);
    const known = ids.find(hash, account, NameSpace.PAYMENTS, length, w, id);
    if (known !== 0) {
      const same = ids.words[known + IdEntry.FINGERPRINT] === fingerprint;
      return same ? Reason.REPEAT : Reason.DUPLICATE_CLIENT_ORDER_ID;
    }
    let row = balances.find(account, asset);
    if (!ids.hasRoom || (isDeposit && row === 0 && balances.room < 1)) return Reason.CAPACITY_REACHED;
    const supply = (assets.row(asset) + AssetRow.SUPPLY) >> 1;
    const signed = isDeposit ? amount : -amount;
    if (isDeposit && assets.doubles[supply] + amount > SUPPLY_MAX) return Reason.SUPPLY_EXCEEDED;
    // Row 0 is nobody's and holds nothing.
    if (!isDeposit && balances.doubles[row >> 1] < amount) return Reason.INSUFFICIENT_BALANCE;
    if (row === 0) row = balances.take(account, asset, accountBalances);
    balances.touch(row);
    balances.doubles[row >> 1] += signed;
    assets.doubles[supply] += signed;
    ids.remember(hash, account, NameSpace.PAYMENTS, length, w, id, 0, 0, fingerprint);
    this.#writePayment(command, at, isDeposit ? EventType.DEPOSITED : EventType.WITHDRAWN);
    return Reason.OK;
  }

  #writePayment(command: WordBuffer, at: number, type: number): void {
    const { out } = this.#state;
    const event = this.#event(type, PaymentEvent.WORDS, command.i32[at + CommandHeader.ACCOUNT]);
    out.i32[event + PaymentEvent.ASSET] = command.i32[at + Payment.ASSET];
    out.i32[event + PaymentEvent.ID_LENGTH] = command.i32[at + Payment.ID_LENGTH];
    out.f64[(event + PaymentEvent.AMOUNT) >> 1] = command.f64[(at + Payment.AMOUNT) >> 1];
    for (let i = 0; i < CLIENT_ID_WORDS; i++) {
      out.i32[event + PaymentEvent.ID + i] = command.i32[at + Payment.ID + i];
    }
  }

  /** Reserves an event, cleared but for its header. */
  #event(type: number, words: number, subject: number): number {
    const { out } = this.#state;
    const at = out.reserve(words);
    out.i32.fill(0, at, at + words);
    out.i32[at] = type | (words << 8);
    out.i32[at + 1] = subject;
    return at;
  }

  #isAsset(asset: number): boolean {
    return asset >= 0 && asset < this.#state.scalars[Scalar.ASSETS];
  }

  #isMarket(market: number): boolean {
    return market >= 0 && market < this.#state.scalars[Scalar.MARKETS];
  }

  #isAccount(account: number): boolean {
    return account >= 0 && account < this.#state.scalars[Scalar.ACCOUNTS];
  }
}

function paymentFingerprint(isDeposit: boolean, asset: number, amount: number): number {
  const type = isDeposit ? CommandType.DEPOSIT : CommandType.WITHDRAW;
  const lane = digestA(digestA(DIGEST_SEED_A, type), asset);
  return digestA(digestA(lane, lowWord(amount)), highWord(amount));
}
