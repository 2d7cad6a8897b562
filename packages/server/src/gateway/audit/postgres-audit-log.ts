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
import { INSERT_ENTRY, LATEST_ENTRIES, NEXT_ENTRIES } from "./audit-tables.js";

export interface PostgresAuditLogParts {
  /** A new connection to the primary of the database that holds the log. */
  readonly connect: () => Promise<pg.Client>;
  readonly clock: Clock;
}

/** A database that does not answer within this many ms is given up; the action is then not done. */
const QUERY_MS_MAX = 5_000;
/** Entries read at once by a check. */
const PAGE = 1_000;
/** Another process, e.g. one that this one takes the place of, may have written the number first. */
const ATTEMPTS = 5;
const UNIQUE_VIOLATION = "23505";

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
      for (let attempt = 1; ; attempt++) {
        const [last] = await this.latest(undefined, 1);
        const timeMs = Math.floor(this.#parts.clock.nowUs() / 1000);
        const entry = chained(facts, (last?.number ?? 0) + 1, timeMs, last?.hash ?? FIRST_PREVIOUS);
        try {
          await this.#query(INSERT_ENTRY, [entry.number, JSON.stringify(entry)]);
          return entry;
        } catch (error) {
          if ((error as { code?: string }).code !== UNIQUE_VIOLATION || attempt === ATTEMPTS) throw error;
        }
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
    const { rows } = await client
      .query<Row>({ text, values: [...values], query_timeout: QUERY_MS_MAX } as pg.QueryConfig)
      .catch((error: Error) => {
        // A refusal of the server leaves the connection as it is; anything else may not.
        if ((error as { code?: string }).code !== UNIQUE_VIOLATION) this.#lose(client);
        throw error;
      });
    return rows;
  }

  #connect(): Promise<pg.Client> {
    const connecting = this.#parts.connect();
    connecting.then(
      (client) => client.on("end", () => this.#lose(client)),
      () => {
        this.#client = undefined;
      },
    );
    return connecting;
  }

  #lose(client: pg.Client): void {
    void this.#client?.then((current) => {
      if (current !== client) return;
      this.#client = undefined;
      void client.end().catch(() => undefined);
    });
  }
}
