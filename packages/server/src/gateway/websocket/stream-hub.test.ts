import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import type { MarketDataMessage, PublicTrade } from "../../feed/market-data-port.js";
import { systemClock } from "../../platform/clock.js";
import type { GatewayContext } from "../endpoint.js";
import { ClientSocket, CloseReason } from "./client-socket.js";
import { StreamHub, Wrapping } from "./stream-hub.js";

const MARKET = {
  market: 0,
  symbolJson: '"AAA"',
  priceText: (ticks: number) => String(ticks),
  quantityText: (lots: number) => String(lots),
};

function hubWithSource(): { hub: StreamHub; tell: (message: object) => void } {
  const listeners = new Set<(message: MarketDataMessage) => void>();
  const context = {
    clock: systemClock,
    catalog: { markets: [MARKET], marketOfStream: (name: string) => (name === "aaa" ? MARKET : undefined) },
    marketData: {
      subscribe(_market: number, _topic: string, onMessage: (message: MarketDataMessage) => void) {
        listeners.add(onMessage);
        return () => listeners.delete(onMessage);
      },
    },
  };
  const tell = (message: object): void => {
    for (const listener of listeners) listener(message as MarketDataMessage);
  };
  return { hub: new StreamHub(context as unknown as GatewayContext), tell };
}

/** A client that has joined a stream, what it was sent, and how it was closed. */
function joined(hub: StreamHub, stream: string) {
  let bytes = "";
  const closed: (readonly [number, string])[] = [];
  const socket = {
    readyState: WebSocket.OPEN,
    close: (code: number, reason: string) => closed.push([code, reason]),
  };
  const carrier = new PassThrough();
  carrier.on("data", (chunk: Buffer) => {
    bytes += chunk.toString();
  });
  hub.add(stream, new ClientSocket(socket as unknown as WebSocket, carrier, "", systemClock), Wrapping.RAW);
  /** All messages, at the end of this turn of the event loop. */
  const sent = async (): Promise<string[]> => {
    for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
    return bytes.match(/\{"e":[^}]*\}/g) ?? [];
  };
  return { sent, closed };
}

const depth = (firstUpdateId: number, lastUpdateId: number): object => ({
  kind: "depth",
  timeUs: 0,
  firstUpdateId,
  lastUpdateId,
  bids: [],
  asks: [],
});
const orders = (firstUpdateId: number, lastUpdateId: number): object => ({
  ...depth(firstUpdateId, lastUpdateId),
  kind: "depthOrders",
  removed: [],
  changed: [],
});
const trades = (...ids: number[]): object => ({
  kind: "trade",
  trades: ids.map(
    (tradeId): PublicTrade => ({
      tradeId,
      priceTicks: 1,
      lots: 1,
      timeUs: 0,
      buyOrderId: 4,
      sellOrderId: 8,
      buyerIsMaker: true,
    }),
  ),
});

describe("a stream of numbered messages of which some were missed", () => {
  for (const [stream, messages, hole] of [
    ["aaa@depth@100ms", [depth(5, 7), depth(8, 8)], depth(10, 11)],
    ["aaa@depthOrders", [orders(5, 7), orders(8, 8)], orders(10, 11)],
    ["aaa@trade", [trades(5, 6), trades(7)], trades(9)],
    ["aaa@aggTrade", [trades(5, 6), trades(7)], trades(9)],
  ] as const) {
    it(`${stream}: ends with a reason before the hole, and is whole for who connects again`, async () => {
      const { hub, tell } = hubWithSource();
      const client = joined(hub, stream);
      for (const message of messages) tell(message);
      assert.deepEqual(client.closed, []);
      const before = await client.sent();
      assert.ok(before.length > 1);
      tell(hole);
      assert.deepEqual(client.closed, [[1001, CloseReason.MISSED]]);
      assert.deepEqual(await client.sent(), before, "nothing comes after the hole");
      const again = joined(hub, stream);
      const next = { "aaa@depthOrders": orders(12, 12), "aaa@depth@100ms": depth(12, 12) };
      tell(next[stream as keyof typeof next] ?? trades(10));
      assert.deepEqual(again.closed, []);
      assert.equal((await again.sent()).length, 1);
    });
  }

  it("aaa@depth, merged over a second: what was gathered before the hole is not told with what came after", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const { hub, tell } = hubWithSource();
    const client = joined(hub, "aaa@depth");
    tell(depth(5, 7));
    tell(depth(9, 9));
    assert.deepEqual(client.closed, [[1001, CloseReason.MISSED]]);
    const again = joined(hub, "aaa@depth");
    t.mock.timers.tick(1_000);
    assert.match((await again.sent())[0]!, /"U":9,"u":9/);
    hub.close();
  });
});
