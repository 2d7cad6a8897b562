import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { type PostgresServer, startPostgres, startStandby } from "./postgres-server.js";

let folder: string;
let server: PostgresServer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-postgres-"));
  chmodSync(folder, 0o755);
  server = await startPostgres({ folder: join(folder, "primary"), settings: { max_connections: "20" } });
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** One query's first value. */
async function value(config: pg.ClientConfig | string, text: string): Promise<unknown> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

const overSocket = (of: PostgresServer): pg.ClientConfig => ({
  host: of.socketFolder,
  port: of.port,
  user: of.user,
  database: "postgres",
});

describe("PostgreSQL from the machine's programs", () => {
  it("runs as its own user, durable, with the settings that were asked for", async () => {
    if (process.getuid?.() === 0) assert.notEqual(statSync(join(folder, "primary", "data")).uid, 0);
    for (const [name, expected] of [
      ["fsync", "on"],
      ["synchronous_commit", "on"],
      ["data_checksums", "on"],
      ["max_connections", "20"],
      ["listen_addresses", "127.0.0.1"],
    ] as const) {
      assert.equal(await value(overSocket(server), `SHOW ${name}`), expected, name);
    }
  });

  it("asks for the password over TCP, and keeps its folder to its user", async () => {
    assert.equal(await value(server.url(), "SELECT 1"), 1);
    await assert.rejects(value(server.url("postgres", "postgres", "wrong"), "SELECT 1"), /password/);
    for (const part of ["primary", "primary/socket", "primary/data"]) {
      assert.equal(statSync(join(folder, part)).mode & 0o077, 0, part);
    }
  });

  it("goes on from its folder after a kill", async () => {
    await value(overSocket(server), "CREATE TABLE kept AS SELECT 7 AS seven");
    await server.kill();
    await server.exited;
    server = await startPostgres({ folder: join(folder, "primary") });
    assert.equal(await value(overSocket(server), "SELECT seven FROM kept"), 7);
  });

  it("says that a port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      startPostgres({ folder: join(folder, "taken"), port }),
      new RegExp(`port ${port} is taken by another program`),
    );
    other.close();
  });

  it("says what the log says when it can't start", async () => {
    await assert.rejects(
      startPostgres({ folder: join(folder, "wrong"), settings: { max_connections: "none" } }),
      /postgres did not start.*\n.*invalid value for parameter "max_connections"/s,
    );
  });

  it("says which folder its user can't enter, and that a path is too long for a socket", async () => {
    const long = join(folder, "a".repeat(100));
    await assert.rejects(startPostgres({ folder: long }), /too long for a Unix socket/);
    if (process.getuid?.() !== 0) return;
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    await assert.rejects(
      startPostgres({ folder: join(closed, "inner") }),
      new RegExp(`may not enter ${closed},`),
    );
  });

  it("has a standby that a commit waits for, and that can be promoted", async () => {
    await server.stop();
    server = await startPostgres({ folder: join(folder, "primary"), synchronousStandbys: "ANY 1 (second)" });
    const standby = await startStandby({ folder: join(folder, "second"), primary: server, name: "second" });
    // Returns only because the standby is there.
    await value(overSocket(server), "CREATE TABLE copied AS SELECT 8 AS eight");
    assert.equal(await value(overSocket(server), "SELECT sync_state FROM pg_stat_replication"), "quorum");
    await server.kill();
    assert.equal(await value(standby.url(), "SELECT pg_is_in_recovery()"), true);
    await standby.promote();
    assert.equal(await value(standby.url(), "SELECT eight FROM copied"), 8);
    await value(standby.url(), "CREATE TABLE written AS SELECT 9 AS nine");
    await standby.stop();
    server = await startPostgres({ folder: join(folder, "second") });
    assert.equal(await value(overSocket(server), "SELECT nine FROM written"), 9);
  });
});
