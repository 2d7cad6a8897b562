import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { decodeEvent, eventWords, ResultEvent, Side, type WordBuffer } from "@buttonwood/protocol";
import type { MarketDataMessage } from "../feed/market-data-port.js";
import type { MessageEnd } from "../platform/message-end.js";
import type { SocketChannel } from "../platform/socket-channel.js";
import type { ProjectionClient } from "./projection-client.js";
import { listenForGateways, ProjectionLink, type ProjectionServerOptions } from "./projection-socket.js";
import type { RunningProjection } from "./run-projection.js";
import { SqliteTables } from "./sqlite/sqlite-tables.js";
import { type EventLog, testOrder } from "./testing/event-log.js";
import { done } from "./testing/projection-fixture.js";
import { type RunningParts, runProjections } from "./testing/running-projection.js";

const UNREAD_BYTES_MAX = 1 << 20;
const peers = { partition: 2, mapHash: "abc" };

/** What a gateway was told. */
interface Told {
  readonly link: ProjectionLink;
  readonly client: ProjectionClient;
  /** `sequence: kind of event …` of every group. */
  readonly groups: string[];
  readonly gaps: string[];
  readonly marketData: string[];
}

interface Cluster extends RunningParts {
  readonly address: string;
  readonly channels: SocketChannel[];
  /** Connects a gateway and begins to follow. */
  readonly connect: (address?: string) => Promise<Told>;
  running: RunningProjection | undefined;
}

/** A projection that is served over a socket to several gateways. */
async function served(
  run: (cluster: Cluster) => Promise<void>,
  options: Partial<ProjectionServerOptions> = {},
): Promise<void> {
  await runProjections(SqliteTables.open, async (parts) => {
    const channels: SocketChannel[] = [];
    const links: ProjectionLink[] = [];
    const server = await listenForGateways({
      ...peers,
      address: { host: "127.0.0.1", port: 0 },
      projection: () => {
        const { running } = cluster;
        if (running === undefined) return undefined;
        return {
          attach(channel: MessageEnd) {
            channels.push(channel as SocketChannel);
            running.attach(channel);
          },
        };
      },
      ...options,
    });
    const cluster: Cluster = {
      ...parts,
      address: server.address,
      channels,
      running: undefined,
      async connect(address = server.address) {
        const link = new ProjectionLink({ ...peers, address });
        links.push(link);
        const told: Told = { link, client: link.client, groups: [], gaps: [], marketData: [] };
        follow(told);
        await until(() => told.gaps.length > 0);
        return told;
      },
    };
    try {
      await run(cluster);
    } finally {
      for (const link of links) link.close();
      await server.close("the test is over");
    }
  });
}

function follow({ client, groups, gaps }: Told): void {
  client.follow({
    onGroups: (events) => groups.push(...described(events)),
    onGap: (why) => gaps.push(why),
  });
}

function described(events: WordBuffer): string[] {
  const groups: string[] = [];
  for (let at = 0; at < events.length; ) {
    const end = at + events.i32[at + ResultEvent.GROUP_WORDS]!;
    const kinds: string[] = [];
    for (let inner = at; inner < end; inner += eventWords(events, inner)) {
      kinds.push(decodeEvent(events, inner).kind);
    }
    groups.push(`${events.f64[(at + ResultEvent.SEQUENCE) >> 1]}: ${kinds.slice(1).join(" ")}`);
    at = end;
  }
  return groups;
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Resolves when the gateway has got all that was sent to it. */
async function settled({ client }: Told, log: EventLog): Promise<void> {
  while ((await client.position()) < log.sequence);
}

/** Carries connections on, until nothing more of what the server sends comes through. */
class Valve {
  readonly #sockets: Socket[] = [];
  readonly #upstream: Socket[] = [];
  readonly #server;
  #isShut = false;

  constructor(target: string) {
    const port = Number(target.split(":")[1]);
    this.#server = createServer((socket) => {
      const up = connect(port, "127.0.0.1");
      for (const end of [socket, up]) end.on("error", () => {});
      socket.pipe(up);
      if (!this.#isShut) up.pipe(socket);
      up.on("close", () => socket.destroy());
      socket.on("close", () => up.destroy());
      this.#sockets.push(socket);
      this.#upstream.push(up);
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets new connections through again. */
  open(): void {
    this.#isShut = false;
  }

  shut(): void {
    this.#isShut = true;
    for (const up of this.#upstream) {
      up.unpipe();
      up.pause();
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of [...this.#sockets, ...this.#upstream]) socket.destroy();
  }
}

function listen(told: Told, market: number, topic: "trade" | "bookTicker"): () => void {
  return told.client.subscribe(market, topic, (message: MarketDataMessage) => {
    told.marketData.push(`${message.kind} ${message.market}`);
  });
}

/** Account 1 sells to account 2. */
function trade(log: EventLog, tradeId: number): void {
  log.begin();
  const maker = done(log.sequence * 4, 1, Side.SELL, 1000, 1);
  const taker = done(log.sequence * 4 + 1, 2, Side.BUY, 1000, 1);
  log.trade(tradeId, 1000, 1, maker, taker);
}

function place(log: EventLog, account: number): void {
  log
    .begin()
    .accepted(testOrder({ orderId: log.sequence * 4, account }))
    .level(Side.BUY, 1000, log.sequence);
}

describe("a projection's gateways", () => {
  it("get what their own clients listen to, and nothing else", () =>
    served(async (cluster) => {
      const { log, stream, start } = cluster;
      log.listings();
      stream.append(log.batch());
      cluster.running = await start();
      const [one, two] = [await cluster.connect(), await cluster.connect()];
      const stop = listen(one, 0, "trade");
      listen(two, 0, "trade");
      listen(two, 0, "bookTicker");
      await settled(one, log);
      await settled(two, log);
      trade(log, 1);
      place(log, 3);
      stream.append(log.batch());
      await settled(one, log);
      await settled(two, log);
      assert.deepEqual(one.marketData, ["trade 0"]);
      assert.deepEqual(two.marketData, ["trade 0", "bookTicker 0"]);
      stop();
      await settled(one, log);
      trade(log, 2);
      stream.append(log.batch());
      await settled(one, log);
      await settled(two, log);
      assert.deepEqual(one.marketData, ["trade 0"]);
      assert.deepEqual(two.marketData, ["trade 0", "bookTicker 0", "trade 0"]);
    }));

  it("are told of every listing, and of what happens to the accounts they watch", () =>
    served(async (cluster) => {
      const { log, stream, start } = cluster;
      log.listings();
      stream.append(log.batch());
      cluster.running = await start();
      const [one, two] = [await cluster.connect(), await cluster.connect()];
      await one.client.watch(1);
      await two.client.watch(2);
      await two.client.watch(3);
      place(log, 1);
      place(log, 9);
      trade(log, 1);
      place(log, 3);
      place(log, 3);
      stream.append(log.batch());
      log.listings({ market: 1, symbol: "ETHUSDT" });
      stream.append(log.batch());
      await settled(one, log);
      await settled(two, log);
      const listings = ["9: ASSET_LISTED", "10: ASSET_LISTED", "11: MARKET_LISTED"];
      const fills = "6: ORDER_FILLED ORDER_FILLED";
      assert.deepEqual(one.groups.splice(0), ["4: ORDER_ACCEPTED LEVEL", fills, ...listings]);
      assert.deepEqual(two.groups.splice(0), [
        fills,
        "7: ORDER_ACCEPTED LEVEL",
        "8: ORDER_ACCEPTED LEVEL",
        ...listings,
      ]);
      two.client.unwatch(2);
      await settled(two, log);
      trade(log, 2);
      stream.append(log.batch());
      await settled(one, log);
      await settled(two, log);
      assert.deepEqual([one.groups, two.groups], [["12: ORDER_FILLED ORDER_FILLED"], []]);
    }));

  it("know when they may have missed something: a lost connection, a projection that is started again", () =>
    served(async (cluster) => {
      const { log, stream, start } = cluster;
      log.listings();
      stream.append(log.batch());
      cluster.running = await start();
      const gateway = await cluster.connect();
      listen(gateway, 0, "bookTicker");
      await gateway.client.watch(1);
      gateway.gaps.length = 0;
      cluster.channels[0]!.close();
      const lost = "the projection is lost";
      const followed = "the projection is followed from now on";
      await until(() => gateway.gaps.length === 2);
      assert.deepEqual(gateway.gaps, [lost, followed]);
      // Market data goes on by itself; what an account's client saw may have a hole, so that begins anew.
      place(log, 1);
      stream.append(log.batch());
      await settled(gateway, log);
      assert.deepEqual([gateway.marketData, gateway.groups], [["bookTicker 0"], []]);

      await gateway.client.watch(1);
      const { running } = cluster;
      cluster.running = undefined;
      await running!.close();
      await until(() => gateway.gaps.length === 3);
      await assert.rejects(gateway.client.watch(1), { name: "HistoryLagsError" });
      place(log, 1);
      stream.append(log.batch());
      cluster.running = await start();
      await until(() => gateway.gaps.length === 4);
      assert.deepEqual(gateway.gaps.slice(2), [lost, followed]);
      await gateway.client.watch(1);
      place(log, 1);
      stream.append(log.batch());
      await settled(gateway, log);
      assert.deepEqual(gateway.groups, ["6: ORDER_ACCEPTED LEVEL"]);
    }));

  it("row 20: are cut when they don't read what they are sent, and the others are not", () =>
    served(
      async (cluster) => {
        const { log, stream, start } = cluster;
        log.listings();
        stream.append(log.batch());
        cluster.running = await start();
        const valve = new Valve(cluster.address);
        const slow = await cluster.connect(await valve.listen());
        const quick = await cluster.connect();
        for (const gateway of [slow, quick]) {
          await gateway.client.watch(1);
          gateway.gaps.length = 0;
        }
        valve.shut();
        const channel = cluster.channels[0]!;
        let isCut = false;
        channel.on("close", () => {
          isCut = true;
        });
        const large = testOrder({ orderId: 4, account: 1 });
        while (!isCut) {
          log.begin();
          for (let i = 0; i < 1000; i++) log.canceled(large);
          stream.append(log.batch());
          await settled(quick, log);
          assert.ok(channel.unsentBytes < UNREAD_BYTES_MAX + (1 << 18), "what waits for it is bounded");
        }
        valve.open();
        assert.equal(quick.groups.length, log.sequence - 3);
        assert.deepEqual(quick.gaps, []);
        await until(() => slow.gaps.length === 2);
        valve.close();
      },
      { unreadBytesMax: UNREAD_BYTES_MAX },
    ));

  it("are refused when they belong to another partition or map", () => {
    const refusals: string[] = [];
    return served(
      async (cluster) => {
        cluster.running = await cluster.start();
        const notices: string[] = [];
        const other = new ProjectionLink({
          ...peers,
          mapHash: "other",
          address: cluster.address,
          onNotice: (level, text) => notices.push(`${level} ${text}`),
        });
        await until(() => notices.length > 0 && refusals.length > 0);
        other.close();
        assert.match(notices[0]!, /^warn partition 2: .* partition map is other at the client and abc at/);
        assert.match(refusals[0]!, /partition map is other/);
      },
      { onRefused: (_, error) => refusals.push(error.message) },
    );
  });
});
