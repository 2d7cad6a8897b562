/** Orders at a fixed rate, whatever becomes of those before: the load under which parts of a cluster are killed. */
import { LoadClient, type Request, randomOf, sendOnce, type Target } from "../durability/load.js";
import { eventually, pause } from "../support/eventually.js";
import { NoAnswerError, SignedClient } from "../support/signed-client.js";

/** Every request waits on a connection of its own, so that one that hangs holds up no other. */
const CLIENTS_PER_ACCOUNT = 128;
/** So few that an account stays below what it may have open in a market. */
const OPEN_MAX = 4;
/** Time between two looks how many requests are due, in ms. */
const TICK_MS = 5;
/** What could not be offered for longer than this, in ms, is not offered any more. */
const BEHIND_MS_MAX = 100;
/** A connection that is silent for so long is given up: longer than the edge waits for a backend, in ms. */
const SILENCE_MS_MAX = 20_000;
/** Longer than any request takes to be decided once its part of the exchange is there again, in ms. */
const DECIDED_MS_MAX = 120_000;
/** Pause before a request whose outcome is unknown is sent again, in ms. */
const AGAIN_MS = 50;

/** A request on its way to an answer that decides it. Times in ms since the process began. */
export interface Journey {
  readonly request: Request;
  readonly firstSentMs: number;
  lastSentMs: number;
  /** Undefined until it is decided. */
  decidedMs: number | undefined;
  /** How often it was sent again because its outcome was unknown. */
  repeats: number;
}

export interface PacedLoadOptions {
  readonly target: Target;
  /** Near which each symbol is traded. */
  readonly prices: ReadonlyMap<string, number>;
  /** Requests a second. */
  readonly rate: number;
  readonly seed: number;
}

export class PacedLoad {
  readonly journeys: Journey[] = [];
  readonly #options: PacedLoadOptions;
  readonly #clients: readonly LoadClient[];
  readonly #idle: LoadClient[];
  readonly #connections: Readonly<Record<"alice" | "bob", SignedClient>>;
  #isRunning = false;
  #ran: Promise<void> = Promise.resolve();
  /** Time for which requests were offered, in ms. */
  offeredMs = 0;
  /** The first thing that went wrong with the load itself. */
  #failure: Error | undefined;

  constructor(options: PacedLoadOptions) {
    const { target, prices, seed } = options;
    this.#options = options;
    this.#clients = (["alice", "bob"] as const).flatMap((account, a) =>
      Array.from(
        { length: CLIENTS_PER_ACCOUNT },
        (_, i) =>
          new LoadClient(
            `${account[0]}${seed}-${i}`,
            account,
            prices,
            randomOf(seed * 1_000 + a * CLIENTS_PER_ACCOUNT + i + 1),
            OPEN_MAX,
          ),
      ),
    );
    const random = randomOf(seed);
    this.#idle = [...this.#clients].sort(() => random() - 0.5);
    const connect = (account: "alice" | "bob"): SignedClient =>
      new SignedClient(target.url, target.keys[account], CLIENTS_PER_ACCOUNT, SILENCE_MS_MAX);
    this.#connections = { alice: connect("alice"), bob: connect("bob") };
  }

  /** Requests that are not decided. */
  get undecided(): number {
    return this.#clients.length - this.#idle.length;
  }

  /** Offers requests until {@link pause}. */
  resume(): void {
    this.#isRunning = true;
    this.#ran = this.#run();
  }

  /** Offers no more; resolves when every request is decided. Rejects when one stays undecided. */
  async pause(): Promise<void> {
    this.#isRunning = false;
    await this.#ran;
    await eventually(
      "every request to be decided",
      () => {
        if (this.#failure !== undefined) throw this.#failure;
        return this.undecided === 0 ? true : undefined;
      },
      DECIDED_MS_MAX,
    );
  }

  close(): void {
    this.#isRunning = false;
    for (const client of Object.values(this.#connections)) client.close();
  }

  async #run(): Promise<void> {
    const { rate } = this.#options;
    let beforeMs = performance.now();
    let due = 0;
    while (this.#isRunning) {
      await pause(TICK_MS);
      const nowMs = performance.now();
      this.offeredMs += nowMs - beforeMs;
      due = Math.min(due + ((nowMs - beforeMs) * rate) / 1000, (BEHIND_MS_MAX * rate) / 1000);
      beforeMs = nowMs;
      for (; due >= 1 && this.#idle.length > 0; due--) {
        const client = this.#idle.shift()!;
        this.#journey(client).then(
          () => this.#idle.push(client),
          (error: Error) => {
            this.#failure ??= error;
          },
        );
      }
    }
  }

  async #journey(client: LoadClient): Promise<void> {
    const request = client.next();
    const nowMs = performance.now();
    const journey: Journey = {
      request,
      firstSentMs: nowMs,
      lastSentMs: nowMs,
      decidedMs: undefined,
      repeats: 0,
    };
    this.journeys.push(journey);
    while (!(await this.#send(client, journey))) {
      await pause(AGAIN_MS);
      journey.lastSentMs = performance.now();
    }
    journey.decidedMs = performance.now();
    client.remember(request);
  }

  async #send(client: LoadClient, journey: Journey): Promise<boolean> {
    try {
      return await sendOnce(this.#connections[client.account], journey.request);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      journey.repeats++;
      return false;
    }
  }
}
