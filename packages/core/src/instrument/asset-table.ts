import { newTable } from "../state/table.js";
// Words of a row. Supply is a double: deposits less withdrawals, and received less sent.
export const enum AssetRow {
  DECIMALS = 0,
  /** The house's balance row. */
  HOUSE_ROW = 1,
  SUPPLY = 2,
  /** Four words of text. */
  NAME = 4,
  WORDS = 8,
}

/** All assets, by number. */
export class AssetTable {
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(max: number) {
    const table = newTable(max * AssetRow.WORDS);
    this.words = table.words;
    this.doubles = table.doubles;
  }

  row(asset: number): number {
    return asset * AssetRow.WORDS;
  }
}
