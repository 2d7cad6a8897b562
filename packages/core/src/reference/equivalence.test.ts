import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CommandType,
  decodeEvents,
  EventType,
  encodeCommand,
  encodeEvent,
  OrderType,
  Reason,
  SelfTradePrevention,
  WordBuffer,
} from "@buttonwood/protocol";
import { CORE } from "./core-under-test.js";
import { describeMismatch, runEpisode, shrink } from "./equivalence.js";
import { type Implementation, REFERENCE, type WordExchange } from "./exchange-under-test.js";
import { RandomCommands } from "./random-commands.js";
import { ReferenceExchange } from "./reference-exchange.js";

test("core and reference agree on events and digests after each of 40,000 random commands", () => {
  for (let seed = 1; seed <= 80; seed++) {
    const mismatch = runEpisode(REFERENCE, CORE, seed, 500, { digestEvery: 1, restoreChance: 0.01 });
    if (mismatch !== undefined) assert.fail(describeMismatch(shrink(REFERENCE, CORE, mismatch)));
  }
});

/** Reasons that no random command can get: from gateways, from the engine, or not in use yet. */
const NOT_RANDOM: readonly number[] = [Reason.SELF_TRADE_PREVENTED, Reason.QUARANTINED];

test("random commands reach every reason, event, order type and self-trade mode", () => {
  const reasons = new Set<number>();
  const kinds = new Set<string>();
  const commands = new Set<number>();
  const types = new Set<number>();
  const triggered = new Set<number>();
  const preventedBy = new Set<number>();
  for (let seed = 1; seed <= 60; seed++) {
    const generator = new RandomCommands(seed);
    const exchange = new ReferenceExchange(generator.world.config);
    for (let i = 0; i < 1_000; i++) {
      const events = exchange.apply(generator.next());
      generator.observe(events);
      for (const event of events) {
        kinds.add(event.kind);
        if (event.kind === "RESULT") {
          commands.add(event.commandType);
          reasons.add(event.cancelReason).add(event.newOrderReason);
        }
        if ("reason" in event) reasons.add(event.reason);
        if (event.kind === "ORDER_ACCEPTED") types.add(event.order.type);
        if (event.kind === "ORDER_TRIGGERED") triggered.add(event.order.type);
        if (event.kind === "ORDER_PREVENTED") preventedBy.add(event.order.selfTradePrevention);
      }
    }
  }
  const missing = (set: Record<string, number>, seen: ReadonlySet<number>) =>
    Object.entries(set)
      .filter(([, value]) => !seen.has(value) && !NOT_RANDOM.includes(value))
      .map(([name]) => name);
  assert.deepEqual(missing(Reason, reasons), [], "reasons");
  assert.deepEqual(missing(CommandType, commands), [], "commands");
  assert.deepEqual(missing(OrderType, types), [], "order types");
  assert.deepEqual(missing(SelfTradePrevention, preventedBy), [], "self-trade modes");
  assert.equal(triggered.size, 4, "every stop type is triggered");
  assert.deepEqual(
    Object.keys(EventType).filter((kind) => !kinds.has(kind)),
    [],
    "events",
  );
});

test("the same seed gives the same commands, events and digest", () => {
  const run = (): string => {
    const generator = new RandomCommands(7);
    const exchange = new ReferenceExchange(generator.world.config);
    for (let i = 0; i < 500; i++) generator.observe(exchange.apply(generator.next()));
    return exchange.stateDigest();
  };
  assert.equal(run(), run());
});

/** The reference with a bug planted: makers' fills after a move show a fee that is one unit too high. */
const BUGGY: Implementation = {
  name: "planted bug",
  create: (config): WordExchange => {
    const honest = REFERENCE.create(config);
    let moved = false;
    return {
      applyWords(buffer, at, out) {
        const own = new WordBuffer(1 << 10);
        honest.applyWords(buffer, at, own);
        for (const event of decodeEvents(own)) {
          if (event.kind === "ORDER_AMENDED") moved = true;
          const wrong = moved && event.kind === "ORDER_FILLED" && event.isMaker;
          encodeEvent(out, wrong ? { ...event, fee: event.fee + 1 } : event);
        }
      },
      stateDigest: () => honest.stateDigest(),
      checkIntegrity: () => honest.checkIntegrity(),
      restored: () => undefined,
    };
  },
};

test("a planted bug is found, and shrunk to the few commands that show it", () => {
  let seed = 1;
  const runNext = () =>
    runEpisode(REFERENCE, BUGGY, seed, 500, { digestEvery: 100, restoreChance: 0 }) ?? undefined;
  let mismatch = runNext();
  while (mismatch === undefined && seed < 50) {
    seed++;
    mismatch = runNext();
  }
  assert.ok(mismatch !== undefined);
  const report = describeMismatch(shrink(REFERENCE, BUGGY, mismatch));
  assert.match(report, new RegExp(`^seed ${seed}\n`));
  assert.match(report, /events differ at word/);
  // Two assets, a market, two accounts with funds, an order that is amended, and a maker and a taker.
  const commands = report.split("\n").filter((line) => /^ {2}\d+: /.test(line));
  assert.ok(commands.length <= 20, report);
});

test("a damaged record is refused and changes nothing", () => {
  const generator = new RandomCommands(3);
  const exchange = new ReferenceExchange(generator.world.config);
  for (let i = 0; i < 200; i++) generator.observe(exchange.apply(generator.next()));
  const buffer = new WordBuffer();
  const at = encodeCommand(buffer, { kind: "BARRIER", account: 1 });
  for (const word of [0, 1 | (6 << 8), 48 | (8 << 8), 255 | (6 << 8)]) {
    buffer.i32[at] = word;
    const [result, ...rest] = exchange.applyWords(buffer, at);
    assert.ok(result?.kind === "RESULT" && result.reason === Reason.MALFORMED_COMMAND);
    assert.deepEqual(rest, []);
  }
  exchange.checkInvariants();
});
