import { deserialize, serialize } from "node:v8";
import type { FeedBatch } from "../../feed/port.js";
import type { Address } from "../../platform/address.js";
import { FrameServer, type FrameServerOptions } from "../../platform/frame-server.js";
import type { FrameLink, FrameListener } from "../../platform/framing.js";
import type { TlsCredentials } from "../../platform/tls-credentials.js";
import { type EngineHost, NotLeadingError, type ReplySink } from "../engine-host.js";
import type { EngineQuery } from "../engine-port.js";
import { GroupOffsets } from "../group-offsets.js";
import {
  BODY_AT,
  ENGINE_FRAME_BYTES_MAX,
  EngineFrame,
  engineFrame,
  engineHello,
  filledFrame,
  PREFIX_BYTES,
  readPrefix,
  refusedFrame,
} from "./frames.js";

/** Bytes of answers that one gateway may leave unread; then it is cut, connects again and asks again. */
const UNREAD_BYTES_MAX = 32 * 1024 * 1024;

export interface SocketServerOptions {
  readonly address: Address;
  readonly tls?: TlsCredentials | undefined;
  readonly partition: number;
  /** Hash of the partition map that this engine works with. */
  readonly mapHash: string;
  readonly unreadBytesMax?: number;
  /** A gateway was turned away: another partition or map, a certificate that is not trusted. */
  readonly onRefused?: ((remote: string, error: Error) => void) | undefined;
  /** Takes connections; the simulator has its own. */
  readonly listen?: ((options: FrameServerOptions) => Promise<Listening>) | undefined;
}

/** What is left to do with a server that listens. */
export type Listening = Pick<FrameServer, keyof FrameServer>;

/** The engine's end of sockets to gateways. Each gateway gets the groups of its own commands and no others. */
export class SocketServer {
  readonly #server: Listening;
  readonly #gateways: Set<Gateway>;

  private constructor(server: Listening, gateways: Set<Gateway>) {
    this.#server = server;
    this.#gateways = gateways;
  }

  /** Listens. Rejects with the system's error when the address is taken. */
  static async listen(host: EngineHost, options: SocketServerOptions): Promise<SocketServer> {
    const offsets = new GroupOffsets();
    const gateways = new Set<Gateway>();
    const listen = options.listen ?? FrameServer.listen;
    const server = await listen({
      address: options.address,
      tls: options.tls,
      hello: engineHello(options.partition, options.mapHash),
      limits: {
        frameBytesMax: ENGINE_FRAME_BYTES_MAX,
        unsentBytesMax: options.unreadBytesMax ?? UNREAD_BYTES_MAX,
      },
      onLink: (link) => {
        const gateway = new Gateway(link, host, offsets, () => gateways.delete(gateway));
        gateways.add(gateway);
        link.listen(gateway);
      },
      onRefused: options.onRefused,
    });
    return new SocketServer(server, gateways);
  }

  /** Where it listens, as gateways must write it. */
  get address(): string {
    return this.#server.address;
  }

  /** Gateways that are connected. */
  get connections(): number {
    return this.#gateways.size;
  }

  /**
   * Ends every connection there is, when the engine leads no more and has answered all that it took: gateways send
   * what is not answered to the next leader. Goes on to listen: who comes by mistake is sent on.
   */
  turnAway(reason: string): void {
    for (const gateway of this.#gateways) gateway.turnAway(reason);
  }

  /**
   * Takes nothing more and tells the gateways why. `isSettled` says that the engine has answered all that it took (its
   * `close` has resolved): then what is not answered was not taken, and gateways send it to the next leader. Without
   * it they must fear that it was.
   */
  close(reason: string, options: { readonly isSettled: boolean }): Promise<void> {
    if (options.isSettled) for (const gateway of this.#gateways) gateway.settle();
    return this.#server.close(reason);
  }
}

class Gateway implements ReplySink, FrameListener {
  readonly #link: FrameLink;
  readonly #host: EngineHost;
  readonly #offsets: GroupOffsets;
  readonly #onClosed: () => void;
  /** Takes no more commands. */
  #isDone = false;

  constructor(link: FrameLink, host: EngineHost, offsets: GroupOffsets, onClosed: () => void) {
    this.#link = link;
    this.#host = host;
    this.#offsets = offsets;
    this.#onClosed = onClosed;
  }

  settle(): void {
    this.#isDone = true;
    this.#link.post(engineFrame(EngineFrame.SETTLED, 0, 0, 0));
  }

  turnAway(reason: string): void {
    this.settle();
    this.#link.close(reason);
  }

  frame(tag: number, payload: Uint8Array): void {
    try {
      this.#receive(tag, payload);
    } catch (error) {
      this.#link.close(`the gateway sent what can't be read: ${(error as Error).message}`);
    }
  }

  closed(): void {
    this.#isDone = true;
    this.#onClosed();
  }

  reply(batch: FeedBatch, runs: readonly number[]): void {
    if (this.#isDone) return;
    const offsets = this.#offsets.of(batch);
    const runCount = runs.length / 3;
    let words = 0;
    for (let i = 0; i < runs.length; i += 3)
      words += offsets[runs[i + 1]! + runs[i + 2]!]! - offsets[runs[i + 1]!]!;
    const bodyBytes = 8 * runCount + 4 * words;
    const frame = engineFrame(EngineFrame.REPLY, runCount, 0, bodyBytes);
    let runAt = BODY_AT;
    let groupsAt = BODY_AT + 8 * runCount;
    for (let i = 0; i < runs.length; i += 3) {
      frame.writeUInt32LE(runs[i]!, runAt);
      frame.writeUInt32LE(runs[i + 2]!, runAt + 4);
      runAt += 8;
      const groups = batch.events.u8.subarray(
        4 * offsets[runs[i + 1]!]!,
        4 * offsets[runs[i + 1]! + runs[i + 2]!]!,
      );
      frame.set(groups, groupsAt);
      groupsAt += groups.byteLength;
    }
    this.#post(frame);
  }

  /** One answer that is too large ends this connection, not the engine. */
  #post(frame: Buffer): void {
    try {
      this.#link.post(frame);
    } catch (error) {
      this.#link.close((error as Error).message);
    }
  }

  #receive(tag: number, payload: Uint8Array): void {
    const [number] = readPrefix(payload);
    const body = payload.subarray(PREFIX_BYTES);
    switch (tag) {
      case EngineFrame.COMMANDS: {
        if (this.#isDone) return;
        const taken = this.#host.offer({ number, commands: body, sink: this });
        if (taken === "elsewhere") this.turnAway("this engine does not lead its partition");
        else if (taken !== "taken") this.#post(refusedFrame(number, taken));
        return;
      }
      case EngineFrame.QUERY:
        this.#host.query(deserialize(body) as EngineQuery).then(
          (answer) => this.#post(filledFrame(EngineFrame.ANSWER, number, 0, serialize(answer))),
          (error: Error) => {
            if (error instanceof NotLeadingError) this.turnAway(error.message);
            else this.#post(filledFrame(EngineFrame.FAILED, number, 0, Buffer.from(error.message)));
          },
        );
        return;
      default:
        throw new RangeError(`there is no frame ${tag}`);
    }
  }
}
