import { deserialize, serialize } from "node:v8";
import { WordBuffer } from "@buttonwood/protocol";
import { dialFrames } from "../../platform/frame-dial.js";
import type { FrameLink } from "../../platform/framing.js";
import type { Hello } from "../../platform/hello.js";
import type { TlsCredentials } from "../../platform/tls-credentials.js";
import type { EngineLink, EngineLinkListener } from "../engine-link.js";
import type { EngineQuery } from "../engine-port.js";
import { RemoteEngineClient, type RemoteEngineClientOptions } from "../remote-engine-client.js";
import {
  ENGINE_FRAME_BYTES_MAX,
  EngineFrame,
  engineHello,
  filledFrame,
  PREFIX_BYTES,
  readPrefix,
  refusalOf,
} from "./frames.js";

export interface SocketClientOptions extends RemoteEngineClientOptions {
  readonly partition: number;
  /** Hash of the partition map that this process works with. */
  readonly mapHash: string;
  /** Where the partition's leader takes commands, as `parseAddress` reads it: asked before each attempt to connect. */
  readonly findLeader: () => Promise<string>;
  readonly tls?: TlsCredentials | undefined;
  /** Connects and says hello; the simulator has its own. */
  readonly dial?: ((address: string, hello: Hello) => Promise<FrameLink>) | undefined;
}

/** A gateway's connection to the engine of a partition over a socket; see {@link RemoteEngineClient}. */
export class SocketClient extends RemoteEngineClient {
  constructor(options: SocketClientOptions) {
    const limits = { frameBytesMax: ENGINE_FRAME_BYTES_MAX };
    const dial =
      options.dial ?? ((address, hello) => dialFrames(address, { tls: options.tls, hello, limits }));
    const hello = engineHello(options.partition, options.mapHash);
    super(async () => new SocketEngineLink(await dial(await options.findLeader(), hello)), options);
  }
}

class SocketEngineLink implements EngineLink {
  readonly #link: FrameLink;

  constructor(link: FrameLink) {
    this.#link = link;
  }

  listen(listener: EngineLinkListener): void {
    this.#link.listen({
      frame: (tag, payload) => {
        try {
          receive(listener, tag, payload);
        } catch (error) {
          this.#link.close(`the engine sent what can't be read: ${(error as Error).message}`);
        }
      },
      closed: (reason) => listener.closed(reason),
    });
  }

  sendCommands(number: number, commands: Uint8Array): void {
    this.#link.post(filledFrame(EngineFrame.COMMANDS, number, 0, commands));
  }

  sendQuery(id: number, query: EngineQuery): void {
    this.#link.post(filledFrame(EngineFrame.QUERY, id, 0, serialize(query)));
  }

  close(reason: string): void {
    this.#link.close(reason);
  }
}

function receive(listener: EngineLinkListener, tag: number, payload: Uint8Array): void {
  const [first, second] = readPrefix(payload);
  switch (tag) {
    case EngineFrame.REPLY: {
      const words = WordBuffer.over(payload as Uint8Array<ArrayBuffer>);
      const groupsAt = 2 + 2 * first;
      if (groupsAt > words.length) throw new RangeError("an answer's runs are not whole");
      listener.replied(words.i32.subarray(2, groupsAt), words, groupsAt);
      return;
    }
    case EngineFrame.REFUSED:
      listener.refused(first, refusalOf(second));
      return;
    case EngineFrame.ANSWER:
      listener.answered(first, deserialize(payload.subarray(PREFIX_BYTES)));
      return;
    case EngineFrame.FAILED:
      listener.failed(first, Buffer.from(payload.subarray(PREFIX_BYTES)).toString());
      return;
    case EngineFrame.SETTLED:
      listener.settled();
      return;
    default:
      throw new RangeError(`there is no frame ${tag}`);
  }
}
