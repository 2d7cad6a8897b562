/** All partitions together: what only they can show, from their journals alone. */
import type { JournalState } from "../durability/journal-checker.js";

export interface WholeBalance {
  readonly free: bigint;
  readonly locked: bigint;
}

/** An account's balance of an asset over all partitions, with what is under way between them. */
export function wholeBalance(
  partitions: readonly JournalState[],
  account: number,
  asset: number,
): WholeBalance {
  let free = 0n;
  let locked = 0n;
  for (const { balances } of partitions) {
    const part = balances.get(`${account}/${asset}`);
    free += part?.free ?? 0n;
    locked += part?.locked ?? 0n;
  }
  for (const transfer of underWay(partitions)) {
    const [owner, what, amount] = transfer.split("/").map(Number);
    if (owner === account && what === asset) free += BigInt(amount!);
  }
  return { free, locked };
}

/** Transfers that were sent and not received, as `account/asset/amount`. */
function underWay(partitions: readonly JournalState[]): string[] {
  return partitions.flatMap((sender, from) =>
    [...sender.sent].flatMap(([to, sent]) => sent.slice(partitions[to]?.received.get(from)?.length ?? 0)),
  );
}

/**
 * What does not add up between partitions: every transfer must have arrived once, in order and unchanged, or be under
 * way; and all balances with what is under way must sum to what was ever paid in, less what was paid out.
 */
export function problemsBetween(partitions: readonly JournalState[]): string[] {
  const problems: string[] = [];
  for (const [to, receiver] of partitions.entries()) {
    for (const [from, received] of receiver.received) {
      const sent = partitions[from]?.sent.get(to) ?? [];
      for (const [index, transfer] of received.entries()) {
        if (transfer === sent[index]) continue;
        problems.push(
          `transfer ${index + 1} from partition ${from} to ${to} arrived as ${transfer}, sent was ${sent[index]}`,
        );
      }
    }
  }
  const moving = new Map<number, bigint>();
  for (const transfer of underWay(partitions)) {
    const [, asset, amount] = transfer.split("/").map(Number);
    moving.set(asset!, (moving.get(asset!) ?? 0n) + BigInt(amount!));
  }
  const assets = partitions[0]!.assets;
  for (const [asset, { name }] of assets) {
    let held = moving.get(asset) ?? 0n;
    let paidIn = 0n;
    for (const { balances, paid } of partitions) {
      paidIn += paid.get(asset) ?? 0n;
      for (const [key, { free, locked }] of balances) {
        if (key.endsWith(`/${asset}`)) held += free + locked;
      }
    }
    if (held !== paidIn)
      problems.push(`${name}: ${held} units are held and under way, ${paidIn} were paid in`);
  }
  return problems;
}
