import { createHash } from "node:crypto";
import type { JournalRow } from "./port.js";

/** The hash before the first row. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

const header = new ArrayBuffer(40);
const headerDoubles = new Float64Array(header);
const headerBytes = new Uint8Array(header);

/**
 * SHA-256 over the previous row's hash, the epoch, the sequences, the lengths of commands and events, the digest,
 * the commands and the events. The lengths keep a byte from moving between the two unseen.
 */
export function rowHash(row: Omit<JournalRow, "hash">): Uint8Array {
  headerDoubles[0] = row.epoch;
  headerDoubles[1] = row.firstSequence;
  headerDoubles[2] = row.lastSequence;
  headerDoubles[3] = row.commands.byteLength;
  headerDoubles[4] = row.events.byteLength;
  return createHash("sha256")
    .update(row.previousHash)
    .update(headerBytes)
    .update(row.digest)
    .update(row.commands)
    .update(row.events)
    .digest();
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
