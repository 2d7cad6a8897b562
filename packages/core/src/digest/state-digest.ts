import { digestA, digestB, digestEnd, highWord, KeyA, KeyB, lowWord } from "@buttonwood/protocol";
import { AssetRow } from "../instrument/asset-table.js";
import { MARKET_BOOKS, MarketRow } from "../instrument/market-table.js";
import { Balance } from "../ledger/balances.js";
import { Tag } from "../state/digest-sum.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";

/** The state digest: the sums of all entries, then what is not an entry, folded on top. */
export function digestText(state: State): string {
  const { scalars, assets, markets, accountStatus, digest } = state;
  let a = digest.a;
  let b = digest.b;
  const word = (value: number): void => {
    a = digestA(a, value);
    b = digestB(b, value);
  };
  const wide = (value: number): void => {
    word(lowWord(value));
    word(highWord(value));
  };
  wide(scalars[Scalar.SEQUENCE]);
  wide(scalars[Scalar.NOW]);
  wide(scalars[Scalar.RANK]);
  for (let i = 0; i < scalars[Scalar.ASSETS]; i++) {
    const row = assets.row(i);
    word(assets.words[row + AssetRow.DECIMALS]);
    wide(assets.doubles[(row + AssetRow.SUPPLY) >> 1]);
  }
  for (let i = 0; i < scalars[Scalar.MARKETS]; i++) {
    const row = markets.row(i);
    word(markets.words[row + MarketRow.STATUS]);
    word(markets.words[row + MarketRow.MAKER_FEE]);
    word(markets.words[row + MarketRow.TAKER_FEE]);
    word(markets.words[row + MarketRow.LAST]);
    wide(markets.doubles[(row + MarketRow.TRADE_NEXT) >> 1]);
    wide(markets.doubles[(row + MarketRow.UPDATE_ID) >> 1]);
  }
  const accounts = scalars[Scalar.ACCOUNTS];
  for (let i = 1; i < accounts; i++) word(accountStatus[i]);
  return hex(a) + hex(b);
}

/** The digest with the entries' sums made anew from the entries; throws if those kept differ. */
export function verifyDigest(state: State): void {
  const { digest } = state;
  const { a, b } = digest;
  recomputeSums(state);
  if (digest.a !== a || digest.b !== b) {
    throw new Error(`state digest: entries sum to ${hex(digest.a)}${hex(digest.b)}, kept ${hex(a)}${hex(b)}`);
  }
}

/** Makes the sums anew by going through all entries. */
export function recomputeSums(state: State): void {
  const { digest, books, orders, lists, balances, channels, ids, scalars, markets } = state;
  digest.a = 0;
  digest.b = 0;
  for (let row = Balance.WORDS; row < scalars[Scalar.BALANCE_TOP]; row += Balance.WORDS) {
    balances.clearHash(row);
    balances.rehash(row);
  }
  channels.digestAll();
  lists.digestAll();
  for (let account = 1; account < scalars[Scalar.ACCOUNTS]; account++) {
    digestCountdown(state, account, state.countdownsUs[account], 1);
  }
  for (let entry = ids.oldest; entry !== 0; entry = ids.younger(entry)) ids.digest(entry, 1);
  for (let i = 0; i < scalars[Scalar.MARKETS]; i++) {
    const row = markets.row(i);
    digestBands(state, i, 1);
    for (const book of MARKET_BOOKS) {
      for (let side = 0; side < 2; side++) {
        const at = markets.words[row + book];
        for (let level = books.bestLevel(at, side); level !== 0; level = books.nextLevel(at, side, level)) {
          for (let order = books.firstOrder(level); order !== 0; order = books.after(order)) {
            orders.clearHash(order);
            orders.rehash(order);
          }
        }
      }
    }
  }
}

/** Adds the bands of a market, if they were set after its listing, to the sums (sign 1) or takes them out (−1). */
export function digestBands(state: State, market: number, sign: number): void {
  const w = state.markets.words;
  const row = state.markets.row(market);
  if (w[row + MarketRow.BANDS_SET] === 0) return;
  const words = [Tag.BANDS, market, w[row + MarketRow.BAND_REFERENCE]];
  for (let i = 0; i < 4; i++) words.push(w[row + MarketRow.BID_DOWN + i]);
  let a = 0;
  let b = 0;
  words.forEach((word, i) => {
    a = (a + Math.imul(word, BAND_KEYS_A[i])) | 0;
    b = (b + Math.imul(word ^ (word >>> 16), BAND_KEYS_B[i])) | 0;
  });
  if (sign > 0) state.digest.add(digestEnd(a), digestEnd(b));
  else state.digest.subtract(digestEnd(a), digestEnd(b));
}

const BAND_KEYS_A = [KeyA.K0, KeyA.K1, KeyA.K2, KeyA.K3, KeyA.K4, KeyA.K5, KeyA.K6];
const BAND_KEYS_B = [KeyB.K0, KeyB.K1, KeyB.K2, KeyB.K3, KeyB.K4, KeyB.K5, KeyB.K6];

/** Adds the countdown of an account to the sums (sign 1) or takes it out (−1). */
export function digestCountdown(state: State, account: number, atUs: number, sign: number): void {
  if (atUs === 0) return;
  const lo = lowWord(atUs);
  const hi = highWord(atUs);
  const a = digestEnd(
    (Math.imul(Tag.COUNTDOWN, KeyA.K0) +
      Math.imul(account, KeyA.K1) +
      Math.imul(lo, KeyA.K2) +
      Math.imul(hi, KeyA.K3)) |
      0,
  );
  const b = digestEnd(
    (Math.imul(Tag.COUNTDOWN, KeyB.K0) +
      Math.imul(account ^ (account >>> 16), KeyB.K1) +
      Math.imul(lo ^ (lo >>> 16), KeyB.K2) +
      Math.imul(hi ^ (hi >>> 16), KeyB.K3)) |
      0,
  );
  if (sign > 0) state.digest.add(a, b);
  else state.digest.subtract(a, b);
}

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");
