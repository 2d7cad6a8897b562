/** What all accounts hold beside what came in and did not go out, by asset: 0 between them, or funds were made or lost. */
import type { AssetEntry, Supplies } from "../../transport/engine-port.js";

export interface AssetReconciliation {
  readonly asset: string;
  /** Decimal texts. Free, of all accounts but the house. */
  readonly free: string;
  /** Held for open orders. */
  readonly locked: string;
  /** What the house holds. */
  readonly fees: string;
  /** Deposits less withdrawals; in a cluster without what is on its way between partitions. */
  readonly supply: string;
  /** free + locked + fees − supply. */
  readonly difference: string;
}

export interface Reconciliation {
  /** By partition: the sequence after which it was so. */
  readonly sequences: readonly number[];
  readonly assets: readonly AssetReconciliation[];
  readonly isBalanced: boolean;
}

/** Sums up the partitions. What is on its way between two is in neither's balances nor supply. */
export function reconcile(partitions: readonly Supplies[], assets: readonly AssetEntry[]): Reconciliation {
  let isBalanced = true;
  const rows = assets.map(({ asset, name, decimals }): AssetReconciliation => {
    const sum = { free: 0n, locked: 0n, fees: 0n, supply: 0n };
    for (const partition of partitions) {
      const own = partition.assets[asset];
      if (own === undefined) continue;
      const held = BigInt(own.free) + BigInt(own.locked) + BigInt(own.fees);
      // One partition's surplus does not make up for another's loss.
      if (held !== BigInt(own.supply)) isBalanced = false;
      sum.free += BigInt(own.free);
      sum.locked += BigInt(own.locked);
      sum.fees += BigInt(own.fees);
      sum.supply += BigInt(own.supply);
    }
    const text = (units: bigint): string => decimalText(units, decimals);
    return {
      asset: name,
      free: text(sum.free),
      locked: text(sum.locked),
      fees: text(sum.fees),
      supply: text(sum.supply),
      difference: text(sum.free + sum.locked + sum.fees - sum.supply),
    };
  });
  return { sequences: partitions.map(({ sequence }) => sequence), assets: rows, isBalanced };
}

/** Units with their decimals; sums over partitions may be larger than what a number holds exactly. */
function decimalText(units: bigint, decimals: number): string {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-decimals)}`;
}
