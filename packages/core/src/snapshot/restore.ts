import { CORE_CONFIG_KEYS, type CoreConfig } from "../config.js";
import { digestText, recomputeSums } from "../digest/state-digest.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import { leadingSegments, type Segment, tableSegments } from "./segments.js";
import {
  CONFIG_AT,
  DIGEST_AT,
  HEADER_WORDS,
  SIZES_AT,
  SNAPSHOT_MAGIC,
  SNAPSHOT_VERSION,
} from "./snapshot.js";

/** Thrown for bytes that are not a whole snapshot of this version; the message says what is wrong. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

/**
 * Fills a new core from a snapshot, builds its indexes anew, sums its digest anew from all entries, and
 * compares that with the digest the snapshot was taken under.
 */
export function readSnapshot<T>(
  snapshot: Uint8Array,
  create: (config: CoreConfig) => { readonly core: T; readonly state: State },
): T {
  const words = alignedWords(snapshot);
  if (words.length < HEADER_WORDS || words[0] !== SNAPSHOT_MAGIC) {
    throw new SnapshotError("snapshot: not one of a core (it must start with BWSN and a 256-byte header)");
  }
  if (words[1] !== SNAPSHOT_VERSION) {
    throw new SnapshotError(`snapshot: version ${words[1]}, this core reads ${SNAPSHOT_VERSION}`);
  }
  const { core, state } = create(readConfig(words));
  const reader = { words, at: HEADER_WORDS, index: 0 };
  for (const segment of leadingSegments(state)) fill(reader, segment);
  // Only now do the tables know how far they are in use.
  for (const segment of tableSegments(state)) fill(reader, segment);
  if (reader.index !== words[2] || reader.at !== words.length) {
    throw new SnapshotError(`snapshot: ${words.length - reader.at} words too many or segments missing`);
  }
  state.books.rebuildIndex();
  state.balances.rebuildIndex();
  state.accountMarkets.rebuildIndex();
  state.ids.rebuildIndex();
  rebuildDeadlines(state);
  recomputeSums(state);
  const expected = String.fromCharCode(...new Uint8Array(words.buffer, words.byteOffset + DIGEST_AT * 4, 16));
  const found = digestText(state);
  if (found !== expected) {
    throw new SnapshotError(`snapshot: state digest is ${found}, the snapshot says ${expected}`);
  }
  return core;
}

function rebuildDeadlines(state: State): void {
  const { books, orders, terms, goodTill, countdowns, countdownsUs, scalars } = state;
  goodTill.clear();
  books.forEach((order) => {
    const row = orders.words[orders.cold(order) + Cold.TERMS];
    const expiresUs = row === 0 ? 0 : terms.doubles[(row + Terms.EXPIRES_US) >> 1];
    if (expiresUs !== 0) goodTill.add(expiresUs, orders.idOf(order));
  });
  countdowns.clear();
  for (let account = 1; account < scalars[Scalar.ACCOUNTS]; account++) {
    if (countdownsUs[account] !== 0) countdowns.add(countdownsUs[account], account);
  }
}

function readConfig(words: Int32Array): CoreConfig {
  const doubles = new Float64Array(words.buffer, words.byteOffset, HEADER_WORDS / 2);
  const entries = CORE_CONFIG_KEYS.map((key, i) => [key, doubles[CONFIG_AT / 2 + i]]);
  return Object.fromEntries(entries) as unknown as CoreConfig;
}

function fill(reader: { words: Int32Array; at: number; index: number }, segment: Segment): void {
  const size = reader.words[SIZES_AT + reader.index];
  const { name, words, start, end } = segment;
  if (!(end >= start && end <= words.length) || size !== end - start) {
    throw new SnapshotError(`snapshot: segment "${name}" has ${size} words, should have ${end - start}`);
  }
  if (reader.at + size > reader.words.length) {
    throw new SnapshotError(`snapshot: ends within segment "${name}"`);
  }
  words.set(reader.words.subarray(reader.at, reader.at + size), start);
  reader.at += size;
  reader.index++;
}

function alignedWords(snapshot: Uint8Array): Int32Array {
  const bytes = snapshot.byteOffset % 8 === 0 ? snapshot : snapshot.slice();
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}
