import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../servers/postgres-server.js";

/** A PostgreSQL server of a test's own, with an empty database for each case. */
export class TestDatabases {
  readonly folder: string;
  readonly #server: PostgresServer;
  #databases = 0;

  private constructor(folder: string, server: PostgresServer) {
    this.folder = folder;
    this.#server = server;
  }

  static async start(): Promise<TestDatabases> {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-databases-"));
    // The server runs as a user of its own.
    chmodSync(folder, 0o755);
    return new TestDatabases(folder, await startPostgres({ folder: join(folder, "postgres") }));
  }

  /** Makes a database and connects to it as its owner. */
  async make(): Promise<{ readonly name: string; readonly owner: pg.Client }> {
    const name = `database${++this.#databases}`;
    const first = await this.connect("postgres");
    await first.query(`CREATE DATABASE ${name}`);
    await first.end();
    return { name, owner: await this.connect(name) };
  }

  async connect(database: string, user = this.#server.user): Promise<pg.Client> {
    const { socketFolder: host, port } = this.#server;
    const client = new pg.Client({ host, port, user, database });
    // A server that ends the connection is what some cases are about.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    await this.#server.stop();
    rmSync(this.folder, { recursive: true });
  }
}
