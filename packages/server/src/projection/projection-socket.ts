import type { Address } from "../platform/address.js";
import type { FrameServer } from "../platform/frame-server.js";
import type { Hello } from "../platform/hello.js";
import type { MessageEnd } from "../platform/message-end.js";
import { ChannelClient, listenChannels } from "../platform/socket-channel.js";
import type { TlsCredentials } from "../platform/tls-credentials.js";
import { ProjectionClient } from "./projection-client.js";

const PROTOCOL = "buttonwood projection 1";

/** Bytes that one gateway may leave unread; then it is cut, connects again and subscribes anew. */
const UNREAD_BYTES_MAX = 32 * 1024 * 1024;

/** Largest message: holds the groups of a whole batch of large sweeps. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** What gateways and the projection of a partition must agree on. */
export interface ProjectionPeers {
  readonly partition: number;
  /** Hash of the partition map. */
  readonly mapHash: string;
  readonly tls?: TlsCredentials | undefined;
}

const helloOf = ({ partition, mapHash }: ProjectionPeers): Hello => ({
  protocol: PROTOCOL,
  partition,
  "partition map": mapHash,
});

export interface ProjectionServerOptions extends ProjectionPeers {
  /** Port 0 = any that is free. */
  readonly address: Address;
  /** The projection that runs at the moment, if one does. A gateway that comes in between tries again. */
  readonly projection: () => { attach(gateway: MessageEnd): void } | undefined;
  readonly unreadBytesMax?: number;
  /** A gateway was turned away: another partition or map, a certificate that is not trusted. */
  readonly onRefused?: (remote: string, error: Error) => void;
}

/** Serves a projection to gateways in other processes. Rejects with the system's error when the address is taken. */
export function listenForGateways(options: ProjectionServerOptions): Promise<FrameServer> {
  return listenChannels({
    address: options.address,
    tls: options.tls,
    hello: helloOf(options),
    limits: {
      frameBytesMax: FRAME_BYTES_MAX,
      unsentBytesMax: options.unreadBytesMax ?? UNREAD_BYTES_MAX,
    },
    onChannel(channel) {
      const projection = options.projection();
      if (projection === undefined) channel.close();
      else projection.attach(channel);
    },
    ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
  });
}

export interface ProjectionLinkOptions extends ProjectionPeers {
  /** Where the projection listens, as `parseAddress` reads it. */
  readonly address: string;
  /** The projection is connected, or lost, or can't be reached: once for each change. */
  readonly onNotice?: (level: "info" | "warn", text: string) => void;
}

/** A gateway's connection to the projection of a partition: connects again until it is closed. */
export class ProjectionLink {
  /** Stays the same over all connections. */
  readonly client = new ProjectionClient();
  readonly #channels: ChannelClient;
  #notice = "";

  constructor(options: ProjectionLinkOptions) {
    const { partition, address, tls } = options;
    const notice = (level: "info" | "warn", text: string): void => {
      if (text === this.#notice) return;
      this.#notice = text;
      options.onNotice?.(level, `partition ${partition}: ${text}`);
    };
    this.#channels = new ChannelClient({
      findAddress: async () => address,
      hello: helloOf(options),
      tls,
      limits: { frameBytesMax: FRAME_BYTES_MAX },
      onConnect: (channel) => {
        this.client.attach(channel);
        notice("info", "the projection is connected");
      },
      onDisconnect: (reason) => {
        this.client.detach();
        notice("warn", `the projection is lost: ${reason}`);
      },
      onFailed: (error) => notice("warn", `the projection can't be reached: ${error.message}`),
    });
  }

  close(): void {
    this.#channels.close();
  }
}
