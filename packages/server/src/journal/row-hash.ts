import { createHash } from "node:crypto";
import type { JournalRow } from "./port.js";

/** The hash before the first row. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

const header = new ArrayBuffer(40);
const headerDoubles = new Float64Array(header);
const headerBytes = new Uint8Array(header);
const partitionNumber = new Float64Array(1);
const partitionNumberBytes = new Uint8Array(partitionNumber.buffer);

/**
 * SHA-256 over the previous row's hash, the epoch, the sequences, the lengths of commands and events, the digest,
 * the commands and the events; in a cluster also over the partition's number and the hash of its map. The lengths
 * keep a byte from moving from one part to the next unseen.
 */
export function rowHash(row: Omit<JournalRow, "hash">): Uint8Array {
  headerDoubles[0] = row.epoch;
  headerDoubles[1] = row.firstSequence;
  headerDoubles[2] = row.lastSequence;
  headerDoubles[3] = row.commands.byteLength;
  headerDoubles[4] = row.events.byteLength;
  const hash = createHash("sha256")
    .update(row.previousHash)
    .update(headerBytes)
    .update(row.digest)
    .update(row.commands)
    .update(row.events);
  if (row.partition !== undefined) {
    partitionNumber[0] = row.partition.number;
    hash.update(partitionNumberBytes).update(row.partition.mapHash);
  }
  return hash.digest();
}

/** Whether two hashes are the same bytes. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The first bytes of a hash, for messages. */
export function shortHash(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, Math.min(6, hash.byteLength)).toString("hex");
}
