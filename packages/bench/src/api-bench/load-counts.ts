/** What came back, counted. */
export class LoadCounts {
  sent = 0;
  accepted = 0;
  answers = 0;
  lost = 0;
  retried = 0;
  readonly #acceptedBySecond: number[] = [];
  readonly #retriedBySecond: number[] = [];
  /** Sums of all answers' latencies, and how many they were. */
  readonly #latencyMsBySecond: number[] = [];
  readonly #answersBySecond: number[] = [];
  readonly #rejected = new Map<string, number>();

  /** `elapsedMs`: since the timed part began. */
  accept(elapsedMs: number): void {
    this.answers++;
    this.accepted++;
    addIn(this.#acceptedBySecond, elapsedMs, 1);
  }

  /** The latency of an answer, whatever it says. */
  latency(ms: number, elapsedMs: number): void {
    addIn(this.#latencyMsBySecond, elapsedMs, ms);
    addIn(this.#answersBySecond, elapsedMs, 1);
  }

  reject(reason: string): void {
    this.answers++;
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  retry(elapsedMs: number): void {
    this.retried++;
    addIn(this.#retriedBySecond, elapsedMs, 1);
  }

  get rejected(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rejected);
  }

  /** Of each whole second of a timed part of this length. */
  acceptedBySecond(seconds: number): readonly number[] {
    return wholeSeconds(this.#acceptedBySecond, seconds);
  }

  retriedBySecond(seconds: number): readonly number[] {
    return wholeSeconds(this.#retriedBySecond, seconds);
  }

  /** Mean of the answers in each second; 0 where there were none. */
  meanLatencyMsBySecond(seconds: number): readonly number[] {
    const answers = wholeSeconds(this.#answersBySecond, seconds);
    return wholeSeconds(this.#latencyMsBySecond, seconds).map((sum, second) =>
      answers[second]! > 0 ? sum / answers[second]! : 0,
    );
  }
}

/** Adds to the second of a moment. */
function addIn(bySecond: number[], elapsedMs: number, amount: number): void {
  const second = Math.max(0, Math.floor(elapsedMs / 1000));
  while (bySecond.length <= second) bySecond.push(0);
  bySecond[second]! += amount;
}

function wholeSeconds(counted: readonly number[], seconds: number): number[] {
  return Array.from({ length: Math.floor(seconds) }, (_, second) => counted[second] ?? 0);
}
