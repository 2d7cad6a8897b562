/** The audit log in PostgreSQL, for a cluster. */
import type pg from "pg";
import type { Clock } from "../../platform/clock.js";
import {
  type AuditEntry,
  type AuditFacts,
  type AuditLog,
  ChainCheck,
  type ChainReport,
  chained,
  FIRST_PREVIOUS,
} from "./audit-log.js";
import { INSERT_ENTRY, LATEST_ENTRIES, LOCK_LOG, NEXT_ENTRIES } from "./audit-tables.js";

export interface PostgresAuditLogParts {
  /** A new connection to the primary of the database that holds the log. */
  readonly connect: () => Promise<pg.Client>;
  readonly clock: Clock;
}

/** A database that does not answer within this many ms is given up; the action is then not done. */
const QUERY_MS_MAX = 5_000;
/** Entries read at once by a check. */
const PAGE = 1_000;

interface Row {
  readonly entry: string;
}

/** Connects when it is first needed, and again when the connection was lost. */
export class PostgresAuditLog implements AuditLog {
  readonly #parts: PostgresAuditLogParts;
  #client: Promise<pg.Client> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: PostgresAuditLogParts) {
    this.#parts = parts;
  }

  append(facts: AuditFacts): Promise<AuditEntry> {
    const work = async (): Promise<AuditEntry> => {
      await this.#query("BEGIN", []);
      try {
        // Another process, e.g. one that this one takes the place of, may be writing too.
        await this.#query(LOCK_LOG, []);
        const [last] = await this.latest(undefined, 1);
        const timeMs = Math.floor(this.#parts.clock.nowUs() / 1000);
        const entry = chained(facts, (last?.number ?? 0) + 1, timeMs, last?.hash ?? FIRST_PREVIOUS);
        await this.#query(INSERT_ENTRY, [entry.number, JSON.stringify(entry)]);
        await this.#query("COMMIT", []);
        return entry;
      } catch (error) {
        // A transaction that was begun must not hold the next one: the connection goes with it.
        await this.#lose(await this.#client);
        throw error;
      }
    };
    const done = this.#writing.then(work, work);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async latest(before: number | undefined, limit: number): Promise<readonly AuditEntry[]> {
    const rows = await this.#query(LATEST_ENTRIES, [before ?? Number.MAX_SAFE_INTEGER, limit]);
    return rows.map(({ entry }) => JSON.parse(entry) as AuditEntry);
  }

  async check(): Promise<ChainReport> {
    const check = new ChainCheck();
    for (let after = 0; ; ) {
      const rows = await this.#query(NEXT_ENTRIES, [after, PAGE]);
      for (const { entry } of rows) {
        const read = JSON.parse(entry) as AuditEntry;
        check.take(read);
        after = read.number;
      }
      // A number that was changed must not let the check begin again.
      if (rows.length < PAGE || check.report().problem !== undefined) return check.report();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await (await this.#client?.catch(() => undefined))?.end().catch(() => undefined);
  }

  async #query(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    this.#client ??= this.#connect();
    const client = await this.#client;
    try {
      const config = { text, values: [...values], query_timeout: QUERY_MS_MAX };
      return (await client.query<Row>(config)).rows;
    } catch (error) {
      await this.#lose(client);
      throw error;
    }
  }

  #connect(): Promise<pg.Client> {
    const connecting = this.#parts.connect();
    connecting.then(
      (client) => client.on("end", () => void this.#lose(client)),
      () => {
        this.#client = undefined;
      },
    );
    return connecting;
  }

  async #lose(client: pg.Client | undefined): Promise<void> {
    if (client === undefined || (await this.#client?.catch(() => undefined)) !== client) return;
    this.#client = undefined;
    // Not awaited: it may wait for a database that is gone.
    void client.end().catch(() => undefined);
  }
}
