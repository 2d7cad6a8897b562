/** The WebSocket side: which path is which, liveness, shutdown. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { Gauge, type Registry } from "prom-client";
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { toMs } from "../endpoint.js";
import type { AddressOf } from "../session/client-address.js";
import { ApiConnection, type ApiParts } from "./api-connection.js";
import { ClientSocket, CloseReason } from "./client-socket.js";
import { StreamConnection } from "./stream-connection.js";
import { StreamHub, Wrapping } from "./stream-hub.js";

/** Bytes of a message. Subscribing to 1,024 streams by one message needs more than an order does. */
const MESSAGE_BYTES_MAX = 64 * 1024;
const FRAGMENTS_MAX = 64;
/** A client that was told goodbye and does not answer is cut: until then its bytes are still read, and dropped. */
const CLOSE_TIMEOUT_MS = 5_000;
const DAY_US = 86_400_000_000;
/** An API connection may send orders as fast as they are answered; this stops a flood that waits for nothing. */
const API_MESSAGES_MAX = 200_000;

/** `closeTimeout` is documented by `ws`, but its types don't know it yet. */
const SERVER_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  maxPayload: MESSAGE_BYTES_MAX,
  maxFragments: FRAGMENTS_MAX,
  perMessageDeflate: false,
  clientTracking: false,
  closeTimeout: CLOSE_TIMEOUT_MS,
};

export interface LivenessTimes {
  /** How often a client is pinged, so that connections that died silently are found. */
  readonly pingIntervalMs: number;
  /** A client that was not heard of for this long is cut. */
  readonly silenceMsMax: number;
}
export const LIVENESS_TIMES: LivenessTimes = { pingIntervalMs: 20_000, silenceMsMax: 60_000 };

interface Connection {
  onMessage(text: string): void;
  onClose(): void;
}

export class GatewaySockets {
  readonly #parts: ApiParts;
  readonly #server: WebSocketServer;
  readonly #hub: StreamHub;
  readonly #open = new Map<ClientSocket, Connection>();
  readonly #timer: NodeJS.Timeout;
  readonly #times: LivenessTimes;
  readonly #addressOf: AddressOf;
  readonly #stopRevocations: () => void;

  constructor(
    parts: ApiParts,
    http: Server,
    options: {
      readonly registry: Registry;
      readonly times: LivenessTimes;
      readonly addressOf: AddressOf;
    },
  ) {
    const { registry, times } = options;
    this.#parts = parts;
    this.#times = times;
    this.#addressOf = options.addressOf;
    this.#hub = new StreamHub(parts.context);
    this.#server = new WebSocketServer(SERVER_OPTIONS);
    http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#timer = setInterval(() => this.#checkLiveness(), times.pingIntervalMs);
    this.#timer.unref();
    this.#stopRevocations = parts.keys.onRevoke((apiKey) => {
      for (const connection of this.#apiConnections()) connection.onRevoked(apiKey);
    });
    const open = this.#open;
    const hub = this.#hub;
    new Gauge({
      name: "buttonwood_websocket_connections",
      help: "Open WebSocket connections.",
      registers: [registry],
      collect() {
        this.set(open.size);
      },
    });
    new Gauge({
      name: "buttonwood_websocket_streams",
      help: "Streams that at least one connection listens to.",
      registers: [registry],
      collect() {
        this.set(hub.streams);
      },
    });
  }

  /** Ends the event streams of all accounts, after events were missed. */
  terminateUserStreams(): void {
    for (const connection of this.#apiConnections()) connection.terminateStreams();
  }

  /** Says goodbye to every client and closes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopRevocations();
    const goodbye = `{"e":"serverShutdown","E":${toMs(this.#parts.context.clock.nowUs())}}`;
    for (const [socket, connection] of this.#open) {
      if (connection instanceof ApiConnection) connection.onShutdown();
      else socket.send(goodbye);
      socket.close(CloseReason.SHUTDOWN);
    }
    // Clients answer the closing handshake within a moment; those that don't are cut.
    const deadline = performance.now() + 1000;
    while (this.#open.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const socket of this.#open.keys()) socket.socket.terminate();
    this.#hub.close();
    this.#server.close();
  }

  *#apiConnections(): Iterable<ApiConnection> {
    for (const connection of this.#open.values()) if (connection instanceof ApiConnection) yield connection;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const opened = pathKind(path);
    if (opened === undefined) {
      // Node took its own listeners off the socket: an error of it would end the process.
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () =>
        socket.destroy(),
      );
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const address = this.#addressOf(request);
      const messagesMax = opened === "api" ? API_MESSAGES_MAX : undefined;
      const client = new ClientSocket(webSocket, socket, address, this.#parts.context.clock, messagesMax);
      this.#serve(webSocket, client, this.#connection(opened, path, query, client));
    });
  }

  #connection(opened: PathKind, path: string, query: string, client: ClientSocket): Connection {
    switch (opened) {
      case "api": {
        const shows = new URLSearchParams(query).get("returnRateLimits") !== "false";
        return new ApiConnection(this.#parts, client, shows);
      }
      case "raw": {
        const names = path.slice("/ws".length).split("/").filter(Boolean).map(decoded);
        return new StreamConnection(this.#hub, client, Wrapping.RAW, names);
      }
      case "combined": {
        const names = new URLSearchParams(query).get("streams")?.split("/").filter(Boolean) ?? [];
        return new StreamConnection(this.#hub, client, Wrapping.COMBINED, names);
      }
    }
  }

  #serve(webSocket: WebSocket, client: ClientSocket, connection: Connection): void {
    this.#open.set(client, connection);
    webSocket.on("message", (data: RawData, isBinary: boolean) => {
      if (client.isClosed || !client.takesMessage()) return;
      if (isBinary) {
        client.close(CloseReason.NOT_TEXT);
        return;
      }
      connection.onMessage((data as Buffer).toString("utf8"));
    });
    webSocket.on("pong", () => {
      client.heardUs = client.clock.nowUs();
    });
    // A ping is answered, so it counts as a message.
    webSocket.on("ping", () => {
      if (!client.isClosed) client.takesMessage();
    });
    // Protocol errors of the client; `ws` has closed the connection with the right code already.
    webSocket.on("error", () => undefined);
    webSocket.on("close", () => {
      client.markClosed();
      this.#open.delete(client);
      connection.onClose();
    });
  }

  #checkLiveness(): void {
    for (const client of this.#open.keys()) {
      const nowUs = client.clock.nowUs();
      if (nowUs - client.heardUs > this.#times.silenceMsMax * 1000) client.close(CloseReason.SILENT);
      else if (nowUs - client.openedUs > DAY_US) client.close(CloseReason.OLD);
      else client.socket.ping();
    }
  }
}

type PathKind = "api" | "raw" | "combined";

function pathKind(path: string): PathKind | undefined {
  if (path === "/ws-api/v3" || path === "/ws-api/v3/") return "api";
  if (path === "/ws" || path.startsWith("/ws/")) return "raw";
  if (path === "/stream" || path.startsWith("/stream/")) return "combined";
  return undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
