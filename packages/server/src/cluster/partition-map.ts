import { createHash } from "node:crypto";

/** One partition as the map sees it; its number is its place in the list. */
export interface MappedPartition {
  /** Name of the shard that holds its journal. */
  readonly shard: string;
  /** Symbols assigned to it by name; all others go by hash. */
  readonly symbols: readonly string[];
}

/**
 * Which partition takes a market's orders and which one is an account's home. Every process of a cluster must use
 * the same map: its hash stands in every journal row, and processes whose hashes differ refuse each other.
 */
export interface PartitionMap {
  /** How many partitions there are; they are numbered from 0. */
  readonly partitions: number;
  /** Tells maps apart: 16 hex digits over partitions, their shards, and the symbols assigned by name. */
  readonly hash: string;
  /** The partition that takes the orders of a symbol, listed or not. */
  partitionOfMarket(symbol: string): number;
  /** The partition where an account's deposits and withdrawals happen. */
  homeOf(account: number): number;
}

/** Raised when the rule below changes, so that processes with different rules refuse each other. */
const RULE = 1;

/**
 * Makes the map of a list of partitions. Throws RangeError when there is none, or when a symbol is assigned twice.
 */
export function createPartitionMap(partitions: readonly MappedPartition[]): PartitionMap {
  if (partitions.length === 0) throw new RangeError("a partition map needs at least one partition");
  const assigned = new Map<string, number>();
  for (const [partition, { symbols }] of partitions.entries()) {
    for (const symbol of symbols) {
      if (assigned.has(symbol)) throw new RangeError(`symbol ${symbol} is assigned twice`);
      assigned.set(symbol, partition);
    }
  }
  const content = {
    rule: RULE,
    partitions: partitions.map(({ shard, symbols }) => ({ shard, symbols: [...symbols].sort() })),
  };
  return {
    partitions: partitions.length,
    hash: sha256(JSON.stringify(content)).toString("hex", 0, 8),
    partitionOfMarket: (symbol) => assigned.get(symbol) ?? sha256(symbol).readUInt32BE() % partitions.length,
    homeOf: (account) => account % partitions.length,
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
