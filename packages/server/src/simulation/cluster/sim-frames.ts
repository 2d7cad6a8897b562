import type { FrameServerOptions } from "../../platform/frame-server.js";
import { FRAME_HEADER_BYTES, type FrameLink, type FrameListener, newFrame } from "../../platform/framing.js";
import { type Hello, HelloMismatchError } from "../../platform/hello.js";
import type { Listening } from "../../transport/socket/socket-server.js";
import type { Host } from "./host.js";
import type { Network, Wire } from "./network.js";

type Message =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "frame"; readonly tag: number; readonly payload: Uint8Array }
  | { readonly kind: "close"; readonly reason: string };

/** One that never says hello holds no connection, in µs. */
const HELLO_US_MAX = 600_000;

/** Connects to an address where frames are taken, as `dialFrames` does. */
export async function dialFrames(
  network: Network,
  host: Host,
  address: string,
  hello: Hello,
): Promise<FrameLink> {
  const process = host.process!;
  const wire = await network.connect(host, address);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      cancel();
      wire.close();
      reject(error);
    };
    const cancel = process.after(HELLO_US_MAX, () => fail(new Error(`${address}: no hello`)));
    wire.listen<Message>(
      (message) => {
        if (message.kind !== "hello") {
          fail(new HelloMismatchError(message.kind === "close" ? message.reason : "no hello"));
          return;
        }
        cancel();
        resolve(new SimFrameLink(wire, address));
      },
      () => fail(new Error(`${address}: the connection was closed`)),
    );
    wire.send({ kind: "hello", hello } satisfies Message);
  });
}

/** Takes connections of frames for the host's process, as `FrameServer.listen` does. */
export function frameListener(network: Network, host: Host, options: { readonly checksHello: boolean }) {
  return async ({ address, hello, onLink, onRefused }: FrameServerOptions): Promise<Listening> => {
    const name = "path" in address ? address.path : `${address.host}:${address.port}`;
    const links = new Set<SimFrameLink>();
    const stop = network.listen(host, name, (wire) => {
      wire.listen<Message>(
        (message) => {
          if (message.kind !== "hello") return;
          if (options.checksHello && !sameHello(message.hello, hello)) {
            wire.send({ kind: "close", reason: "client and server do not fit together" } satisfies Message);
            wire.close();
            onRefused?.(wire.other.host.name, new HelloMismatchError("the hellos differ"));
            return;
          }
          wire.send({ kind: "hello", hello } satisfies Message);
          const link = new SimFrameLink(wire, wire.other.host.name, () => links.delete(link));
          links.add(link);
          onLink(link);
        },
        () => {},
      );
    });
    return {
      address: name,
      async close(reason) {
        stop();
        for (const link of [...links]) link.close(reason);
      },
    };
  };
}

function sameHello(one: Hello, other: Hello): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => one[key] === other[key]);
}

/** Frames over a simulated connection. */
class SimFrameLink implements FrameLink {
  readonly remote: string;
  readonly unsentBytes = 0;
  readonly #wire: Wire;
  readonly #early: { readonly tag: number; readonly payload: Uint8Array }[] = [];
  #listener: FrameListener | undefined;
  #closed: string | undefined;
  readonly #onClosed: () => void;

  constructor(wire: Wire, remote: string, onClosed: () => void = () => {}) {
    this.remote = remote;
    this.#wire = wire;
    this.#onClosed = onClosed;
    wire.listen<Message>(
      (message) => this.#take(message),
      () => this.#end("the connection was lost"),
    );
  }

  listen(listener: FrameListener): void {
    this.#listener = listener;
    for (const { tag, payload } of this.#early.splice(0)) listener.frame(tag, payload);
    if (this.#closed !== undefined) listener.closed(this.#closed);
  }

  pause(): void {
    this.#listener = undefined;
  }

  send(tag: number, payload: Uint8Array): void {
    const frame = newFrame(tag, payload.byteLength);
    frame.set(payload, FRAME_HEADER_BYTES);
    this.post(frame);
  }

  post(frame: Buffer): void {
    if (this.#closed !== undefined) return;
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    this.#wire.send({ kind: "frame", tag: frame.readUInt32LE(4), payload } satisfies Message);
  }

  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#wire.send({ kind: "close", reason } satisfies Message);
    this.#wire.close();
    this.#end(reason);
  }

  #take(message: Message): void {
    switch (message.kind) {
      case "hello":
        return;
      case "close":
        this.#wire.close();
        this.#end(`the other side has closed the connection: ${message.reason}`);
        return;
      case "frame": {
        const { tag, payload } = message;
        if (this.#listener === undefined) this.#early.push({ tag, payload });
        else this.#listener.frame(tag, payload);
      }
    }
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#onClosed();
    this.#listener?.closed(reason);
  }
}
