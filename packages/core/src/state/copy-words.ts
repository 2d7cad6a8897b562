import { position } from "./position.js";

// Written out: a loop costs more than the copy at these sizes, and both are on the path of every order.

/** Copies the 9 words of a client id. */
export function copy9(to: Int32Array, toAt: number, from: Int32Array, fromAt: number): void {
  const t = position(toAt);
  const f = position(fromAt);
  to[t] = from[f];
  to[t + 1] = from[f + 1];
  to[t + 2] = from[f + 2];
  to[t + 3] = from[f + 3];
  to[t + 4] = from[f + 4];
  to[t + 5] = from[f + 5];
  to[t + 6] = from[f + 6];
  to[t + 7] = from[f + 7];
  to[t + 8] = from[f + 8];
}

/** Copies 16 words. */
export function copy16(to: Int32Array, toAt: number, from: Int32Array, fromAt: number): void {
  const t = position(toAt);
  const f = position(fromAt);
  to[t] = from[f];
  to[t + 1] = from[f + 1];
  to[t + 2] = from[f + 2];
  to[t + 3] = from[f + 3];
  to[t + 4] = from[f + 4];
  to[t + 5] = from[f + 5];
  to[t + 6] = from[f + 6];
  to[t + 7] = from[f + 7];
  to[t + 8] = from[f + 8];
  to[t + 9] = from[f + 9];
  to[t + 10] = from[f + 10];
  to[t + 11] = from[f + 11];
  to[t + 12] = from[f + 12];
  to[t + 13] = from[f + 13];
  to[t + 14] = from[f + 14];
  to[t + 15] = from[f + 15];
}
