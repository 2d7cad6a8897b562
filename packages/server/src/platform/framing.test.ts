import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { FrameServer } from "./frame-server.js";
import { FIRST_FREE_TAG, FRAME_HEADER_BYTES, type FrameLink, FrameTag, SocketLink } from "./framing.js";
import { randomOf, testSeed } from "./testing/random.js";

const bytesOf = (text: string): Buffer => Buffer.from(text);

function frame(tag: number, payload: Uint8Array, size = payload.byteLength): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(size, 0);
  header.writeUInt32LE(tag, 4);
  return Buffer.concat([header, payload]);
}

describe("frames over a socket", () => {
  let server: Server;
  let accepted: (socket: Socket) => void = () => {};
  before(async () => {
    server = createServer((socket) => accepted(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => server.close());

  /** A link, and the bare socket at its other end. */
  async function pair(): Promise<{ link: SocketLink; bare: Socket }> {
    const taken = new Promise<Socket>((resolve) => {
      accepted = resolve;
    });
    const bare = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const link = new SocketLink(await taken, "test", { frameBytesMax: 100_000 });
    return { link, bare };
  }

  it(`come out as they went in, however the bytes are cut (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    const { link, bare } = await pair();
    const sent = Array.from({ length: 300 }, (_, i) => ({
      tag: FIRST_FREE_TAG + Math.floor(random() * 1000),
      payload: Buffer.alloc(Math.floor(random() ** 4 * 100_000), i),
    }));
    const got: { tag: number; payload: Uint8Array }[] = [];
    const done = new Promise<void>((resolve) => {
      link.listen({
        frame(tag, payload) {
          assert.equal(payload.byteOffset % 8, 0);
          got.push({ tag, payload });
          if (got.length === sent.length) resolve();
        },
        closed: () => {},
      });
    });
    const bytes = Buffer.concat(sent.map(({ tag, payload }) => frame(tag, payload)));
    bare.setNoDelay(true);
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() ** 3 * 70_000);
      await new Promise((resolve) => bare.write(bytes.subarray(at, end), resolve));
      at = end;
    }
    await done;
    for (const [i, { tag, payload }] of sent.entries()) {
      assert.equal(got[i]!.tag, tag);
      assert.ok(payload.equals(got[i]!.payload), `frame ${i}`);
    }
    link.close("done");
    bare.destroy();
  });

  it("keep what comes before anyone listens, also the end", async () => {
    const { link, bare } = await pair();
    bare.write(frame(20, bytesOf("early")));
    bare.end(frame(FrameTag.CLOSE, bytesOf("bye")));
    await new Promise((resolve) => bare.on("close", resolve));
    const heard: string[] = [];
    link.listen({
      frame: (tag, payload) => heard.push(`${tag} ${Buffer.from(payload)}`),
      closed: (reason) => heard.push(reason),
    });
    assert.deepEqual(heard, ["20 early", "the other side has closed the connection: bye"]);
    link.send(20, bytesOf("nobody hears"));
    assert.equal(heard.length, 2);
  });

  it("refuse to send what the other side would not take", async () => {
    const { link, bare } = await pair();
    assert.throws(
      () => link.send(20, Buffer.alloc(100_001)),
      /a frame of 100001 bytes is larger than the 100000/,
    );
    link.close("done");
    bare.destroy();
  });

  it("close with a reason when one would be too large, before it comes", async () => {
    const { link, bare } = await pair();
    const heard: Buffer[] = [];
    bare.on("data", (chunk) => heard.push(chunk));
    const closed = new Promise<string>((resolve) => link.listen({ frame: () => {}, closed: resolve }));
    bare.write("GET / HTTP/1.1\r\n\r\n");
    assert.match(await closed, /a frame of 542393671 bytes is larger than the 100000/);
    await new Promise((resolve) => bare.on("close", resolve));
    assert.match(Buffer.concat(heard).toString(), /is the other side no Buttonwood process/);
  });

  it(`end every connection that speaks nonsense, and take the next (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    const links: FrameLink[] = [];
    const refused: Error[] = [];
    const server = await FrameServer.listen({
      address: { host: "127.0.0.1", port: 0 },
      hello: { protocol: "test 1" },
      onLink: (link) => links.push(link),
      onRefused: (_, error) => refused.push(error),
    });
    const port = Number(server.address.split(":")[1]);
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      const bare = connect(port, "127.0.0.1").on("error", () => {});
      bare.resume();
      const noise = Buffer.from({ length: 1 + Math.floor(random() * 200) } as never).map(
        () => random() * 256,
      );
      const hello = bytesOf('{"protocol":"test 1"}');
      const nonsense = [
        noise,
        frame(FIRST_FREE_TAG, noise),
        frame(FrameTag.HELLO, noise),
        frame(FrameTag.HELLO, bytesOf("null")),
        frame(FrameTag.HELLO, bytesOf('{"__proto__":1}')),
        frame(FrameTag.HELLO, hello, 2 ** 32 - 1),
        frame(FrameTag.HELLO, Buffer.alloc(5000, " ")),
        frame(FrameTag.CLOSE, noise),
        // Cut off in the middle.
        frame(FrameTag.HELLO, hello).subarray(0, Math.floor(random() * (8 + hello.length))),
      ];
      bare.end(nonsense[round % nonsense.length]!);
      await new Promise((resolve) => bare.on("close", resolve));
    }
    assert.equal(links.length, 0);
    assert.equal(refused.length, rounds);
    const good = connect(port, "127.0.0.1");
    good.write(frame(FrameTag.HELLO, bytesOf('{"protocol":"test 1"}')));
    const [answer] = (await new Promise((resolve) => good.once("data", (chunk) => resolve([chunk])))) as [
      Buffer,
    ];
    assert.equal(answer.toString("utf8", 8), '{"protocol":"test 1"}');
    assert.equal(links.length, 1);
    good.destroy();
    await server.close("the test is over");
  });
});
