import { setTimeout as sleep } from "node:timers/promises";

/** Longer than anything takes on a busy machine; only a failure waits so long. */
const LIMIT_MS = 60_000;

/** Waits for what must come, without depending on how fast the machine is. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const limitMs = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    if (performance.now() > limitMs) throw new Error(`still waiting for ${what} after ${LIMIT_MS / 1000} s`);
    await sleep(10);
  }
}
