import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { processEntry } from "../../platform/process-table.js";
import type { Part, RunningPart } from "./part.js";
import { type Stage, Supervisor } from "./supervisor.js";

/** A part that is a process which does nothing. `fails` says at which starts it can't be started. */
function idlePart(
  name: string,
  log: string[],
  fails: (start: number) => boolean = () => false,
): Part & { starts: number } {
  const part = {
    name,
    role: "engine" as const,
    logFile: "",
    starts: 0,
    async start(): Promise<RunningPart> {
      part.starts++;
      if (fails(part.starts)) throw new Error("no room");
      const child = spawn("sleep", ["1000"]);
      await once(child, "spawn");
      const ended = once(child, "exit").then(() => "it was ended");
      log.push(`+${name}`);
      return {
        pid: child.pid!,
        ended,
        async stop() {
          log.push(`-${name}`);
          child.kill();
          await ended;
        },
      };
    },
  };
  return part;
}

const stagesOf = (...stages: Part[][]): Stage[] => stages.map((parts) => ({ parts }));

test("stages start one after another and stop in reverse", async () => {
  const log: string[] = [];
  const ready: string[] = [];
  const supervisor = new Supervisor({
    stages: [
      { parts: [idlePart("a", log)], afterwards: async () => void log.push("prepared") },
      { parts: [idlePart("b", log)] },
      { parts: [idlePart("c", log)] },
    ],
    onReady: (part, count, total) => ready.push(`${part.name} ${count}/${total}`),
  });
  await supervisor.start();
  assert.deepEqual(ready, ["a 1/3", "b 2/3", "c 3/3"]);
  const pids = supervisor.states.map(({ pid }) => pid!);
  await supervisor.stop();
  assert.deepEqual(log, ["+a", "prepared", "+b", "+c", "-c", "-b", "-a"]);
  assert.deepEqual(pids.map(processEntry), [undefined, undefined, undefined]);
});

test("when a part can't be started, nothing is left running", async () => {
  const log: string[] = [];
  const supervisor = new Supervisor({
    stages: stagesOf(
      [idlePart("a", log)],
      [idlePart("b", log), idlePart("wrong", log, () => true)],
      [idlePart("c", log)],
    ),
  });
  await assert.rejects(supervisor.start(), {
    name: "PartFailedError",
    message: "wrong could not be started: no room",
  });
  assert.deepEqual(
    supervisor.states.map(({ pid }) => pid),
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(
    log.filter((line) => line.startsWith("+")).length,
    log.filter((line) => line.startsWith("-")).length,
  );
  assert.ok(!log.includes("+c"));
});

test("work after a stage that fails stops what runs too", async () => {
  const log: string[] = [];
  const afterwards = (): Promise<void> => Promise.reject(new Error("the shard has a newer schema"));
  const supervisor = new Supervisor({ stages: [{ parts: [idlePart("a", log)], afterwards }] });
  await assert.rejects(supervisor.start(), /newer schema/);
  assert.deepEqual(log, ["+a", "-a"]);
});

test("a stop while it starts ends what is being started", async () => {
  const log: string[] = [];
  let begun = (): void => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const inner = idlePart("slow", log);
  const slow: Part = {
    ...inner,
    async start(signal) {
      begun();
      // Becomes ready although it is asked to stop: the stop must not miss it.
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return inner.start(signal);
    },
  };
  const supervisor = new Supervisor({ stages: stagesOf([slow], [idlePart("never", log)]) });
  const start = assert.rejects(supervisor.start(), /the cluster is being stopped/);
  await hasBegun;
  await supervisor.stop();
  await start;
  assert.deepEqual(log, ["+slow", "-slow"]);
});

test("a part that ends is started again, and again when that fails", async () => {
  const log: string[] = [];
  const events: string[] = [];
  let running = (): void => {};
  const runsAgain = new Promise<void>((resolve) => {
    running = resolve;
  });
  const part = idlePart("a", log, (start) => start === 2);
  const supervisor = new Supervisor({
    stages: stagesOf([part]),
    onEnded: (ended, how) => events.push(`${ended.name} ended: ${how}`),
    onRestartFailed: (failed, error) => events.push(`${failed.name} failed: ${error.message}`),
    onRestarted: (_, restarts) => {
      events.push(`restart ${restarts}`);
      running();
    },
  });
  await supervisor.start();
  const killed = supervisor.kill("a");
  await runsAgain;
  assert.deepEqual(events, [
    "a ended: it was ended",
    "a failed: a could not be started: no room",
    "restart 1",
  ]);
  const [state] = supervisor.states;
  assert.equal(state!.restarts, 1);
  assert.notEqual(state!.pid, killed);
  await supervisor.stop();
  assert.equal(processEntry(state!.pid!), undefined);
  assert.equal(part.starts, 3);
});

test("a stop ends the waiting for a part that can't be started again", async () => {
  const log: string[] = [];
  let failures = 0;
  const part = idlePart("a", log, (start) => start > 1);
  const supervisor = new Supervisor({ stages: stagesOf([part]), onRestartFailed: () => failures++ });
  await supervisor.start();
  supervisor.kill("a");
  while (failures < 2) await sleep(5);
  assert.throws(() => supervisor.kill("a"), /does not run at the moment/);
  await supervisor.stop();
  const { starts } = part;
  await sleep(50);
  assert.equal(part.starts, starts);
});

test("what there is to kill is named", () => {
  const supervisor = new Supervisor({ stages: stagesOf([idlePart("a", []), idlePart("b", [])]) });
  assert.throws(() => supervisor.kill("c"), /there is no c: there are a, b/);
});
