/** How long to wait before another try. */
export interface BackoffTimes {
  /** Before the second try, in ms. */
  readonly minMs: number;
  /** At most, in ms. */
  readonly maxMs: number;
}

/** Doubles with every try, with half of it random: clients that lost one exchange at once don't come back at once. */
export function backoffMs({ minMs, maxMs }: BackoffTimes, tries: number, random = Math.random): number {
  const fullMs = Math.min(maxMs, minMs * 2 ** Math.min(tries, 30));
  return fullMs / 2 + (random() * fullMs) / 2;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
