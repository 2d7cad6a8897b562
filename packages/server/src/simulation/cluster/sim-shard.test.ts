import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appendRows, journalContract } from "../../journal/journal-contract.js";
import { leaseContract } from "../../journal/lease-contract.js";
import { DeposedError } from "../../journal/port.js";
import { PostgresJournal, type PostgresJournalOptions } from "../../journal/postgres/postgres-journal.js";
import type { ShardLink } from "../../journal/postgres/shard.js";
import { TAIL } from "../../journal/postgres/sql.js";
import { World } from "../world.js";
import { Host } from "./host.js";
import { Network } from "./network.js";
import { runInBackground } from "./run-in-background.js";
import { SHARD_RULES } from "./shard-tables.js";
import { SimShard } from "./sim-shard.js";
import { shardMachine } from "./sim-shard-link.js";

/** The journal over a simulated shard without faults: what PostgreSQL's passes, it must pass too. */
for (const synchronous of [false, true]) {
  const kind = `a simulated shard${synchronous ? " with a synchronous standby" : ""}`;

  describe(kind, () => {
    /** Stores over a partition of a shard of its own. */
    async function create() {
      const world = new World(1);
      const network = new Network(world, { delayUsMax: 50, stall: 0 });
      const shard = new SimShard({
        world,
        network,
        rates: { slow: 0, late: 0, answerLost: 0, waitCanceled: 0, waitTerminated: 0 },
        rules: SHARD_RULES,
        hosts: (synchronous ? ["a", "b"] : ["a"]).map((name) => new Host(world, name)),
        onDurable() {},
      });
      const stop = runInBackground(world);
      let stores = 0;
      return {
        open(changed?: (link: ShardLink) => ShardLink) {
          const host = new Host(world, `store ${++stores}`);
          host.start();
          const machine = shardMachine(network, host, { mindsWarnings: true });
          const open: typeof machine.open = async (...asked) => {
            const link = await machine.open(...asked);
            return changed?.(link) ?? link;
          };
          const options: PostgresJournalOptions = {
            access: shard.access,
            partition: 3,
            machine: { ...machine, open },
          };
          return PostgresJournal.open(options);
        },
        async age(ms: number) {
          await new Promise<void>((resolve) => world.scheduler.after(ms * 1000, resolve));
        },
        async close() {
          stop();
        },
      };
    }

    journalContract(kind, create);
    leaseContract(kind, create);

    it("deposes who has taken over but learns so only after the next leader's first row", async () => {
      const partition = await create();
      const next = await partition.open();
      const claim = { address: "x", mapHash: "map", lapsedAfterMs: 100 };
      const late = await partition.open((link) => {
        const query = link.query.bind(link);
        link.query = async (statement, values, timeoutMs) => {
          if (statement === TAIL) {
            await partition.age(100);
            const { epoch } = await next.takeOver({ ...claim, owner: "next", overEpoch: 1 });
            await appendRows(next, epoch, [1]);
          }
          return query(statement, values, timeoutMs);
        };
        return link;
      });
      await assert.rejects(late.takeOver({ ...claim, owner: "late", overEpoch: 0 }), DeposedError);
      await partition.close();
    });
  });
}
