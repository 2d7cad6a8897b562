import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { formatAddress } from "./address.js";
import { dialFrames } from "./frame-dial.js";
import type { FrameServer } from "./frame-server.js";
import { HelloMismatchError } from "./hello.js";
import {
  ChannelClient,
  type ChannelClientOptions,
  type ChannelServerOptions,
  listenChannels,
  type SocketChannel,
} from "./socket-channel.js";
import { makeCertificate } from "./testing/certificates.js";
import { readTlsFiles } from "./tls-credentials.js";

const folder = mkdtempSync(join(tmpdir(), "buttonwood-channel-"));
after(() => rmSync(folder, { recursive: true }));
const ANY_PORT = { host: "127.0.0.1", port: 0 };
const hello = { protocol: "test 1", partition: 0 };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A server that sends back what comes, and what it has turned away. */
async function echo(
  options: Partial<ChannelServerOptions> = {},
): Promise<{ server: FrameServer; channels: SocketChannel[]; refused: Error[] }> {
  const channels: SocketChannel[] = [];
  const refused: Error[] = [];
  const server = await listenChannels({
    address: ANY_PORT,
    hello,
    onChannel(channel) {
      channels.push(channel);
      channel.on("message", (message) => channel.postMessage(message));
    },
    onRefused: (_, error) => refused.push(error),
    ...options,
  });
  return { server, channels, refused };
}

/** A client that keeps what comes. */
function client(address: () => string, options: Partial<ChannelClientOptions> = {}) {
  const state = {
    messages: [] as unknown[],
    channel: undefined as SocketChannel | undefined,
    connects: 0,
    lost: [] as string[],
    failures: [] as Error[],
  };
  const channels = new ChannelClient({
    findAddress: async () => address(),
    hello,
    onConnect(channel) {
      state.connects++;
      state.channel = channel;
      channel.on("message", (message) => state.messages.push(message));
    },
    onDisconnect(reason) {
      state.channel = undefined;
      state.lost.push(reason);
    },
    onFailed: (error) => state.failures.push(error),
    ...options,
  });
  return Object.assign(state, { close: () => channels.close() });
}

const MESSAGES = [
  { kind: "call", id: 1, args: [undefined, null, -0, 2 ** 53 - 1, "ü", [], new Date(5)] },
  { words: new Float64Array([1.5, 2.5]), map: new Map([["a", 1n]]) },
  "x".repeat(300_000),
];

describe("channels over sockets", () => {
  for (const [name, address, tls] of [
    ["TCP", ANY_PORT, false],
    ["a Unix socket", { path: join(folder, "echo.sock") }, false],
    ["mutual TLS", ANY_PORT, true],
  ] as const) {
    it(`carry what structured cloning can, over ${name}`, async () => {
      const secure = tls ? readTlsFiles(makeCertificate(folder, "both")) : undefined;
      const { server, refused } = await echo({ address, tls: secure });
      const one = client(() => server.address, { tls: secure });
      try {
        await until(() => one.channel !== undefined || one.failures.length > 0);
        assert.deepEqual(one.failures, []);
        for (const message of MESSAGES) one.channel!.postMessage(message);
        await until(() => one.messages.length === MESSAGES.length);
        assert.deepEqual(one.messages, MESSAGES);
        assert.deepEqual(refused, []);
      } finally {
        one.close();
        await server.close("the test is over");
      }
    });
  }

  it("turn away a client without a certificate of their authority", async () => {
    const foreign = mkdtempSync(join(folder, "foreign-"));
    const { server, channels, refused } = await echo({
      tls: readTlsFiles(makeCertificate(folder, "server")),
    });
    try {
      const wrong = readTlsFiles(makeCertificate(foreign, "client"));
      const { ca } = readTlsFiles(makeCertificate(folder, "server"));
      await assert.rejects(dialFrames(server.address, { hello, tls: wrong }), /self.signed|verify/);
      await assert.rejects(
        dialFrames(server.address, { hello, tls: { ...wrong, ca } }),
        /127\.0\.0\.1:\d+: /,
      );
      await assert.rejects(dialFrames(server.address, { hello }), /127\.0\.0\.1:\d+: /);
      await until(() => refused.length >= 3);
      assert.equal(channels.length, 0);
    } finally {
      await server.close("the test is over");
    }
  });

  it("say on both sides in what they do not fit together", async () => {
    const { server, channels, refused } = await echo();
    try {
      const expected = /partition is 1 at the client and 0 at the server/;
      await assert.rejects(
        dialFrames(server.address, { hello: { ...hello, partition: 1 } }),
        (error: Error) => {
          assert.ok(error instanceof HelloMismatchError);
          assert.match(error.message, expected);
          return true;
        },
      );
      assert.equal(refused.length, 1);
      assert.match(refused[0]!.message, expected);
      assert.equal(channels.length, 0);
    } finally {
      await server.close("the test is over");
    }
  });

  it("connect again when the server is back, and hear why it went", async () => {
    const address = { path: join(folder, "again.sock") };
    const first = await echo({ address });
    const one = client(() => formatAddress(address));
    await until(() => one.connects === 1);
    await first.server.close("it moves");
    await until(() => one.lost.length === 1);
    assert.match(one.lost[0]!, /it moves/);
    await until(() => one.failures.length >= 2);
    const second = await echo({ address });
    try {
      await until(() => one.connects === 2);
      one.channel!.postMessage("still here");
      await until(() => one.messages.length === 1);
    } finally {
      one.close();
      await second.server.close("the test is over");
    }
    await until(() => one.lost.length === 2);
  });

  it("take over the file of a Unix socket whose process was killed, no other", async () => {
    const path = join(folder, "taken.sock");
    const child = spawn(process.execPath, [
      "-e",
      'require("net").createServer().listen(process.argv[1], () => console.log("listens"))',
      path,
    ]);
    await once(child.stdout, "data");
    await assert.rejects(echo({ address: { path } }), /another process listens/);
    child.kill("SIGKILL");
    await once(child, "close");
    assert.ok(existsSync(path));
    const { server } = await echo({ address: { path } });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await server.close("the test is over");
    writeFileSync(path, "");
    await assert.rejects(echo({ address: { path } }), /no socket/);
  });

  it("cut a client that does not read", async () => {
    const { server, channels } = await echo({ limits: { unsentBytesMax: 100_000 } });
    const socket = connect(Number(server.address.split(":")[1]), "127.0.0.1");
    try {
      const text = JSON.stringify(hello);
      const frame = Buffer.alloc(8 + text.length);
      frame.writeUInt32LE(text.length, 0);
      frame.writeUInt32LE(2, 4);
      frame.write(text, 8);
      socket.write(frame);
      socket.pause();
      await until(() => channels.length === 1);
      let isClosed = false;
      channels[0]!.on("close", () => {
        isClosed = true;
      });
      const message = "x".repeat(10_000);
      let unsentMax = 0;
      while (!isClosed) {
        channels[0]!.postMessage(message);
        unsentMax = Math.max(unsentMax, channels[0]!.unsentBytes);
        await new Promise(setImmediate);
      }
      assert.ok(unsentMax > 100_000 && unsentMax < 120_000, `${unsentMax} bytes waited`);
    } finally {
      socket.destroy();
      await server.close("the test is over");
    }
  });

  it("take a server that falls silent for dead", async () => {
    let taken: Socket | undefined;
    const { server } = await echo();
    // A proxy that stops carrying, without a word: a cut cable.
    const proxy = createServer((socket) => {
      taken = socket;
      const behind = connect(Number(server.address.split(":")[1]), "127.0.0.1");
      socket.pipe(behind).on("error", () => {});
      behind.pipe(socket).on("error", () => {});
      socket.on("cut", () => behind.unpipe(socket));
      socket.on("close", () => behind.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const one = client(() => `127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    try {
      await until(() => one.connects === 1);
      taken!.emit("cut");
      await until(() => one.lost.length === 1);
      assert.match(one.lost[0]!, /nothing was heard/);
    } finally {
      one.close();
      taken?.destroy();
      proxy.close();
      await server.close("the test is over");
    }
  });
});
