import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Command,
  CommandHeader,
  decodeCommand,
  decodeEvents,
  EventType,
  OrderType,
  Reason,
  ResultEvent,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import type { CommandMessage, EngineHost, Offered } from "./engine-host.js";
import { EngineBusyError, type EngineClient, OutcomeUnknownError } from "./engine-port.js";

/** An engine made of buttons: the suite decides when something commits. */
export class ButtonEngine implements EngineHost {
  readonly messages: CommandMessage[] = [];
  verdict: Offered = "taken";
  publish: (batch: FeedBatch) => void = () => {};
  /** Called before a message gets its verdict. */
  onOffer: () => void = () => {};
  readonly #waiting: ((hasArrived: boolean) => void)[] = [];
  /** What the next commands are answered with; without it odd sequences are refused. */
  reason: Reason | undefined;
  readonly #answered = new Map<CommandMessage, number>();
  #sequence = 0;

  offer(message: CommandMessage): Offered {
    this.onOffer();
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
        const reason = this.reason ?? (this.#sequence % 2 === 0 ? Reason.OK : Reason.UNKNOWN_ORDER);
        events.i32[at + ResultEvent.REASON] = reason | (this.#nextType(message) << 16);
        events.f64[(at + ResultEvent.ORDER_ID) >> 1] = this.#sequence * 4;
      }
    }
    const batch = { firstSequence, lastSequence: this.#sequence, events };
    for (const [sink, own] of runs) sink.reply(batch, own);
    this.publish(batch);
  }

  /** The type of the message's next command without an answer. */
  #nextType(message: CommandMessage): number {
    const commands = WordBuffer.from(message.commands);
    const at = this.#answered.get(message) ?? 0;
    const typeAndSize = commands.i32[at + CommandHeader.TYPE_AND_SIZE]!;
    this.#answered.set(message, at + (typeAndSize >>> 8));
    return typeAndSize & 0xff;
  }
}

/** The commands of a message, as objects without what only the engine fills in. */
export function commandsOf(message: CommandMessage): Command[] {
  const words = WordBuffer.from(message.commands);
  const commands: Command[] = [];
  for (let at = 0; at < words.length; at += words.i32[at + CommandHeader.TYPE_AND_SIZE]! >>> 8) {
    const { timeUs: _, deadlineUs: __, ...command } = decodeCommand(words, at);
    commands.push(command as Command);
  }
  return commands;
}

export interface ClientsUnderTest {
  /** A client of its own connection to the engine. `answerMsMax` is for transports between processes. */
  connect(options?: { readonly inFlightMax?: number; readonly answerMsMax?: number }): EngineClient;
  /** The engine ends without a word. */
  kill(): Promise<void>;
  close(): Promise<void>;
  /** Transports between processes only. */
  readonly leaders?: {
    /** The engine stops in order, having answered all that it has taken. */
    settle(): Promise<void>;
    /** A leader is there again: the same engine. */
    follow(): Promise<void>;
  };
}

const barrier = { kind: "BARRIER", account: 0 } as const;

const order = (clientOrderId: string) =>
  ({
    market: 0,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.NONE,
    priceTicks: 100,
    stopTicks: 0,
    lots: 5,
    quoteAmount: 0,
    clientOrderId,
  }) as const;
const newOrder = (id: string): Command => ({ kind: "NEW_ORDER", account: 1, order: order(id) });
const reference = { account: 1, market: 0, orderId: 0, clientOrderId: "old" };
const cancel: Command = { ...reference, kind: "CANCEL_ORDER", restriction: 0, cancelId: "" };
const replace = (id: string): Command =>
  ({ ...cancel, kind: "CANCEL_REPLACE", mode: 1, order: order(id) }) as Command;
const transfer = (kind: "DEPOSIT" | "WITHDRAW"): Command => ({
  kind,
  account: 1,
  asset: 0,
  amount: 5,
  reference: "r",
});

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

    it("says that nothing was taken when the engine is stopping", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect({ answerMsMax: 500 });
        engine.verdict = "stopped";
        await assert.rejects(client.submit(barrier), EngineBusyError);
        assert.equal(client.inFlight, 0);
      }));

    it("says that the outcome is unknown when the engine is lost", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect({ answerMsMax: 500 });
        const outcome = client.submit(cancel);
        await until(() => engine.messages.length === 1);
        const rejected = assert.rejects(outcome, OutcomeUnknownError);
        await clients.kill();
        await rejected;
        await assert.rejects(
          client.submit(cancel),
          (error) => error instanceof OutcomeUnknownError || error instanceof EngineBusyError,
        );
        await assert.rejects(client.query({ kind: "status" }), OutcomeUnknownError);
        assert.equal(client.inFlight, 0);
      }));

    it("says that the outcome of all that is under way is unknown when it is closed itself", () =>
      withClients(async (engine, clients) => {
        const client = clients.connect();
        const outcome = client.submit(newOrder("a"));
        await until(() => engine.messages.length === 1);
        const waiting = client.submit(newOrder("b"));
        const rejected = Promise.all(
          [outcome, waiting].map((promise) => assert.rejects(promise, OutcomeUnknownError)),
        );
        await client.close();
        await rejected;
        await assert.rejects(client.submit(newOrder("c")), OutcomeUnknownError);
        await assert.rejects(client.query({ kind: "status" }), OutcomeUnknownError);
        assert.equal(client.inFlight, 0);
      }));
  });
}

/** What transports between processes must do besides: the next leader is another process. */
export function remoteEngineClientContract(
  name: string,
  create: (engine: ButtonEngine) => Promise<ClientsUnderTest>,
): void {
  engineClientContract(name, create);
  const withLeaders = async (
    run: (
      engine: ButtonEngine,
      clients: ClientsUnderTest,
      leaders: NonNullable<ClientsUnderTest["leaders"]>,
    ) => Promise<void>,
  ): Promise<void> => {
    const engine = new ButtonEngine();
    const clients = await create(engine);
    try {
      await run(engine, clients, clients.leaders!);
    } finally {
      await clients.close();
    }
  };

  describe(`engine client contract between processes: ${name}`, () => {
    it("sends again what carries an identity, and says of the rest that its outcome is unknown", () =>
      withLeaders(async (engine, clients, leaders) => {
        const client = clients.connect();
        const known: Command[] = [
          newOrder("a"),
          replace("b"),
          transfer("DEPOSIT"),
          transfer("WITHDRAW"),
          { kind: "TRANSFER_IN", account: 1, fromPartition: 1, asset: 0, channelSequence: 1, amount: 5 },
          { kind: "TRANSFER_ACK", account: 0, toPartition: 1, channelSequence: 1 },
          barrier,
        ];
        const unknown: Command[] = [
          cancel,
          { kind: "CANCEL_ALL", account: 1, market: 0, side: -1 },
          { ...reference, kind: "MOVE_ORDER", priceTicks: 1, lots: 0 },
          { ...reference, kind: "REDUCE_ORDER", reduceLots: 1, newLots: 0 },
          { kind: "OPEN_ACCOUNT", account: 2, name: "two" },
          { kind: "TRANSFER_OUT", account: 1, toPartition: 1, asset: 0, amountMin: 1, amountMax: 2 },
          { kind: "SET_MARKET_STATUS", account: 0, market: 0, status: 0 },
        ];
        const answers = [];
        const rejected = [];
        for (let i = 0; i < known.length; i++) {
          rejected.push(assert.rejects(client.submit(unknown[i]!), OutcomeUnknownError));
          answers.push(client.submit(known[i]!));
        }
        await until(() => engine.messages.length === 1);
        await clients.kill();
        await Promise.all(rejected);
        assert.equal(client.inFlight, known.length);
        await leaders.follow();
        await until(() => engine.messages.length === 2);
        assert.deepEqual(commandsOf(engine.messages[1]!), known);
        engine.reason = Reason.REPEAT;
        engine.commit([[engine.messages[1]!, known.length]]);
        for (const answer of answers) assert.equal((await answer).reason, Reason.REPEAT);
        assert.equal(client.inFlight, 0);
      }));

    it("sends again only what is not answered, in the order in which it was submitted", () =>
      withLeaders(async (engine, clients, leaders) => {
        const client = clients.connect();
        const answers = ["a", "b", "c"].map((id) => client.submit(newOrder(id)));
        await until(() => engine.messages.length === 1);
        answers.push(client.submit(newOrder("d")));
        await until(() => engine.messages.length === 2);
        engine.commit([[engine.messages[0]!, 2]]);
        await Promise.all(answers.slice(0, 2));
        await clients.kill();
        answers.push(client.submit(newOrder("e")));
        await leaders.follow();
        await until(() => engine.messages.length === 5);
        assert.deepEqual(engine.messages.slice(2).flatMap(commandsOf), ["c", "d", "e"].map(newOrder));
        const [c, d, e] = engine.messages.slice(2);
        engine.commit([
          [c!, 1],
          [d!, 1],
          [e!, 1],
        ]);
        assert.deepEqual(
          (await Promise.all(answers)).map(({ sequence }) => sequence),
          [1, 2, 3, 4, 5],
        );
      }));

    it("keeps what is submitted between two leaders for the next, and questions too", () =>
      withLeaders(async (engine, clients, leaders) => {
        const client = clients.connect();
        await client.query({ kind: "balances", account: 3 });
        await clients.kill();
        const answer = client.submit(cancel);
        const balances = client.query({ kind: "balances", account: 3 });
        await leaders.follow();
        await until(() => engine.messages.length === 1);
        assert.deepEqual(commandsOf(engine.messages[0]!), [cancel]);
        engine.commit([[engine.messages[0]!, 1]]);
        assert.equal((await answer).sequence, 1);
        assert.equal((await balances).length, 1);
      }));

    it("gives the next leader whatever a leader that stops in order has not taken", () =>
      withLeaders(async (engine, clients, leaders) => {
        const client = clients.connect();
        const taken = client.submit(cancel);
        await until(() => engine.messages.length === 1);
        engine.commit([[engine.messages[0]!, 1]]);
        assert.equal((await taken).sequence, 1);
        engine.verdict = "stopped";
        const refused = client.submit(cancel);
        await client.query({ kind: "balances", account: 3 });
        await leaders.settle();
        engine.verdict = "taken";
        await leaders.follow();
        await until(() => engine.messages.length === 2);
        assert.deepEqual(commandsOf(engine.messages[1]!), [cancel]);
        engine.commit([[engine.messages[1]!, 1]]);
        assert.equal((await refused).sequence, 2);
      }));

    it("is sent on by an engine that does not lead", () =>
      withLeaders(async (engine, clients) => {
        const client = clients.connect();
        await client.query({ kind: "balances", account: 3 });
        engine.verdict = "elsewhere";
        const answer = client.submit(cancel);
        let asked = 0;
        engine.onOffer = () => {
          // It comes again over another connection, and finds the leader the second time.
          if (++asked === 2) engine.verdict = "taken";
        };
        await until(() => engine.messages.length === 1);
        engine.commit([[engine.messages[0]!, 1]]);
        assert.equal((await answer).sequence, 1);
      }));

    it("does not take the answer to a repeat for the outcome when it does not tell", () =>
      withLeaders(async (engine, clients, leaders) => {
        const cases: [Command, Reason, boolean][] = [
          [replace("a"), Reason.OK, true],
          [replace("b"), Reason.CANCEL_REPLACE_NEW_FAILED, true],
          [replace("c"), Reason.CANCEL_REPLACE_CANCEL_FAILED, false],
          [replace("d"), Reason.DEADLINE_PASSED, false],
          [newOrder("e"), Reason.DEADLINE_PASSED, true],
          [transfer("WITHDRAW"), Reason.ACCOUNT_FROZEN, false],
          [transfer("DEPOSIT"), Reason.SUPPLY_EXCEEDED, true],
        ];
        const client = clients.connect();
        const outcomes = cases.map(([command]) => client.submit(command));
        const settled = Promise.allSettled(outcomes);
        await until(() => engine.messages.length === 1);
        await clients.kill();
        await leaders.follow();
        await until(() => engine.messages.length === 2);
        for (const [, reason] of cases) {
          engine.reason = reason;
          engine.commit([[engine.messages[1]!, 1]]);
        }
        for (const [i, result] of (await settled).entries()) {
          const [, reason, isDefinite] = cases[i]!;
          if (isDefinite) assert.ok(result.status === "fulfilled" && result.value.reason === reason);
          else assert.ok(result.status === "rejected" && result.reason instanceof OutcomeUnknownError);
        }
      }));

    it("gives up an answer that is late, and goes on", () =>
      withLeaders(async (engine, clients) => {
        const client = clients.connect({ answerMsMax: 300 });
        await assert.rejects(client.submit(newOrder("a")), OutcomeUnknownError);
        assert.equal(client.inFlight, 0);
        const next = client.submit(newOrder("b"));
        await until(() => engine.messages.length === 2);
        engine.commit([
          [engine.messages[0]!, 1],
          [engine.messages[1]!, 1],
        ]);
        assert.equal((await next).sequence, 2);
      }));

    it("says that nothing was sent when no leader is found in time", () =>
      withLeaders(async (_engine, clients) => {
        await clients.kill();
        const client = clients.connect({ answerMsMax: 200 });
        await assert.rejects(client.submit(newOrder("a")), EngineBusyError);
        await assert.rejects(client.query({ kind: "balances", account: 3 }), OutcomeUnknownError);
        assert.equal(client.inFlight, 0);
      }));
  });
}
