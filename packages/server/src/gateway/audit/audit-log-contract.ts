/** What every audit log does, wherever it is kept. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type AuditFacts, type AuditLog, AuditStage, FIRST_PREVIOUS } from "./audit-log.js";

export const FACTS: AuditFacts = {
  stage: AuditStage.ASKED,
  of: null,
  who: "carol",
  role: "OPERATOR",
  from: "203.0.113.7",
  action: "SET_MARKET_STATUS",
  detail: '{"symbol":"BTCUSDT","status":"HALT"}',
  reason: "a “quoted” reason, and a line\nbreak",
  sequence: null,
  code: null,
};

/** `run` gives a new log, and closes it. */
export function auditLogContract(run: (use: (log: AuditLog) => Promise<void>) => Promise<void>): void {
  it("binds each entry to the one before it, in the order in which they were asked for", () =>
    run(async (log) => {
      const asked = Array.from({ length: 20 }, (_, i) => log.append({ ...FACTS, reason: `reason ${i}` }));
      const entries = await Promise.all(asked);
      assert.deepEqual(
        entries.map(({ number, reason }) => [number, reason]),
        entries.map((_, i) => [i + 1, `reason ${i}`]),
      );
      assert.equal(entries[0]!.previous, FIRST_PREVIOUS);
      for (const [i, { previous }] of entries.slice(1).entries()) assert.equal(previous, entries[i]!.hash);
      assert.deepEqual(await log.check(), { entries: 20, head: entries.at(-1)!.hash, problem: undefined });
    }));

  it("tells the newest first, a page at a time, as they were written", () =>
    run(async (log) => {
      assert.deepEqual(await log.latest(undefined, 10), []);
      for (let i = 0; i < 5; i++) await log.append({ ...FACTS, sequence: i === 4 ? 77 : null });
      const newest = await log.latest(undefined, 2);
      assert.deepEqual(
        newest.map(({ number }) => number),
        [5, 4],
      );
      assert.equal(newest[0]!.sequence, 77);
      const { number: _n, timeMs, previous: _p, hash: _h, ...facts } = newest[1]!;
      assert.deepEqual(facts, FACTS);
      assert.ok(Number.isSafeInteger(timeMs) && timeMs > 1.6e12);
      assert.deepEqual(
        (await log.latest(4, 10)).map(({ number }) => number),
        [3, 2, 1],
      );
    }));
}
