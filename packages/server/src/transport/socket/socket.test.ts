import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { dialFrames } from "../../platform/frame-dial.js";
import { FrameServer } from "../../platform/frame-server.js";
import { FIRST_FREE_TAG, FrameTag } from "../../platform/framing.js";
import { makeCertificate } from "../../platform/testing/certificates.js";
import { randomOf, testSeed } from "../../platform/testing/random.js";
import { readTlsFiles, type TlsCredentials } from "../../platform/tls-credentials.js";
import {
  ButtonEngine,
  type ClientsUnderTest,
  remoteEngineClientContract,
} from "../engine-client-contract.js";
import { EngineBusyError, OutcomeUnknownError } from "../engine-port.js";
import { EngineFrame, engineHello, filledFrame } from "./frames.js";
import { SocketClient } from "./socket-client.js";
import { SocketServer } from "./socket-server.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-socket-"));
after(() => rmSync(folder, { recursive: true }));

/** Clients whose `findLeader` knows the one server that runs, if any. */
async function clientsOf(
  engine: ButtonEngine,
  options: { unix?: boolean; tls?: TlsCredentials },
): Promise<ClientsUnderTest> {
  let runs = 0;
  const start = () =>
    SocketServer.listen(engine, {
      address: options.unix
        ? { path: join(folder, `${process.pid}-${runs++}.sock`) }
        : { host: "127.0.0.1", port: 0 },
      tls: options.tls,
      partition: 2,
      mapHash: "abc",
    });
  let server: SocketServer | undefined = await start();
  const clients: SocketClient[] = [];
  return {
    connect(limits = {}) {
      const client = new SocketClient({
        ...limits,
        partition: 2,
        mapHash: "abc",
        tls: options.tls,
        findLeader: async () => {
          if (server === undefined) throw new Error("nobody leads");
          return server.address;
        },
      });
      clients.push(client);
      return client;
    },
    async kill() {
      const killed = server;
      server = undefined;
      await killed?.close("killed", { isSettled: false });
    },
    async close() {
      for (const client of clients) await client.close();
      await server?.close("the test is over", { isSettled: false });
    },
    leaders: {
      async settle() {
        const settled = server;
        server = undefined;
        await settled?.close("handed over", { isSettled: true });
      },
      async follow() {
        server = await start();
      },
    },
  };
}

remoteEngineClientContract("TCP", (engine) => clientsOf(engine, {}));
remoteEngineClientContract("Unix sockets", (engine) => clientsOf(engine, { unix: true }));
const tls = readTlsFiles(makeCertificate(folder, "both"));
remoteEngineClientContract("mutual TLS", (engine) => clientsOf(engine, { tls }));

const barrier = { kind: "BARRIER", account: 0 } as const;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("the engine's socket", () => {
  const engine = new ButtonEngine();
  let server: SocketServer;
  let refused: Error[] = [];
  before(async () => {
    server = await SocketServer.listen(engine, {
      address: { host: "127.0.0.1", port: 0 },
      partition: 2,
      mapHash: "abc",
      unreadBytesMax: 100_000,
      onRefused: (_, error) => refused.push(error),
    });
  });
  after(() => server.close("the test is over", { isSettled: false }));

  it("refuses a gateway of another partition or map, and both hear why", async () => {
    for (const [partition, mapHash, why] of [
      [1, "abc", /partition is 1 at the client and 2 at the server/],
      [2, "xyz", /partition map is xyz at the client and abc at the server/],
    ] as const) {
      refused = [];
      const failures: Error[] = [];
      const client = new SocketClient({
        partition,
        mapHash,
        findLeader: async () => server.address,
        onFailed: (error) => failures.push(error),
        answerMsMax: 300,
      });
      await assert.rejects(client.submit(barrier), (error: Error) => {
        assert.ok(error instanceof EngineBusyError);
        assert.match(error.message, why);
        return true;
      });
      await client.close();
      assert.match(failures[0]!.message, why);
      assert.match(refused[0]!.message, why);
    }
    assert.equal(engine.messages.length, 0);
  });

  it(`closes a connection that speaks nonsense, with the reason, and serves the others (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    const client = new SocketClient({ partition: 2, mapHash: "abc", findLeader: async () => server.address });
    engine.verdict = "malformed";
    for (let round = 0; round < 300; round++) {
      const link = await dialFrames(server.address, { hello: engineHello(2, "abc") });
      const noise = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => random() * 256));
      const tag = FIRST_FREE_TAG + Math.floor(random() * 12);
      // What a message says is the engine's business; that there is one, the transport's.
      const isMessage = tag === EngineFrame.COMMANDS && noise.length >= 8;
      const answer = await new Promise<string>((resolve) => {
        link.listen({
          frame: (answerTag) => {
            if (isMessage) resolve(`refused with ${answerTag}`);
          },
          closed: resolve,
        });
        link.send(tag, noise);
        if (!isMessage) link.send(99, noise);
      });
      if (isMessage) assert.equal(answer, `refused with ${EngineFrame.REFUSED}`);
      else assert.match(answer, /what can't be read/);
      link.close("next");
    }
    engine.verdict = "taken";
    const outcome = client.submit(barrier);
    await until(() => engine.messages.length === 1);
    engine.commit([[engine.messages[0]!, 1]]);
    await outcome;
    await client.close();
  });

  it("cuts a gateway that does not read its answers", async () => {
    await until(() => server.connections === 0);
    engine.messages.length = 0;
    const socket = connect(Number(server.address.split(":")[1]), "127.0.0.1").on("error", () => {});
    const hello = Buffer.from(JSON.stringify(engineHello(2, "abc")));
    const header = Buffer.alloc(8);
    header.writeUInt32LE(hello.length, 0);
    header.writeUInt32LE(FrameTag.HELLO, 4);
    socket.write(Buffer.concat([header, hello]));
    socket.pause();
    const words = new WordBuffer();
    for (let i = 0; i < 100; i++) encodeCommand(words, barrier);
    const message = filledFrame(EngineFrame.COMMANDS, 1, 0, words.bytes());
    await until(() => server.connections === 1);
    for (let answered = 0; server.connections === 1; ) {
      socket.write(message);
      await new Promise((resolve) => setImmediate(resolve));
      for (; answered < engine.messages.length; answered++)
        engine.commit([[engine.messages[answered]!, 100]]);
    }
    socket.destroy();
  });
});

describe("a gateway's socket", () => {
  it(`ends a connection over which nonsense comes, and dials again (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    let connects = 0;
    const nonsense = await FrameServer.listen({
      address: { host: "127.0.0.1", port: 0 },
      hello: engineHello(2, "abc"),
      onLink(link) {
        connects++;
        link.listen({
          frame() {
            const body = Buffer.from(
              Array.from({ length: 8 * Math.floor(random() * 20) }, () => random() * 256),
            );
            link.post(filledFrame(EngineFrame.REPLY + (connects % 2 === 0 ? 0 : 20), connects % 5, 0, body));
          },
          closed() {},
        });
      },
    });
    const reasons: string[] = [];
    const client = new SocketClient({
      partition: 2,
      mapHash: "abc",
      findLeader: async () => nonsense.address,
      onDisconnect: (reason) => reasons.push(reason),
      answerMsMax: 2_000,
    });
    // Some nonsense can be read and answers nothing: then the command is given up in time, and the link stays.
    while (connects <= 2) await assert.rejects(client.submit(barrier), OutcomeUnknownError);
    await client.close();
    await nonsense.close("the test is over");
    assert.ok(
      reasons.some((reason) => /what can't be read/.test(reason)),
      reasons.join("\n"),
    );
    assert.equal(client.inFlight, 0);
  });
});
