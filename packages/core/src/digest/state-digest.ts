import { digestA, digestB, highWord, lowWord } from "@buttonwood/protocol";
import { A_DECIMALS, A_SUPPLY } from "../instrument/asset-table.js";
import {
  M_BOOK,
  M_FALLING,
  M_LAST,
  M_MAKER_FEE,
  M_RISING,
  M_STATUS,
  M_TAKER_FEE,
  M_TRADE_NEXT,
  M_UPDATE_ID,
} from "../instrument/market-table.js";
import { BALANCE_WORDS } from "../ledger/balances.js";
import { ACCOUNTS, ASSETS, BALANCE_TOP, MARKETS, NOW, RANK, SEQUENCE } from "../state/scalars.js";
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
  wide(scalars[SEQUENCE]);
  wide(scalars[NOW]);
  wide(scalars[RANK]);
  for (let i = 0; i < scalars[ASSETS]; i++) {
    const row = assets.row(i);
    word(assets.words[row + A_DECIMALS]);
    wide(assets.doubles[(row + A_SUPPLY) >> 1]);
  }
  for (let i = 0; i < scalars[MARKETS]; i++) {
    const row = markets.row(i);
    word(markets.words[row + M_STATUS]);
    word(markets.words[row + M_MAKER_FEE]);
    word(markets.words[row + M_TAKER_FEE]);
    word(markets.words[row + M_LAST]);
    wide(markets.doubles[(row + M_TRADE_NEXT) >> 1]);
    wide(markets.doubles[(row + M_UPDATE_ID) >> 1]);
  }
  const accounts = scalars[ACCOUNTS];
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
  const { digest, books, orders, balances, ids, scalars, markets } = state;
  digest.a = 0;
  digest.b = 0;
  for (let row = BALANCE_WORDS; row < scalars[BALANCE_TOP]; row += BALANCE_WORDS) {
    balances.clearHash(row);
    balances.rehash(row);
  }
  for (let entry = ids.oldest; entry !== 0; entry = ids.younger(entry)) ids.digest(entry, 1);
  for (let i = 0; i < scalars[MARKETS]; i++) {
    const row = markets.row(i);
    for (const book of [M_BOOK, M_RISING, M_FALLING]) {
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

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");
