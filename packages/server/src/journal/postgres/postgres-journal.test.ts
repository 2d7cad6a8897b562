import { after, before, describe } from "node:test";
import { journalContract } from "../journal-contract.js";
import { leaseContract } from "../lease-contract.js";
import { PostgresJournal } from "./postgres-journal.js";
import { TestShard } from "./testing/test-shard.js";

for (const synchronous of [false, true]) {
  const kind = synchronous ? "PostgreSQL with a synchronous standby" : "PostgreSQL";
  describe(kind, () => {
    let shard: TestShard;
    let partition = 3;

    before(async () => {
      shard = await TestShard.start({ synchronous });
    });
    after(() => shard.stop());

    /** Stores over a partition that no other test uses. */
    async function create() {
      const stores: PostgresJournal[] = [];
      const own = partition;
      partition++;
      return {
        async open() {
          const store = await PostgresJournal.open({ access: shard.access(), partition: own });
          stores.push(store);
          return store;
        },
        async age(ms: number) {
          await shard.sql(
            `UPDATE buttonwood.lease SET renewed_at = renewed_at - ${ms} * interval '1 ms' WHERE partition = ${own}`,
          );
        },
        async close() {
          for (const store of stores) await store.close();
        },
      };
    }

    journalContract(kind, create);
    leaseContract(kind, async () => {
      // The suite writes rows of partition 3.
      await shard.sql("DELETE FROM buttonwood.journal; DELETE FROM buttonwood.lease");
      partition = 3;
      return create();
    });
  });
}
