/** Calls that are pursued until their outcome is known: what may be sent again, when, and when to give up. */
import { type BackoffTimes, backoffMs, pause } from "../backoff.js";
import {
  ConnectionEndedError,
  isPassing,
  NetworkError,
  OutcomeUnknownError,
  RefusedError,
  UnexpectedAnswerError,
} from "../errors.js";
import type { ServerClock } from "../server-clock.js";

export interface PursuitTimes extends BackoffTimes {
  /** How long one attempt waits for its answer, in ms: after that another one is made. */
  readonly attemptMs: number;
  /** How long a call is pursued altogether, in ms; 0: one attempt alone. */
  readonly pursueMs: number;
}
/**
 * An attempt waits longer than an exchange whose engine fails over (2 s and a bit); a call is pursued longer than the
 * 5 s for which a lost copy of it may still take effect.
 */
export const PURSUIT_TIMES: PursuitTimes = { attemptMs: 5_000, pursueMs: 20_000, minMs: 50, maxMs: 1_000 };

/** A clock that is refused again right after it was set will not get better by another try. */
const CLOCK_TRIES_MAX = 2;
/** Beyond the clock's uncertainty, in ms: what is past its time by less may yet be taken. */
const PAST_MARGIN_MS = 100;
/** How long a copy of unknown validity may take effect, in ms: the exchange takes no longer `recvWindow`. */
const VALID_MS_MAX = 60_000;

/** What is the same for all attempts. */
export interface Pursuit {
  readonly clock: ServerClock;
  readonly times: PursuitTimes;
}

class Tries {
  readonly #times: PursuitTimes;
  readonly #endMs: number;
  #tries = 0;
  #clockTries = 0;

  constructor(times: PursuitTimes) {
    this.#times = times;
    this.#endMs = performance.now() + times.pursueMs;
  }

  /** Waits before another try; false when it would come too late. */
  async another(leastMs = 0): Promise<boolean> {
    const waitMs = Math.max(leastMs, backoffMs(this.#times, this.#tries++));
    if (performance.now() + waitMs > this.#endMs) return false;
    await pause(waitMs);
    return true;
  }

  /** Whether a refusal may not meet the next try. */
  mayPass(error: unknown, clock: ServerClock): error is RefusedError {
    if (!isPassing(error)) return false;
    if (error.codeName !== "INVALID_TIMESTAMP") return true;
    clock.unset();
    return ++this.#clockTries <= CLOCK_TRIES_MAX;
  }
}

function isNetworks(error: unknown): boolean {
  if (error instanceof ConnectionEndedError) return false;
  return error instanceof NetworkError || (error instanceof UnexpectedAnswerError && error.status >= 500);
}

/** Makes attempts at something harmless until one is answered. */
export async function pursueRead<T>({ clock, times }: Pursuit, attempt: () => Promise<T>): Promise<T> {
  const tries = new Tries(times);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const passes = tries.mayPass(error, clock);
      if (!passes && !isNetworks(error)) throw error;
      if (!(await tries.another(passes ? error.retryAfterMs : 0))) throw error;
    }
  }
}

export interface CommandPursuit<T> {
  /** Sends one copy. All copies ask for the same thing under the same client order id. */
  readonly attempt: () => Promise<T>;
  readonly symbol?: string | undefined;
  readonly clientOrderId?: string | undefined;
  /**
   * What a refusal means after a copy whose outcome is unknown: the result, when that copy has done what was asked
   * for; undefined when the refusal stands. Left out: the refusal stands once no earlier copy can take effect.
   */
  readonly afterDoubt?: (refused: RefusedError) => Promise<T | undefined>;
  /** Whether an answer of several parts is settled, in doubt of an earlier copy or not; left out: always. */
  readonly isSettled?: (result: T, inDoubt: boolean) => boolean;
}

/**
 * Sends copies of a command until its outcome is known. A result is one, whichever copy had the effect. A refusal is
 * one only when no earlier copy can still arrive: a refused order's id is free, so a delayed copy could be taken
 * after the refusal of a later one. Every copy has a deadline that the engine checks; so after a refusal in doubt,
 * that deadline is waited for, and the answer to one more copy is the truth.
 */
export async function pursueCommand<T>(
  { clock, times }: Pursuit,
  { attempt, symbol, clientOrderId, afterDoubt, isSettled }: CommandPursuit<T>,
): Promise<T> {
  const tries = new Tries(times);
  let doubtUntilMs: number | undefined;
  const giveUp = (error: unknown): unknown =>
    doubtUntilMs === undefined
      ? error
      : new OutcomeUnknownError(
          "no answer came, however often it was sent; ask by the client order id, or send it again with the same one",
          { symbol, clientOrderId, validUntilMs: doubtUntilMs, cause: error },
        );
  /** Until no copy sent so far can take effect any more, in ms; below 0 when none can. */
  const untilPastMs = (): number => {
    if (doubtUntilMs === undefined) return -1;
    const uncertainMs = Number.isFinite(clock.uncertaintyMs) ? clock.uncertaintyMs : 1_000;
    return doubtUntilMs - clock.nowMs() + uncertainMs + PAST_MARGIN_MS;
  };
  for (;;) {
    const wasInDoubt = untilPastMs() > 0;
    let leastMs = 0;
    let failure: unknown;
    try {
      const result = await attempt();
      if (isSettled === undefined || isSettled(result, wasInDoubt) || times.pursueMs === 0) return result;
      leastMs = untilPastMs();
      failure = new OutcomeUnknownError("the outcome of a part is unknown: send it again with the same ids", {
        symbol,
        clientOrderId,
      });
    } catch (error) {
      failure = error;
      if (error instanceof OutcomeUnknownError) {
        const validUntilMs = error.validUntilMs ?? clock.nowMs() + VALID_MS_MAX;
        doubtUntilMs = Math.max(doubtUntilMs ?? 0, validUntilMs);
      } else if (tries.mayPass(error, clock)) {
        leastMs = error.retryAfterMs ?? 0;
      } else if (error instanceof RefusedError && doubtUntilMs !== undefined) {
        if (afterDoubt !== undefined) {
          const result = await afterDoubt(error);
          if (result !== undefined) return result;
          throw error;
        }
        leastMs = untilPastMs();
        if (leastMs <= 0) throw error;
      } else if (!isNetworks(error)) {
        throw giveUp(error);
      }
    }
    if (!(await tries.another(leastMs))) throw giveUp(failure);
  }
}
