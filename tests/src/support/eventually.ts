/** Waiting for what must come, without depending on how fast the machine is. */

/** Longer than anything takes on a busy machine; only a failure waits so long. */
const LIMIT_MS = 90_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is not undefined. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`still waiting for ${what} after ${limitMs / 1000} s`);
    await pause(20);
  }
}

/** Causes something again and again until the promise that listens for it settles. */
export async function causing<T>(listening: Promise<T>, cause: () => Promise<unknown>): Promise<T> {
  let settled = false;
  const done = listening.finally(() => {
    settled = true;
  });
  done.catch(() => {});
  const deadline = Date.now() + LIMIT_MS;
  while (!settled) {
    if (Date.now() > deadline) throw new Error(`nothing was heard in ${LIMIT_MS / 1000} s`);
    await cause();
    await Promise.race([done.catch(() => {}), pause(300)]);
  }
  return done;
}
