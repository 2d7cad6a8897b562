import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../platform/clock.js";
import type { AuditEntry, AuditLog } from "./audit-log.js";
import { auditLogContract, FACTS } from "./audit-log-contract.js";
import { AUDIT_FILE_NAME, checkFileAuditLog, openFileAuditLog } from "./file-audit-log.js";
import { MemoryAuditLog } from "./memory-audit-log.js";

async function inFolder(run: (folder: string, file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-audit-"));
  try {
    await run(folder, join(folder, AUDIT_FILE_NAME));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the audit log in memory", () => {
  auditLogContract(async (use) => use(new MemoryAuditLog(systemClock)));
});

describe("the audit log in a file", () => {
  auditLogContract((use) =>
    inFolder(async (folder) => {
      const log = await openFileAuditLog(folder, systemClock);
      await use(log);
      await log.close();
    }),
  );

  const withThree = (run: (folder: string, file: string, log: AuditLog) => Promise<void>): Promise<void> =>
    inFolder(async (folder, file) => {
      const log = await openFileAuditLog(folder, systemClock);
      for (const reason of ["one", "two", "three"]) await log.append({ ...FACTS, reason });
      await run(folder, file, log);
      await log.close();
    });
  const linesOf = (file: string): string[] => readFileSync(file, "utf8").trimEnd().split("\n");
  const write = (file: string, lines: readonly string[]): void =>
    writeFileSync(file, `${lines.join("\n")}\n`);

  it("is for its owner's eyes, and is gone on with after a restart", () =>
    withThree(async (folder, file, log) => {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      await log.close();
      const again = await openFileAuditLog(folder, systemClock);
      assert.equal((await again.append(FACTS)).number, 4);
      await again.close();
      assert.deepEqual((await checkFileAuditLog(folder))?.problem, undefined);
      assert.equal((await checkFileAuditLog(folder))?.entries, 4);
    }));

  it("takes out a line that a crash has cut off, and nothing else", () =>
    withThree(async (folder, file, log) => {
      await log.close();
      appendFileSync(file, '{"number":4,"timeMs":1');
      const again = await openFileAuditLog(folder, systemClock);
      assert.equal((await again.append(FACTS)).number, 4);
      await again.close();
      assert.deepEqual((await checkFileAuditLog(folder))?.problem, undefined);
    }));

  it("finds an entry that was changed, also when its own hash was computed again", () =>
    withThree(async (folder, file) => {
      const lines = linesOf(file);
      const second = JSON.parse(lines[1]!) as AuditEntry;
      write(file, lines.with(1, JSON.stringify({ ...second, who: "mallory" })));
      assert.match((await checkFileAuditLog(folder))?.problem ?? "", /entry 2 was changed/);
      // Of another log, whose entries fit each other: what follows then does not fit.
      await inFolder(async (other) => {
        const log = await openFileAuditLog(other, systemClock);
        const first = JSON.parse(lines[0]!) as AuditEntry;
        const forged = await log.append({ ...first, reason: "forged" });
        await log.close();
        write(file, lines.with(0, JSON.stringify(forged)));
      });
      assert.match((await checkFileAuditLog(folder))?.problem ?? "", /entry 2 does not follow/);
    }));

  it("tells also what lies further back than it keeps in memory", () =>
    inFolder(async (folder, file) => {
      let log = await openFileAuditLog(folder, systemClock);
      await log.append({ ...FACTS, reason: "the first" });
      await log.close();
      // As many as are never kept, in the file alone: what they say counts here, not whether they fit.
      const [first] = linesOf(file);
      const entry = JSON.parse(first!) as AuditEntry;
      write(file, [
        first!,
        ...Array.from({ length: 5_000 }, (_, i) =>
          JSON.stringify({ ...entry, number: i + 2, reason: `r${i + 2}` }),
        ),
      ]);
      log = await openFileAuditLog(folder, systemClock);
      assert.equal((await log.append(FACTS)).number, 5_002);
      assert.deepEqual(
        (await log.latest(3, 10)).map(({ reason }) => reason),
        ["r2", "the first"],
      );
      assert.deepEqual(
        (await log.latest(undefined, 2)).map(({ number }) => number),
        [5_002, 5_001],
      );
      await log.close();
    }));

  it("finds what was taken out, put in another place, or is no entry", () =>
    withThree(async (folder, file, log) => {
      const lines = linesOf(file);
      write(file, [lines[0]!, lines[2]!]);
      assert.match((await log.check()).problem ?? "", /entry 2 is missing/);
      write(file, [lines[1]!, lines[0]!, lines[2]!]);
      assert.match((await checkFileAuditLog(folder))?.problem ?? "", /entry 1 is missing/);
      write(file, [lines[0]!, "nothing", lines[2]!]);
      assert.match((await checkFileAuditLog(folder))?.problem ?? "", /line 2 of .* is no entry/);
      assert.equal((await checkFileAuditLog(folder))?.entries, 1);
    }));
});
