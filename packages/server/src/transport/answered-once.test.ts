/** Real engines behind real sockets that break: every command is answered, and has taken effect once. */
import assert from "node:assert/strict";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, describe, it } from "node:test";
import { decodeEvents, Reason, Side, WordBuffer } from "@buttonwood/protocol";
import type { Engine } from "../engine/engine.js";
import type { MemoryJournalFile } from "../journal/memory/memory-journal.js";
import { LISTINGS, limitOrder, startMemoryEngine } from "../main/testing/memory-engine.js";
import { randomOf, testSeed } from "../platform/testing/random.js";
import type { CommandOutcome, EngineClient } from "./engine-port.js";
import { GrpcClient } from "./grpc/grpc-client.js";
import { GrpcServer } from "./grpc/grpc-server.js";
import type { RemoteEngineClientOptions } from "./remote-engine-client.js";
import { SocketClient } from "./socket/socket-client.js";
import { SocketServer } from "./socket/socket-server.js";

const PLACE = { partition: 0, mapHash: "abc" };
const ADDRESS = { host: "127.0.0.1", port: 0 };

interface Transport {
  readonly name: string;
  listen(engine: Engine): Promise<SocketServer | GrpcServer>;
  connect(findLeader: () => Promise<string>, options?: RemoteEngineClientOptions): EngineClient;
}

const transports: readonly Transport[] = [
  {
    name: "sockets",
    listen: (engine) => SocketServer.listen(engine, { ...PLACE, address: ADDRESS }),
    connect: (findLeader, options) => new SocketClient({ ...PLACE, ...options, findLeader }),
  },
  {
    name: "gRPC",
    listen: (engine) => GrpcServer.listen(engine, { ...PLACE, address: ADDRESS, isServing: () => true }),
    connect: (findLeader, options) => new GrpcClient({ ...PLACE, ...options, findLeader }),
  },
];

/** A partition: one journal, and one leader after the other. */
class Partition {
  readonly file: MemoryJournalFile = { epoch: 0, rows: [] };
  readonly #transport: Transport;
  #server: SocketServer | GrpcServer | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Deposes the leader, which finds out by itself, and cuts its gateways off. */
  async next(): Promise<void> {
    const old = this.#server;
    const engine = await startMemoryEngine(this.file);
    this.#server = await this.#transport.listen(engine);
    await old?.close("deposed", { isSettled: false });
  }

  readonly findLeader = async (): Promise<string> => this.#server!.address;

  async close(): Promise<void> {
    await this.#server?.close("the test is over", { isSettled: false });
  }

  /** How often each client order id was accepted, by what is durable. */
  accepted(): Map<string, number> {
    const times = new Map<string, number>();
    for (const row of this.file.rows) {
      for (const event of decodeEvents(WordBuffer.from(row.events))) {
        if (event.kind !== "ORDER_ACCEPTED") continue;
        const { clientOrderId } = event.order;
        times.set(clientOrderId, (times.get(clientOrderId) ?? 0) + 1);
      }
    }
    return times;
  }
}

/** The order's state in the group in which it was made, as a gateway answers a repeat. */
async function originalOrder(client: EngineClient, outcome: CommandOutcome) {
  const bytes = await client.query({ kind: "group", market: 0, sequence: Math.floor(outcome.orderId / 4) });
  const events = decodeEvents(WordBuffer.from(bytes!));
  const made = events.find((event) => event.kind === "ORDER_ACCEPTED");
  return made?.kind === "ORDER_ACCEPTED" ? made.order : undefined;
}

/** Carries bytes to the leader and breaks connections, sometimes in the middle of a frame. */
async function breakingProxy(
  findLeader: () => Promise<string>,
  random: () => number,
): Promise<{ server: Server; address: string; breaks: number; calm: boolean }> {
  const state = { breaks: 0, calm: false };
  const server = createServer((socket) => {
    void findLeader().then((address) => {
      const behind = connect(Number(address.split(":")[1]), "127.0.0.1");
      let left = Math.floor(random() ** 2 * 25_000);
      const carry = (from: Socket, to: Socket): void => {
        from.on("data", (chunk: Buffer) => {
          left -= chunk.length;
          if (left > 0 || state.calm) {
            to.write(chunk);
            return;
          }
          // What comes before the break may still arrive.
          state.breaks++;
          to.end(chunk.subarray(0, Math.max(0, chunk.length + left)));
          from.destroy();
        });
        from.on("error", () => to.destroy());
        from.on("close", () => to.end());
      };
      carry(socket, behind);
      carry(behind, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return Object.assign(state, { server, address: `127.0.0.1:${port}` });
}

for (const transport of transports) {
  describe(`commands over ${transport.name}`, () => {
    const closing: (() => Promise<void>)[] = [];
    after(async () => {
      for (const close of closing.reverse()) await close();
    });

    async function partitionOf(): Promise<Partition> {
      const partition = new Partition(transport);
      await partition.next();
      closing.push(() => partition.close());
      const operator = transport.connect(partition.findLeader);
      for (const command of LISTINGS) assert.equal((await operator.submit(command)).reason, Reason.OK);
      await operator.close();
      return partition;
    }

    it("row 1: a gateway dies after sending; the repeat through another gets the original order", async () => {
      const partition = await partitionOf();
      const order = limitOrder(1, Side.BUY, 90, 5, "mine");
      const dying = transport.connect(partition.findLeader);
      await dying.query({ kind: "balances", account: 1 });
      const lost = assert.rejects(dying.submit(order));
      // Sent at the end of this turn; then the gateway is gone without having read the answer.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      await dying.close();
      await lost;
      while (!partition.accepted().has("mine")) await new Promise((resolve) => setTimeout(resolve, 2));
      const other = transport.connect(partition.findLeader);
      closing.push(() => other.close());
      const repeat = await other.submit(order);
      assert.equal(repeat.reason, Reason.REPEAT);
      const original = await originalOrder(other, repeat);
      assert.equal(original?.orderId, repeat.orderId);
      assert.equal(original?.clientOrderId, "mine");
      assert.equal(partition.accepted().get("mine"), 1);
      const open = await other.query({ kind: "openOrders", account: 1, market: -1 });
      assert.deepEqual(
        open.map(({ orderId }) => orderId),
        [repeat.orderId],
      );
    });

    it("row 24: a replayed request, with the id that derives from it, has no second effect on any gateway", async () => {
      const partition = await partitionOf();
      // What the gateway derives from a signature when the client gives no id.
      const request = limitOrder(1, Side.BUY, 90, 5, "x-0123456789abcdef0123456789abcdef");
      const gateways = [1, 2, 3].map(() => transport.connect(partition.findLeader));
      for (const gateway of gateways) closing.push(() => gateway.close());
      const outcomes = await Promise.all(
        gateways.flatMap((gateway) => [gateway.submit(request), gateway.submit(request)]),
      );
      const [first, ...others] = outcomes.sort((a, b) => a.sequence - b.sequence);
      assert.equal(first!.reason, Reason.OK);
      for (const { reason, orderId } of others) {
        assert.equal(reason, Reason.REPEAT);
        assert.equal(orderId, first!.orderId);
      }
      const [balance] = (await gateways[0]!.query({ kind: "balances", account: 1 })).filter(
        ({ asset }) => asset === 1,
      );
      assert.equal(balance!.locked, 90 * 5);
    });

    it(`connections and leaders that break lose and double nothing (seed ${testSeed})`, async () => {
      const random = randomOf(testSeed);
      const partition = await partitionOf();
      const proxy = await breakingProxy(partition.findLeader, random);
      const gateways = [1, 2, 3].map(() =>
        transport.connect(async () => proxy.address, { answerMsMax: 60_000 }),
      );
      const answers: Promise<readonly [id: string, outcome: CommandOutcome]>[] = [];
      for (let round = 0; round < 40; round++) {
        for (const [i, gateway] of gateways.entries()) {
          for (let n = Math.floor(random() * 8); n > 0; n--) {
            const id = `${i}-${round}-${n}`;
            const order = limitOrder(1, Side.BUY, 1 + Math.floor(random() * 99), 1, id);
            answers.push(gateway.submit(order).then((outcome) => [id, outcome] as const));
          }
        }
        if (round % 15 === 14) await partition.next();
        await new Promise((resolve) => setTimeout(resolve, random() * 10));
      }
      proxy.calm = true;
      const outcomes = await Promise.all(answers);
      const accepted = partition.accepted();
      let repeats = 0;
      for (const [id, outcome] of outcomes) {
        assert.equal(accepted.get(id), 1, `${id} was accepted ${accepted.get(id) ?? 0} times`);
        assert.ok(outcome.reason === Reason.OK || outcome.reason === Reason.REPEAT, id);
        if (outcome.reason !== Reason.REPEAT) continue;
        repeats++;
        assert.equal((await originalOrder(gateways[0]!, outcome))?.clientOrderId, id);
      }
      assert.equal(accepted.size, outcomes.length);
      assert.ok(proxy.breaks > 0, `${proxy.breaks} connections were broken`);
      assert.ok(repeats > 0, "no answer was lost: the test has not shown anything");
      for (const gateway of gateways) {
        assert.equal(gateway.inFlight, 0);
        await gateway.close();
      }
      proxy.server.close();
    });
  });
}
