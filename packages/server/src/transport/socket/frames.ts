/**
 * The frames between gateway and engine, version {@link PROTOCOL}. Numbers are unsigned and little endian; every
 * payload begins with two words, and what follows starts on an even word, so that commands and events are read in
 * place.
 *
 * | frame    | from    | two words                       | then                                            |
 * | -------- | ------- | ------------------------------- | ----------------------------------------------- |
 * | COMMANDS | gateway | number of the message, 0        | command records                                 |
 * | QUERY    | gateway | id, 0                           | the query, as `node:v8` serializes it            |
 * | REPLY    | engine  | number of runs, 0               | runs (number of a message, commands), their groups |
 * | REFUSED  | engine  | number of the message, reason   | nothing                                         |
 * | ANSWER   | engine  | id of the query, 0              | the answer, serialized                          |
 * | FAILED   | engine  | id of the query, 0              | why, in UTF-8                                   |
 * | SETTLED  | engine  | 0, 0                            | nothing; no later COMMANDS are taken             |
 */
import { FIRST_FREE_TAG, FRAME_HEADER_BYTES, newFrame } from "../../platform/framing.js";
import type { Hello } from "../../platform/hello.js";
import type { Refusal } from "../engine-link.js";

const PROTOCOL = "buttonwood engine 1";

export const EngineFrame = {
  COMMANDS: FIRST_FREE_TAG,
  QUERY: FIRST_FREE_TAG + 1,
  REPLY: FIRST_FREE_TAG + 2,
  REFUSED: FIRST_FREE_TAG + 3,
  ANSWER: FIRST_FREE_TAG + 4,
  FAILED: FIRST_FREE_TAG + 5,
  SETTLED: FIRST_FREE_TAG + 6,
} as const;

/** Bytes of the two words. */
export const PREFIX_BYTES = 8;

/** Where a frame's payload goes on after the two words. */
export const BODY_AT = FRAME_HEADER_BYTES + PREFIX_BYTES;

/** Largest payload: holds the groups of a whole batch of large sweeps. */
export const ENGINE_FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** What gateway and engine must agree on. */
export function engineHello(partition: number, mapHash: string): Hello {
  return { protocol: PROTOCOL, partition, "partition map": mapHash };
}

/** A frame with its two words, to be filled from {@link BODY_AT} on. */
export function engineFrame(tag: number, first: number, second: number, bodyBytes: number): Buffer {
  const frame = newFrame(tag, PREFIX_BYTES + bodyBytes);
  frame.writeUInt32LE(first, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(second, FRAME_HEADER_BYTES + 4);
  return frame;
}

/** A frame with its body. */
export function filledFrame(tag: number, first: number, second: number, body: Uint8Array): Buffer {
  const frame = engineFrame(tag, first, second, body.byteLength);
  frame.set(body, BODY_AT);
  return frame;
}

/** The two words of a payload. Throws RangeError when it is too short. */
export function readPrefix(payload: Uint8Array): readonly [first: number, second: number] {
  if (payload.byteLength < PREFIX_BYTES) throw new RangeError("a frame has no two words");
  const words = new Uint32Array(payload.buffer, payload.byteOffset, 2);
  return [words[0]!, words[1]!];
}

const REFUSALS: readonly Refusal[] = ["busy", "malformed", "stopped"];

export function refusedFrame(number: number, refusal: Refusal): Buffer {
  return engineFrame(EngineFrame.REFUSED, number, REFUSALS.indexOf(refusal), 0);
}

/** The refusal of a number. Throws RangeError when there is none. */
export function refusalOf(index: number): Refusal {
  const refusal = REFUSALS[index];
  if (refusal === undefined) throw new RangeError(`there is no refusal ${index}`);
  return refusal;
}
