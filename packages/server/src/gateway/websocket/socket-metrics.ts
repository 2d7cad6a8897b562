import type { Registry } from "prom-client";
import { addCounter, addGauge, addLabelledCounter, addLabelledGauge } from "../../platform/read-metrics.js";

/** Codes of closing that are told apart; a client may send any. */
const CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013,
]);

/** What has gone over the WebSockets of this process. Plain numbers: they are counted for every message. */
export const traffic = { messages: 0, bytes: 0 };

/** What happened to the connections of one gateway. */
export class SocketCounts {
  opened = 0;
  received = 0;
  readonly closed = new Map<string, number>();

  close(code: number): void {
    const name = CODES.has(code) ? String(code) : "other";
    this.closed.set(name, (this.closed.get(name) ?? 0) + 1);
  }
}

export interface SocketMetricsSource {
  readonly counts: SocketCounts;
  /** Open connections: those of the WebSocket API, and those of market data. */
  readonly connections: () => { readonly api: number; readonly streams: number };
  readonly sessions: () => number;
  readonly userStreams: () => number;
  readonly streams: () => number;
  /** Bytes that wait to be read by clients. */
  readonly bufferedBytes: () => number;
}

/** What `/metrics` tells of WebSockets. */
export function registerSocketMetrics(registry: Registry, source: () => SocketMetricsSource): void {
  addGauge(
    registry,
    { name: "buttonwood_websocket_connections", help: "Open WebSocket connections." },
    () => {
      const { api, streams } = source().connections();
      return api + streams;
    },
  );
  addLabelledGauge(
    registry,
    {
      name: "buttonwood_websocket_connections_by_kind",
      help: "Open WebSocket connections: those of the WebSocket API, and those of market-data streams.",
      label: "kind",
    },
    () => Object.entries(source().connections()),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_websocket_sessions",
      help: "Connections of the WebSocket API that are logged on.",
    },
    () => source().sessions(),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_websocket_user_streams",
      help: "Subscriptions to an account's own events.",
    },
    () => source().userStreams(),
  );
  addGauge(
    registry,
    {
      name: "buttonwood_websocket_streams",
      help: "Market-data streams that at least one connection listens to.",
    },
    () => source().streams(),
  );
  addCounter(
    registry,
    { name: "buttonwood_websocket_opened_total", help: "WebSocket connections that were opened." },
    () => source().counts.opened,
  );
  addLabelledCounter(
    registry,
    {
      name: "buttonwood_websocket_closed_total",
      help: "WebSocket connections that were closed, by code: 1008 are those closed from here for a fault of the client, 1006 those that broke.",
      label: "code",
    },
    () => source().counts.closed,
  );
  addCounter(
    registry,
    { name: "buttonwood_websocket_received_messages_total", help: "Messages received over WebSockets." },
    () => source().counts.received,
  );
  addCounter(
    registry,
    { name: "buttonwood_websocket_sent_messages_total", help: "Messages sent over WebSockets." },
    () => traffic.messages,
  );
  addCounter(
    registry,
    { name: "buttonwood_websocket_sent_bytes_total", help: "Bytes of the messages sent over WebSockets." },
    () => traffic.bytes,
  );
  addGauge(
    registry,
    {
      name: "buttonwood_websocket_buffered_bytes",
      help: "Bytes that wait for slow clients; a client for whom more than 4 MiB wait is cut.",
    },
    () => source().bufferedBytes(),
  );
}
