import { createHash } from "node:crypto";
import { DamagedJournalError, type Snapshot } from "../port.js";
import { sameHash, shortHash } from "../row-hash.js";

/**
 * Layout of a snapshot file, little endian:
 * magic (8) · version (u32) · header bytes (u32) · sequence (f64) · state bytes (f64) · row hash (32) ·
 * digest (16, ASCII) · checksum (32) · state. The checksum is SHA-256 over everything else.
 */
const MAGIC = "BTWDSNAP";
const VERSION = 1;
const AT_CHECKSUM = 80;
export const SNAPSHOT_HEADER_BYTES = AT_CHECKSUM + 32;

/** The header that goes before the state. */
export function snapshotHeader(snapshot: Snapshot): Uint8Array {
  const bytes = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(SNAPSHOT_HEADER_BYTES, 12);
  bytes.writeDoubleLE(snapshot.sequence, 16);
  bytes.writeDoubleLE(snapshot.state.byteLength, 24);
  bytes.set(snapshot.rowHash, 32);
  bytes.write(snapshot.digest, 64, "latin1");
  bytes.set(checksum(bytes, snapshot.state), AT_CHECKSUM);
  return bytes;
}

/** Reads a snapshot's bytes. Throws {@link DamagedJournalError} that says what differs. */
export function parseSnapshot(name: string, bytes: Uint8Array): Snapshot {
  const damaged = (what: string): never => {
    throw new DamagedJournalError(`${name}: ${what}`);
  };
  if (bytes.byteLength < SNAPSHOT_HEADER_BYTES) {
    damaged(`${bytes.byteLength} bytes long, shorter than its header of ${SNAPSHOT_HEADER_BYTES}`);
  }
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, SNAPSHOT_HEADER_BYTES);
  if (header.toString("latin1", 0, 8) !== MAGIC) damaged("does not begin as a snapshot does");
  const version = header.readUInt32LE(8);
  if (version !== VERSION) damaged(`has version ${version}; this program knows ${VERSION}`);
  const stateBytes = header.readDoubleLE(24);
  const state = bytes.subarray(SNAPSHOT_HEADER_BYTES);
  if (stateBytes !== state.byteLength) {
    damaged(`holds ${state.byteLength} bytes of state, but ${stateBytes} were written`);
  }
  const written = header.subarray(AT_CHECKSUM);
  const found = checksum(header, state);
  if (!sameHash(written, found)) {
    damaged(`its content hashes to ${shortHash(found)}, but ${shortHash(written)} was written`);
  }
  return {
    sequence: header.readDoubleLE(16),
    rowHash: Uint8Array.from(header.subarray(32, 64)),
    digest: header.toString("latin1", 64, AT_CHECKSUM),
    state,
  };
}

/**
 * Checks a snapshot's bytes piece by piece, without holding them all. Throws as {@link parseSnapshot} does when the
 * checksum differs; `pieces` begin with the header.
 */
export function checkSnapshot(name: string, pieces: Iterable<Uint8Array>): void {
  const hash = createHash("sha256");
  let written: Uint8Array | undefined;
  for (const piece of pieces) {
    if (written === undefined) {
      written = piece.slice(AT_CHECKSUM, SNAPSHOT_HEADER_BYTES);
      hash.update(piece.subarray(0, AT_CHECKSUM)).update(piece.subarray(SNAPSHOT_HEADER_BYTES));
    } else hash.update(piece);
  }
  const found = hash.digest();
  if (written === undefined || !sameHash(written, found)) {
    throw new DamagedJournalError(
      `${name}: read back, its content hashes to ${shortHash(found)}, which is not what was written`,
    );
  }
}

function checksum(header: Uint8Array, state: Uint8Array): Uint8Array {
  return createHash("sha256").update(header.subarray(0, AT_CHECKSUM)).update(state).digest();
}
