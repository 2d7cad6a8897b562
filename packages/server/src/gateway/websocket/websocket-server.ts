/** The WebSocket side: which path is which, liveness, shutdown. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Registry } from "prom-client";
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import type { Bans } from "../../platform/bans.js";
import { ignoreUpgrade } from "../../platform/ignored-upgrade.js";
import { toMs } from "../endpoint.js";
import { countedAs } from "../session/address-list.js";
import { namesUnlimited } from "../session/authentication.js";
import type { AddressOf } from "../session/client-address.js";
import { RateRefusal } from "../session/rate-refusal.js";
import { ApiConnection, type ApiParts } from "./api-connection.js";
import { ApiRequestMeters } from "./api-request-meters.js";
import { ClientSocket, CloseReason } from "./client-socket.js";
import { registerSocketMetrics, SocketCounts, type SocketMetricsSource } from "./socket-metrics.js";
import { StreamConnection } from "./stream-connection.js";
import { StreamHub, Wrapping } from "./stream-hub.js";

/** Bytes of a message. Subscribing to 1,024 streams by one message needs more than an order does. */
const MESSAGE_BYTES_MAX = 64 * 1024;
const FRAGMENTS_MAX = 64;
/** A client that was told goodbye and does not answer is cut: until then its bytes are still read, and dropped. */
const CLOSE_TIMEOUT_MS = 5_000;
const DAY_US = 86_400_000_000;
/** How often it is looked for keys that have expired, in ms: what they opened lives this much longer at most. */
const EXPIRY_CHECK_MS = 250;
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

/** Clients are pinged a part at a time: ten thousand pings and their answers at once take a third of a second. */
const PING_ROUNDS = 100;

export interface LivenessTimes {
  /** How often a client is pinged, so that connections that died silently are found. */
  readonly pingIntervalMs: number;
  /** A client that was not heard of for this long is cut. */
  readonly silenceMsMax: number;
}
export const LIVENESS_TIMES: LivenessTimes = { pingIntervalMs: 20_000, silenceMsMax: 60_000 };

interface Connection {
  /** Whether the connection is of a key for which no rate limits hold. */
  readonly isUnlimited: boolean;
  onMessage(text: string): void;
  onClose(): void;
}

export class GatewaySockets {
  readonly #parts: ApiParts;
  readonly #server: WebSocketServer;
  readonly #hub: StreamHub;
  readonly #open = new Map<ClientSocket, Connection>();
  /** The clients that are not yet checked this time. */
  #unchecked: Iterator<ClientSocket> = [].values();
  readonly #timer: NodeJS.Timeout;
  readonly #expiryTimer: NodeJS.Timeout;
  readonly #times: LivenessTimes;
  readonly #addressOf: AddressOf;
  readonly #stopListening: readonly (() => void)[];
  readonly #counts = new SocketCounts();
  readonly #requests: ApiRequestMeters;

  constructor(
    parts: ApiParts,
    http: Server,
    options: {
      readonly registry: Registry;
      readonly times: LivenessTimes;
      readonly addressOf: AddressOf;
      readonly bans: Bans;
    },
  ) {
    const { registry, times } = options;
    this.#parts = parts;
    this.#requests = new ApiRequestMeters(registry);
    this.#times = times;
    this.#addressOf = options.addressOf;
    this.#hub = new StreamHub(parts.context);
    this.#server = new WebSocketServer(SERVER_OPTIONS);
    this.attach(http);
    this.#timer = setInterval(() => this.#checkLiveness(), times.pingIntervalMs / PING_ROUNDS);
    this.#timer.unref();
    this.#expiryTimer = setInterval(() => {
      for (const connection of this.#apiConnections()) connection.endUnusable();
    }, EXPIRY_CHECK_MS);
    this.#expiryTimer.unref();
    this.#stopListening = [
      parts.keys.onChange((apiKey) => {
        for (const connection of this.#apiConnections()) connection.onKeyChange(apiKey);
      }),
      options.bans.onBan((source) => this.#closeOf(source)),
    ];
    registerSocketMetrics(registry, () => this.#metrics());
  }

  #metrics(): SocketMetricsSource {
    const api = (): ApiConnection[] => [...this.#apiConnections()];
    return {
      counts: this.#counts,
      connections: () => ({ api: api().length, streams: this.#open.size - api().length }),
      sessions: () => api().filter(({ isLoggedOn }) => isLoggedOn).length,
      userStreams: () => api().reduce((sum, { subscriptions }) => sum + subscriptions, 0),
      streams: () => this.#hub.streams,
      bufferedBytes: () =>
        [...this.#open.keys()].reduce((sum, { carrier }) => sum + carrier.writableLength, 0),
    };
  }

  /** Takes the WebSockets of a server. */
  attach(server: Pick<Server, "on" | "emit">): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (request.headers.upgrade?.toLowerCase() === "websocket") this.#upgrade(request, socket, head);
      else ignoreUpgrade(server, request, socket, head);
    });
  }

  /** Ends the event streams of all accounts, after events were missed. */
  terminateUserStreams(): void {
    for (const connection of this.#apiConnections()) connection.terminateStreams();
  }

  /** Says goodbye to every client and closes. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#expiryTimer);
    for (const stop of this.#stopListening) stop();
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

  /** Closes the connections of an address that was banned. */
  #closeOf(source: string): void {
    for (const [client, connection] of this.#open) {
      if (client.source === source && !connection.isUnlimited) client.close(CloseReason.BANNED);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const opened = pathKind(path);
    if (opened === undefined) {
      refuseUpgrade(socket, "404 Not Found");
      return;
    }
    const address = this.#addressOf(request);
    const source = countedAs(address);
    const { keys, context } = this.#parts;
    const named = request.headers["x-mbx-apikey"];
    const openedBy = typeof named === "string" ? named : undefined;
    const isUnlimited = namesUnlimited(keys, openedBy, address, context.clock);
    try {
      if (!isUnlimited) context.limiter.connect(source);
    } catch (error) {
      if (!(error instanceof RateRefusal)) throw error;
      context.limiter.struck(source, error);
      const { entry, body, retryAfterSeconds } = error;
      const status = entry.status === 418 ? "418 I'm a Teapot" : "429 Too Many Requests";
      refuseUpgrade(socket, status, body, `Retry-After: ${retryAfterSeconds}\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const messagesMax = opened === "api" ? API_MESSAGES_MAX : undefined;
      const client = new ClientSocket(webSocket, socket, address, this.#parts.context.clock, messagesMax);
      this.#serve(
        webSocket,
        client,
        this.#connection({ opened, path, query, openedBy, isUnlimited }, client),
      );
    });
  }

  #connection({ opened, path, query, openedBy, isUnlimited }: Opening, client: ClientSocket): Connection {
    switch (opened) {
      case "api": {
        const showsLimits = new URLSearchParams(query).get("returnRateLimits") !== "false";
        return new ApiConnection(this.#parts, client, {
          showsLimits,
          openedBy,
          requests: this.#requests,
        });
      }
      case "raw": {
        const names = path.slice("/ws".length).split("/").filter(Boolean).map(decoded);
        return new StreamConnection(this.#hub, client, { wrapping: Wrapping.RAW, names, isUnlimited });
      }
      case "combined": {
        const names = new URLSearchParams(query).get("streams")?.split("/").filter(Boolean) ?? [];
        return new StreamConnection(this.#hub, client, { wrapping: Wrapping.COMBINED, names, isUnlimited });
      }
    }
  }

  #serve(webSocket: WebSocket, client: ClientSocket, connection: Connection): void {
    this.#open.set(client, connection);
    this.#counts.opened++;
    webSocket.on("message", (data: RawData, isBinary: boolean) => {
      this.#counts.received++;
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
    webSocket.on("close", (code: number) => {
      // One that is cut does not answer with the code that it was told.
      this.#counts.close(client.closedWith ?? code);
      client.markClosed();
      this.#open.delete(client);
      connection.onClose();
    });
  }

  /** Checks the next part of the clients. What comes or goes meanwhile, the map's iterator takes in its stride. */
  #checkLiveness(): void {
    for (let count = Math.ceil(this.#open.size / PING_ROUNDS); count > 0; count--) {
      let next = this.#unchecked.next();
      if (next.done) {
        this.#unchecked = this.#open.keys();
        next = this.#unchecked.next();
        if (next.done) return;
      }
      const client = next.value;
      const nowUs = client.clock.nowUs();
      if (nowUs - client.heardUs > this.#times.silenceMsMax * 1000) client.close(CloseReason.SILENT);
      else if (nowUs - client.openedUs > DAY_US) client.close(CloseReason.OLD);
      else client.socket.ping();
    }
  }
}

type PathKind = "api" | "raw" | "combined";

/** How a connection was asked for. */
interface Opening {
  readonly opened: PathKind;
  readonly path: string;
  readonly query: string;
  /** The key that was named with it. */
  readonly openedBy: string | undefined;
  readonly isUnlimited: boolean;
}

function refuseUpgrade(socket: Duplex, status: string, body = "", headers = ""): void {
  // Node took its own listeners off the socket: an error of it would end the process.
  socket.on("error", () => socket.destroy());
  const type = body === "" ? "" : "Content-Type: application/json;charset=UTF-8\r\n";
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${type}${headers}Content-Length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

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
