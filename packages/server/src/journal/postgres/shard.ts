import { systemTimers, type Timers } from "../../platform/timers.js";
import { JournalFailedError } from "../port.js";
import {
  ConnectionLostError,
  codeOf,
  messageOf,
  type ShardAccess,
  ShardConnection,
} from "./shard-connection.js";

/** A connection as the shard's users see it. */
export type ShardLink = Pick<ShardConnection, keyof ShardConnection>;

/** How shards are reached and how time passes there; the simulator has its own. */
export interface ShardMachine {
  /** As {@link ShardConnection.open} does. */
  readonly open: (access: ShardAccess, name: string, connectTimeoutMs: number) => Promise<ShardLink>;
  readonly timers: Timers;
  /** Elapsed time, in ms. */
  readonly stopwatchMs: () => number;
}

const THIS_MACHINE: ShardMachine = {
  open: (access, name, connectTimeoutMs) => ShardConnection.open(access, name, connectTimeoutMs),
  timers: systemTimers,
  stopwatchMs: () => performance.now(),
};

/** Time between two tries to reach the primary, in ms. */
const RETRY_MS = 100;

/**
 * How long a server may take to answer a connection, in ms: a machine that is gone does not refuse, it is silent. A
 * server that everybody connects to again at once, on a busy machine, may take longer: those who give up too soon
 * make it more work, and would never come through. So the time is doubled, up to the maximum, while none answers.
 */
const CONNECT_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS_MAX = 8_000;

/** For the metrics. */
export interface ShardFigures {
  /** Whether the connection is open. */
  readonly isConnected: boolean;
  /** Connections made since the start. */
  readonly connects: number;
}

/** A shard as one of its users sees it: the connection to whichever server is the primary now. */
export class Shard {
  readonly #access: ShardAccess;
  readonly #name: string;
  /** How long a primary may be missing, in ms: a failover takes less. */
  readonly #missingTimeoutMs: number;
  readonly #machine: ShardMachine;
  #connection: ShardLink | undefined;
  /** Under way: all who ask meanwhile share one connection. */
  #connecting: Promise<ShardLink> | undefined;
  #connectTimeoutMs = CONNECT_TIMEOUT_MS;
  #isClosed = false;
  #connects = 0;

  /** `name` is shown to the database's operator. */
  constructor(
    access: ShardAccess,
    name: string,
    missingTimeoutMs: number,
    machine: ShardMachine = THIS_MACHINE,
  ) {
    this.#access = access;
    this.#name = name;
    this.#missingTimeoutMs = missingTimeoutMs;
    this.#machine = machine;
  }

  /** Where it is, for messages. */
  get place(): string {
    const { servers, database } = this.#access;
    return `${servers.map(({ host, port }) => `${host}:${port}`).join(",")}/${database}`;
  }

  /** For the metrics. */
  get figures(): ShardFigures {
    return { isConnected: this.#connection?.isOpen === true, connects: this.#connects };
  }

  /** The connection, made when there is none. Throws as {@link ShardConnection.open} does. */
  async connect(): Promise<ShardLink> {
    if (this.#isClosed) throw new JournalFailedError(`${this.place}: the journal was closed`);
    if (this.#connection?.isOpen === true) return this.#connection;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<ShardLink> {
    const { open, stopwatchMs } = this.#machine;
    const startMs = stopwatchMs();
    try {
      this.#connection = await open(this.#access, this.#name, this.#connectTimeoutMs);
    } catch (error) {
      const wasSilent = stopwatchMs() - startMs >= this.#connectTimeoutMs;
      if (wasSilent) this.#connectTimeoutMs = Math.min(2 * this.#connectTimeoutMs, CONNECT_TIMEOUT_MS_MAX);
      throw error;
    }
    this.#connects++;
    this.#connectTimeoutMs = CONNECT_TIMEOUT_MS;
    if (this.#isClosed) await this.#connection.close();
    return this.#connection;
  }

  /**
   * Does what may be done twice, again and on a new connection when one was lost. Throws JournalFailedError when the
   * primary is missing for too long, or refuses.
   */
  async persist<T>(action: (connection: ShardLink) => Promise<T>): Promise<T> {
    const { timers, stopwatchMs } = this.#machine;
    const untilMs = stopwatchMs() + this.#missingTimeoutMs;
    for (;;) {
      try {
        return await action(await this.connect());
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw this.failure(error);
        if (this.#isClosed || stopwatchMs() > untilMs) {
          throw new JournalFailedError(
            `${this.place}: the shard could not be reached for ${this.#missingTimeoutMs} ms (${error.message}). ` +
              "Nothing that was unsure was acknowledged. Bring the shard back, then start again.",
          );
        }
        await new Promise<void>((resolve) => timers.after(RETRY_MS, resolve));
      }
    }
  }

  /** What a refusal of the server means to the journal's users. */
  failure(error: unknown): Error {
    const code = codeOf(error);
    if (code === "") return error instanceof Error ? error : new Error(String(error));
    return new JournalFailedError(
      `${this.place}: PostgreSQL refuses (${code}: ${messageOf(error)}). Nothing that was unsure was acknowledged. ` +
        "Mend what it names, then start again; recovery reads the journal.",
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
  }
}
