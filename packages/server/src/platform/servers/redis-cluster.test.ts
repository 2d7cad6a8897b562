import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "iovalkey";
import { freePort } from "./free-port.js";
import { type RedisCluster, startRedisCluster } from "./redis-cluster.js";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-redis-"));
  chmodSync(folder, 0o755);
});

after(() => rmSync(folder, { recursive: true }));

/** A free port for which the one 10,000 above is a port too. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port <= 55_535) return port;
  }
}

async function withCluster(
  options: Omit<Parameters<typeof startRedisCluster>[0], "folder">,
  run: (cluster: RedisCluster, client: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = await startRedisCluster({ folder: join(folder, "cluster"), ...options });
  const { password } = options;
  const client = new Cluster([...cluster.addresses], {
    redisOptions: password === undefined ? {} : { password },
  });
  client.on("error", () => undefined);
  try {
    await run(cluster, client);
  } finally {
    client.disconnect();
    await cluster.stop();
  }
}

describe("Redis Cluster from the machine's programs", () => {
  it("of six nodes: a replica takes over from a killed master, which comes back as a replica", async () => {
    await withCluster({ nodes: 6 }, async (cluster, client) => {
      if (process.getuid?.() === 0) assert.notEqual(statSync(join(folder, "cluster", "node-0")).uid, 0);
      const [master, , , replica] = cluster.nodes;
      assert.match(
        await replica!.ask("INFO replication"),
        new RegExp(`master_port:${master!.address.port}\r`),
      );
      // Slot 0 belongs to the first master.
      const key = "{3560}";
      assert.equal(await master!.ask(`CLUSTER KEYSLOT ${key}`), "0");
      await client.set(key, "before");
      while ((await replica!.ask("DBSIZE")) !== "1") await sleep(5);
      await master!.kill();
      assert.equal(master!.isRunning, false);
      while (!(await replica!.ask("INFO replication")).includes("role:master")) await sleep(50);
      assert.equal(await client.get(key), "before");
      await master!.restart();
      while (!(await master!.ask("INFO replication")).includes("master_link_status:up")) await sleep(50);
      assert.equal(await client.get(key), "before");
    });
  });

  it("of three and of one, in a folder that was used before, empty", async () => {
    for (const nodes of [3, 1]) {
      await withCluster({ nodes, password: "s3cret" }, async (cluster, client) => {
        assert.equal(cluster.nodes.length, nodes);
        assert.equal(await client.get("{3560}"), null);
        await client.set("{3560}", "gone with the next one");
        assert.match(await cluster.nodes[0]!.ask("CLUSTER INFO"), /cluster_slots_ok:16384/);
        await cluster.nodes[0]!.kill();
        await cluster.nodes[0]!.restart();
      });
    }
  });

  it("says that a port is taken, and leaves no node running", async () => {
    const port = await lowPort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    await assert.rejects(
      startRedisCluster({ folder: join(folder, "taken"), nodes: 1, ports: [port] }),
      new RegExp(`port ${port} or ${port + 10_000} is taken by another program`),
    );
    other.close();
  });

  it("refuses numbers of nodes that make no cluster", async () => {
    for (const nodes of [0, 2, 7, 1.5]) {
      await assert.rejects(startRedisCluster({ folder, nodes }), /1, 3 to 5 .* or an even number from 6 on/);
    }
    await assert.rejects(startRedisCluster({ folder, nodes: 3, ports: [1, 2] }), /need 3 ports, not 2/);
  });
});
