import { CORE_CONFIG_KEYS } from "../config.js";
import { digestText } from "../digest/state-digest.js";
import type { State } from "../state/state.js";
import { leadingSegments, type Segment, tableSegments } from "./segments.js";

// A snapshot, in words: magic, version, number of segments, 0; the configuration as doubles; the state digest
// as 16 characters; the size of each segment; then the segments.
export const SNAPSHOT_MAGIC = 0x4e535742; // "BWSN"
/** Raise it with every change of a table or its meaning. */
export const SNAPSHOT_VERSION = 6;
export const CONFIG_AT = 4;
export const DIGEST_AT = CONFIG_AT + 2 * CORE_CONFIG_KEYS.length;
export const SIZES_AT = DIGEST_AT + 4;
export const HEADER_WORDS = 64;

/** Part of a fresh buffer left unused, so that the next snapshot of a growing state still fits in it. */
const SLACK = 1 / 8;

export function allSegments(state: State): Segment[] {
  return [...leadingSegments(state), ...tableSegments(state)];
}

/** Bytes of a snapshot taken now. */
export function snapshotBytes(state: State): number {
  let words = HEADER_WORDS;
  for (const { start, end } of allSegments(state)) words += end - start;
  return words * 4;
}

/** Bytes that no snapshot exceeds, but for what waits in outboxes. */
export function snapshotBytesMax(state: State): number {
  const tables = new Set(allSegments(state).map(({ words }) => words));
  let words = HEADER_WORDS;
  for (const table of tables) words += table.length;
  return words * 4;
}

/**
 * Copies the used part of every table. The bytes carry no checksum (that would take longer than the copy):
 * whoever stores them adds one, outside the pause.
 */
export function writeSnapshot(state: State, reuse?: Uint8Array): Uint8Array {
  const segments = allSegments(state);
  let words = HEADER_WORDS;
  for (const { start, end } of segments) words += end - start;
  const buffer = bufferFor(words * 4, reuse);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header.fill(0);
  header[0] = SNAPSHOT_MAGIC;
  header[1] = SNAPSHOT_VERSION;
  header[2] = segments.length;
  const doubles = new Float64Array(buffer, 0, HEADER_WORDS / 2);
  CORE_CONFIG_KEYS.forEach((key, i) => {
    doubles[CONFIG_AT / 2 + i] = state.config[key];
  });
  const bytes = new Uint8Array(buffer, 0, words * 4);
  const digest = digestText(state);
  for (let i = 0; i < digest.length; i++) bytes[DIGEST_AT * 4 + i] = digest.charCodeAt(i);
  let at = HEADER_WORDS;
  segments.forEach(({ words: table, start, end }, i) => {
    header[SIZES_AT + i] = end - start;
    new Int32Array(buffer, at * 4, end - start).set(table.subarray(start, end));
    at += end - start;
  });
  return bytes;
}

/** The buffer may be shared memory, so that another thread can store it where it lies. */
function bufferFor(bytes: number, reuse: Uint8Array | undefined): ArrayBufferLike {
  if (reuse !== undefined && reuse.buffer.byteLength >= bytes) return reuse.buffer;
  return new ArrayBuffer(Math.ceil((bytes * (1 + SLACK)) / 8) * 8);
}
