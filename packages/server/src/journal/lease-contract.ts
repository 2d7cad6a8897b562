import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { appendRows, collect, rowAfter } from "./journal-contract.js";
import { type LeaseClaim, type LeasedJournal, LeaseHeldError, PartitionMapDiffersError } from "./lease.js";
import { DeposedError, type JournalRow } from "./port.js";
import { NO_HASH, rowHash } from "./row-hash.js";

/** How the suite reaches an adapter: several stores over one partition, with a lease whose time it can move. */
export interface LeaseUnderTest {
  /** Another store over the same partition, as another process would have it. */
  open(): LeasedJournal | Promise<LeasedJournal>;
  /** Makes the lease's last renewal this much older. */
  age(ms: number): Promise<void>;
  close(): Promise<void>;
}

const LAPSED_AFTER_MS = 60_000;

/** A claim over the first lease, with changes. */
function claim(changes: Partial<LeaseClaim> = {}): LeaseClaim {
  return {
    owner: "a",
    address: "127.0.0.1:1",
    mapHash: "map",
    overEpoch: 0,
    lapsedAfterMs: LAPSED_AFTER_MS,
    ...changes,
  };
}

/** What every store with a lease must do beside `journalContract`; run for each adapter. */
export function leaseContract(name: string, create: () => Promise<LeaseUnderTest>): void {
  const withPartition = async (run: (partition: LeaseUnderTest) => Promise<void>): Promise<void> => {
    const partition = await create();
    try {
      await run(partition);
    } finally {
      await partition.close();
    }
  };

  describe(`lease contract: ${name}`, () => {
    it("begins free, and says who leads and where", () =>
      withPartition(async (partition) => {
        const store = await partition.open();
        const { idleMs: _never, ...free } = await store.lease();
        assert.deepEqual(free, {
          epoch: 0,
          owner: "",
          address: "",
          mapHash: "",
          isReleased: false,
          successor: "",
        });
        const { epoch, tail } = await store.takeOver(claim());
        assert.equal(epoch, 1);
        assert.equal(tail.sequence, 0);
        const { idleMs, ...held } = await (await partition.open()).lease();
        assert.deepEqual(held, {
          epoch: 1,
          owner: "a",
          address: "127.0.0.1:1",
          mapHash: "map",
          isReleased: false,
          successor: "",
        });
        assert.ok(idleMs >= 0 && idleMs < LAPSED_AFTER_MS, `idle for ${idleMs} ms`);
      }));

    it("is held until it lapses; then the next one takes over where the journal ends", () =>
      withPartition(async (partition) => {
        const first = await partition.open();
        const { epoch } = await first.takeOver(claim());
        await appendRows(first, epoch, [2, 3]);
        const second = await partition.open();
        const over = claim({ owner: "b", address: "127.0.0.1:2", overEpoch: 1 });
        await assert.rejects(second.takeOver(over), LeaseHeldError);
        await appendRows(first, epoch, [1]);
        await partition.age(LAPSED_AFTER_MS);
        const taken = await second.takeOver(over);
        assert.equal(taken.epoch, 2);
        assert.equal(taken.tail.sequence, 6);
        await assert.rejects(appendRows(first, epoch, [1]), DeposedError);
        await appendRows(second, 2, [4]);
        const { owner, address, epoch: now } = await first.lease();
        assert.deepEqual([now, owner, address], [2, "b", "127.0.0.1:2"]);
      }));

    it("is renewed by every commit and by renewing", () =>
      withPartition(async (partition) => {
        const store = await partition.open();
        const { epoch } = await store.takeOver(claim());
        for (const renew of [() => appendRows(store, epoch, [1]), () => store.renew()]) {
          await partition.age(LAPSED_AFTER_MS);
          assert.ok((await store.lease()).idleMs >= LAPSED_AFTER_MS);
          await renew();
          assert.ok((await store.lease()).idleMs < LAPSED_AFTER_MS);
          const other = (await partition.open()).takeOver(claim({ owner: "b", overEpoch: epoch }));
          await assert.rejects(other, LeaseHeldError);
        }
      }));

    it("still belongs to its leader after it lapsed, until another one takes it", () =>
      withPartition(async (partition) => {
        const store = await partition.open();
        const { epoch } = await store.takeOver(claim());
        await partition.age(LAPSED_AFTER_MS);
        await appendRows(store, epoch, [1]);
        assert.equal((await store.lease()).epoch, epoch);
      }));

    it("goes to one of several that claim it at once", () =>
      withPartition(async (partition) => {
        const owners = ["a", "b", "c"];
        const claims = owners.map(async (owner) => (await partition.open()).takeOver(claim({ owner })));
        const outcomes = await Promise.allSettled(claims);
        const refused = outcomes.filter(({ status }) => status === "rejected");
        assert.equal(refused.length, 2);
        for (const outcome of refused) {
          assert.ok(outcome.status === "rejected" && outcome.reason instanceof LeaseHeldError);
        }
        const won = owners[outcomes.findIndex(({ status }) => status === "fulfilled")];
        const lease = await (await partition.open()).lease();
        assert.deepEqual([lease.epoch, lease.owner], [1, won]);
      }));

    it("is not taken over an epoch that has passed", () =>
      withPartition(async (partition) => {
        await (await partition.open()).takeOver(claim());
        await partition.age(LAPSED_AFTER_MS);
        await (await partition.open()).takeOver(claim({ owner: "b", overEpoch: 1 }));
        await partition.age(LAPSED_AFTER_MS);
        for (const overEpoch of [0, 1, 3]) {
          const third = (await partition.open()).takeOver(claim({ owner: "c", overEpoch }));
          await assert.rejects(third, LeaseHeldError);
        }
        assert.equal((await (await partition.open()).lease()).owner, "b");
      }));

    it("given up, is its successor's at once and others' when it lapses", () =>
      withPartition(async (partition) => {
        const first = await partition.open();
        const { epoch } = await first.takeOver(claim());
        await appendRows(first, epoch, [1]);
        await partition.age(LAPSED_AFTER_MS);
        await first.release("b");
        const { isReleased, successor, epoch: stays } = await first.lease();
        assert.deepEqual([isReleased, successor, stays], [true, "b", epoch]);
        await assert.rejects(appendRows(first, epoch, [1]), DeposedError);
        await assert.rejects(first.renew(), DeposedError);
        await assert.rejects(first.release("c"), DeposedError);
        const third = claim({ owner: "c", overEpoch: epoch });
        await assert.rejects((await partition.open()).takeOver(third), LeaseHeldError);
        const second = await partition.open();
        const taken = await second.takeOver(claim({ owner: "b", overEpoch: epoch }));
        assert.deepEqual([taken.epoch, taken.tail.sequence], [epoch + 1, 1]);
        assert.equal((await second.lease()).isReleased, false);
        await second.release("d");
        await partition.age(LAPSED_AFTER_MS);
        await (await partition.open()).takeOver({ ...third, overEpoch: epoch + 1 });
      }));

    it("given up to nobody, is anyone's", () =>
      withPartition(async (partition) => {
        const first = await partition.open();
        await first.takeOver(claim());
        await first.release("");
        await (await partition.open()).takeOver(claim({ owner: "b", overEpoch: 1 }));
        await assert.rejects(first.renew(), DeposedError);
      }));

    it("may be taken again by the store that gave it up", () =>
      withPartition(async (partition) => {
        const first = await partition.open();
        const { epoch } = await first.takeOver(claim());
        await appendRows(first, epoch, [2]);
        await first.release("b");
        const second = await partition.open();
        await second.takeOver(claim({ owner: "b", overEpoch: 1 }));
        await assert.rejects(first.takeOver(claim({ overEpoch: 2 })), LeaseHeldError);
        await second.release("a");
        const again = await first.takeOver(claim({ overEpoch: 2 }));
        assert.deepEqual([again.epoch, again.tail.sequence], [3, 2]);
        await appendRows(first, 3, [1]);
        await assert.rejects(appendRows(second, 2, [1]), DeposedError);
      }));

    it("is neither renewed nor given up by who never held it", () =>
      withPartition(async (partition) => {
        const first = await partition.open();
        await assert.rejects(first.renew(), DeposedError);
        await first.takeOver(claim());
        const other = await partition.open();
        await assert.rejects(other.renew(), DeposedError);
        await assert.rejects(other.release(""), DeposedError);
        await first.renew();
      }));

    it("row 23: refuses who comes with another partition map", () =>
      withPartition(async (partition) => {
        await (await partition.open()).takeOver(claim());
        await partition.age(LAPSED_AFTER_MS);
        const other = claim({ owner: "b", overEpoch: 1, mapHash: "another" });
        await assert.rejects((await partition.open()).takeOver(other), (error: Error) => {
          assert.ok(error instanceof PartitionMapDiffersError);
          assert.match(error.message, /\bmap\b.*\banother\b/);
          return true;
        });
        const { epoch, owner } = await (await partition.open()).lease();
        assert.deepEqual([epoch, owner], [1, "a"]);
      }));

    it("keeps a row's partition and map", () =>
      withPartition(async (partition) => {
        const store = await partition.open();
        const { epoch, tail } = await store.takeOver(claim());
        const { hash: _plain, ...plain } = rowAfter(tail, epoch, 2);
        const content = { ...plain, partition: { number: 3, mapHash: "map" } };
        const row: JournalRow = { ...content, hash: rowHash(content) };
        await store.append(row);
        const [read] = await collect((await partition.open()).read(1));
        assert.deepEqual(read?.partition, row.partition);
        assert.notDeepEqual(rowHash(plain), row.hash);
        assert.deepEqual(row.previousHash, NO_HASH);
      }));

    it("does overlapping calls in order", () =>
      withPartition(async (partition) => {
        const store = await partition.open();
        const { epoch, tail } = await store.takeOver(claim());
        const one = rowAfter(tail, epoch, 1);
        const two = rowAfter({ sequence: 1, hash: one.hash }, epoch, 1);
        const calls = [store.append(one), store.renew(), store.append(two), store.release("")];
        await Promise.all(calls);
        assert.equal((await store.tail()).sequence, 2);
        assert.equal((await store.lease()).isReleased, true);
      }));
  });
}
