import { newTable } from "../state/table.js";
// Words of a row. Supply is a double: deposits less withdrawals.
export const A_DECIMALS = 0;
/** The house's balance row. */
export const A_HOUSE_ROW = 1;
export const A_SUPPLY = 2;
/** Four words of text. */
export const A_NAME = 4;
export const ASSET_WORDS = 8;

/** All assets, by number. */
export class AssetTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(max: number) {
    const table = newTable(max * ASSET_WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
  }

  row(asset: number): number {
    return asset * ASSET_WORDS;
  }
}
