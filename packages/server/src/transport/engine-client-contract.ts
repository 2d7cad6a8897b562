import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeEvents, EventType, Reason, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import type { CommandMessage, EngineHost } from "./engine-host.js";
import { EngineBusyError, type EngineClient, OutcomeUnknownError } from "./engine-port.js";

/** An engine made of buttons: the suite decides when something commits. */
export class ButtonEngine implements EngineHost {
  readonly messages: CommandMessage[] = [];
  verdict: "taken" | "busy" | "malformed" | "stopped" = "taken";
  publish: (batch: FeedBatch) => void = () => {};
  readonly #waiting: ((hasArrived: boolean) => void)[] = [];
  #sequence = 0;

  offer(message: CommandMessage): "taken" | "busy" | "malformed" | "stopped" {
    if (this.verdict === "taken") this.messages.push(message);
    return this.verdict;
  }

  async query(query: { readonly kind: string }): Promise<never> {
    if (query.kind === "status") throw new Error("no status here");
    if (query.kind === "transferArrived")
      return new Promise((resolve) => this.#waiting.push(resolve as never));
    return [{ asset: 0, free: this.#sequence, locked: 0 }] as never;
  }

  /** Ends the waiting of those who have asked for a transfer. */
  arrive(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(true);
  }

  /** Commits a batch: for each part a message and how many of its commands, in order. */
  commit(parts: readonly (readonly [message: CommandMessage, count: number])[]): void {
    const events = new WordBuffer(1 << 10);
    const firstSequence = this.#sequence + 1;
    const runs = new Map<CommandMessage["sink"], number[]>();
    let group = 0;
    for (const [message, count] of parts) {
      runs.set(message.sink, [...(runs.get(message.sink) ?? []), message.number, group, count]);
      group += count;
      for (let i = 0; i < count; i++) {
        const at = events.reserve(ResultEvent.WORDS);
        events.i32[at] = EventType.RESULT | (ResultEvent.WORDS << 8);
        events.f64[(at + ResultEvent.SEQUENCE) >> 1] = ++this.#sequence;
        events.i32[at + ResultEvent.GROUP_WORDS] = ResultEvent.WORDS;
        events.i32[at + ResultEvent.REASON] = this.#sequence % 2 === 0 ? Reason.OK : Reason.UNKNOWN_ORDER;
        events.f64[(at + ResultEvent.ORDER_ID) >> 1] = this.#sequence * 4;
      }
    }
    const batch = { firstSequence, lastSequence: this.#sequence, events };
    for (const [sink, own] of runs) sink.reply(batch, own);
    this.publish(batch);
  }
}

export interface ClientsUnderTest {
  /** A client of its own connection to the engine. */
  connect(options?: { readonly inFlightMax?: number }): EngineClient;
  /** The engine ends without a word. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const barrier = { kind: "BARRIER", account: 0 } as const;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What every transport must do; run for each adapter. */
export function engineClientContract(
  name: string,
  create: (engine: ButtonEngine) => Promise<ClientsUnderTest>,
): void {
  const withClients = async (
    run: (engine: ButtonEngine, clients: ClientsUnderTest) => Promise<void>,
  ): Promise<void> => {
    const engine = new ButtonEngine();
    const clients = await create(engine);
    try {
      await run(engine, clients);
    } finally {
      await clients.close();
    }
  };

  describe(`engine client contract: ${name}`, () => {
    it("sends the commands of one turn as one message, and those of the next as another", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        const outcomes = [client.submit(barrier), client.submit(barrier)];
        await until(() => engine.messages.length === 1);
        outcomes.push(client.submit(barrier));
        await until(() => engine.messages.length === 2);
        assert.deepEqual(
          engine.messages.map(({ commands }) => commands.byteLength / 24),
          [2, 1],
        );
        assert.equal(client.inFlight, 3);
        engine.commit([
          [engine.messages[0]!, 2],
          [engine.messages[1]!, 1],
        ]);
        assert.deepEqual(
          (await Promise.all(outcomes)).map(({ sequence }) => sequence),
          [1, 2, 3],
        );
        assert.equal(client.inFlight, 0);
      }));

    it("answers nothing before the commit, and each client only its own", () =>
      withClients(async (engine, clients) => {
        const one = clients.connect();
        const two = clients.connect();
        let answered = 0;
        const first = one.submit(barrier);
        const second = two.submit(barrier);
        for (const outcome of [first, second]) void outcome.then(() => answered++);
        await until(() => engine.messages.length === 2);
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(answered, 0);
        const [a, b] = engine.messages;
        engine.commit([
          [b!, 1],
          [a!, 1],
        ]);
        const sequences = [(await first).sequence, (await second).sequence];
        assert.deepEqual(sequences.sort(), [1, 2]);
      }));

    it("gives every outcome its own group", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        const outcomes = Array.from({ length: 5 }, () => client.submit(barrier));
        await until(() => engine.messages.length === 1);
        // A message may be spread over several batches.
        engine.commit([[engine.messages[0]!, 2]]);
        engine.commit([[engine.messages[0]!, 3]]);
        for (const [i, { sequence, orderId, reason, events, at, end }] of (
          await Promise.all(outcomes)
        ).entries()) {
          assert.equal(sequence, i + 1);
          assert.equal(orderId, sequence * 4);
          assert.equal(reason, sequence % 2 === 0 ? Reason.OK : Reason.UNKNOWN_ORDER);
          const [result] = decodeEvents(events, at, end);
          assert.ok(result?.kind === "RESULT" && result.sequence === sequence);
          assert.equal(end - at, ResultEvent.WORDS);
        }
      }));

    it("refuses without sending when too much is in flight, and hears the engine's refusals", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect({ inFlightMax: 2 });
        const kept = [client.submit(barrier), client.submit(barrier)];
        await assert.rejects(client.submit(barrier), EngineBusyError);
        await until(() => engine.messages.length === 1);
        engine.commit([[engine.messages[0]!, 2]]);
        await Promise.all(kept);
        engine.verdict = "busy";
        await assert.rejects(client.submit(barrier), EngineBusyError);
        engine.verdict = "stopped";
        await assert.rejects(client.submit(barrier), EngineBusyError);
        engine.verdict = "malformed";
        await assert.rejects(client.submit(barrier), RangeError);
        assert.equal(client.inFlight, 0);
        engine.verdict = "taken";
        const last = client.submit(barrier);
        await until(() => engine.messages.length === 2);
        engine.commit([[engine.messages[1]!, 1]]);
        assert.equal((await last).sequence, 3);
      }));

    it("rejects text that no command can carry, and sends the others", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        const before = client.submit(barrier);
        await assert.rejects(
          client.submit({ kind: "OPEN_ACCOUNT", account: 1, name: "x".repeat(37) }),
          RangeError,
        );
        await assert.rejects(client.submit({ kind: "OPEN_ACCOUNT", account: 1, name: "ü" }), RangeError);
        const after = client.submit(barrier);
        await until(() => engine.messages.length === 1);
        assert.equal(engine.messages[0]!.commands.byteLength, 48);
        engine.commit([[engine.messages[0]!, 2]]);
        assert.deepEqual([(await before).sequence, (await after).sequence], [1, 2]);
      }));

    it("asks and is answered, or hears that it failed", () =>
      withClients(async (_engine, clients) => {
        const client = clients.connect();
        assert.deepEqual(await client.query({ kind: "balances", account: 3 }), [
          { asset: 0, free: 0, locked: 0 },
        ]);
        await assert.rejects(client.query({ kind: "status" }), /no status here/);
      }));

    it("waits for a slow answer without holding up commands and other questions", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        let hasArrived: boolean | undefined;
        const arrival = client
          .query({ kind: "transferArrived", fromPartition: 1, channelSequence: 1, waitMs: 10_000 })
          .then((answer) => {
            hasArrived = answer;
          });
        await client.query({ kind: "balances", account: 3 });
        const outcome = client.submit(barrier);
        await until(() => engine.messages.length === 1);
        engine.commit([[engine.messages[0]!, 1]]);
        assert.equal((await outcome).sequence, 1);
        assert.equal(hasArrived, undefined);
        engine.arrive();
        await arrival;
        assert.equal(hasArrived, true);
      }));

    it("says that the outcome is unknown when the engine is lost", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        const outcome = client.submit(barrier);
        await until(() => engine.messages.length === 1);
        const rejected = assert.rejects(outcome, OutcomeUnknownError);
        await clients.kill();
        await rejected;
        await assert.rejects(client.submit(barrier), OutcomeUnknownError);
        await assert.rejects(client.query({ kind: "status" }), OutcomeUnknownError);
        assert.equal(client.inFlight, 0);
      }));
  });
}
