import type { RedisMachine } from "../../feed/redis/redis-machine.js";
import type { Cluster } from "../../platform/redis-connection.js";
import type { World } from "../world.js";
import type { Host } from "./host.js";

/** How often Redis fails, drawn per seed. Probabilities per command. */
export interface RedisRates {
  /** A command is not done, or done without an answer. */
  readonly failed: number;
  /** An entry is acknowledged and never kept. */
  readonly forgotten: number;
}

type Entry = readonly [id: string, fields: readonly Buffer[]];

/** What lies at a key's node: the master has it, and after a failover a part of it. */
interface Stream {
  entries: Entry[];
  /** Wakes those who wait for entries, when there are some or the node is lost. */
  waiting: (() => void)[];
}

/** A Redis Cluster as the feed knows it: it acknowledges what it may lose. */
export class SimRedis {
  readonly world: World;
  readonly rates: RedisRates;
  readonly #streams = new Map<string, Stream>();
  readonly #positions = new Map<string, Map<string, string>>();
  readonly #clients = new Set<SimRedisClient>();
  isDown = false;

  constructor(world: World, rates: RedisRates) {
    this.world = world;
    this.rates = rates;
  }

  /** How the host's process reaches it. */
  machine(host: Host): RedisMachine {
    const process = host.process!;
    const { random } = this.world;
    return {
      connect: (_access, { onError }) => {
        const client = new SimRedisClient(this, host, onError, () => this.#clients.delete(client));
        this.#clients.add(client);
        process.onKill(() => this.#clients.delete(client));
        // The feed calls only what this client has.
        return client as unknown as Cluster;
      },
      timers: host.timers,
      stopwatchMs: host.stopwatchMs,
      random: () => random.next(),
    };
  }

  stream(key: string): Stream {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = { entries: [], waiting: [] };
      this.#streams.set(key, stream);
    }
    return stream;
  }

  positions(key: string): Map<string, string> {
    let positions = this.#positions.get(key);
    if (positions === undefined) {
      positions = new Map();
      this.#positions.set(key, positions);
    }
    return positions;
  }

  remove(key: string): void {
    this.stream(key).entries = [];
    this.#positions.delete(key);
  }

  /** The masters die. Their replicas take over, without what they had not been sent yet. */
  failover(): void {
    if (this.isDown) return;
    const { random, scheduler } = this.world;
    this.isDown = true;
    this.world.trace("redis failover");
    for (const stream of this.#streams.values()) {
      stream.entries = stream.entries.slice(0, random.integer(0, stream.entries.length));
      for (const wake of stream.waiting.splice(0)) wake();
    }
    for (const client of this.#clients) client.onLost();
    scheduler.after(random.integer(1_000, 400_000), () => this.#recover());
  }

  #recover(): void {
    this.isDown = false;
    for (const client of this.#clients) client.onReady();
  }
}

/** A connection to it, with the commands that the feed uses. */
class SimRedisClient {
  status = "connecting";
  readonly #redis: SimRedis;
  readonly #host: Host;
  readonly #onError: (error: Error) => void;
  readonly #onDisconnect: () => void;
  #whenReady: () => void = () => {};

  constructor(redis: SimRedis, host: Host, onError: (error: Error) => void, onDisconnect: () => void) {
    this.#redis = redis;
    this.#host = host;
    this.#onError = onError;
    this.#onDisconnect = onDisconnect;
    this.onReady();
  }

  onReady(): void {
    const { random } = this.#redis.world;
    this.#host.process!.after(random.integer(100, 5_000), () => {
      if (this.#redis.isDown || this.status === "end") return;
      this.status = "ready";
      this.#whenReady();
    });
  }

  onLost(): void {
    const { random } = this.#redis.world;
    this.#host.process!.after(random.integer(10, 5_000), () => {
      if (!this.#redis.isDown || this.status === "end") return;
      this.status = "reconnecting";
      this.#onError(new Error("simulated: the node is lost"));
    });
  }

  on(event: string, listener: () => void): void {
    if (event === "ready") this.#whenReady = listener;
  }

  disconnect(): void {
    this.status = "end";
    this.#onDisconnect();
  }

  async xrevrange(key: string): Promise<readonly Entry[]> {
    return this.#call(() => this.#redis.stream(key).entries.slice(-1));
  }

  async del(...keys: readonly string[]): Promise<void> {
    await this.#call(() => {
      for (const key of keys) this.#redis.remove(key);
    });
  }

  async xadd(
    key: string,
    _minId: string,
    _near: string,
    floor: string,
    id: string,
    ...fields: readonly unknown[]
  ): Promise<void> {
    await this.#call(() => {
      const stream = this.#redis.stream(key);
      const last = stream.entries.at(-1);
      if (last !== undefined && sequence(last[0]) >= sequence(id)) {
        throw new Error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
      }
      if (this.#redis.world.strikes(this.#redis.rates.forgotten)) return;
      const kept = stream.entries.filter((entry) => sequence(entry[0]) >= sequence(floor));
      stream.entries = [
        ...kept,
        [id, fields.map((field) => Buffer.from(Buffer.isBuffer(field) ? field : `${field}`))],
      ];
      for (const wake of stream.waiting.splice(0)) wake();
    });
  }

  async hgetall(key: string): Promise<Record<string, string>> {
    return this.#call(() => Object.fromEntries(this.#redis.positions(key)));
  }

  async hset(key: string, field: string, value: number): Promise<void> {
    await this.#call(() => {
      this.#redis.positions(key).set(field, `${value}`);
    });
  }

  async xreadBuffer(
    _count: string,
    entriesMax: number,
    _block: string,
    blockMs: number,
    _streams: string,
    key: string,
    from: string,
  ): Promise<unknown> {
    const find = (): readonly Entry[] =>
      this.#redis
        .stream(key)
        .entries.filter(([id]) => sequence(id) > sequence(from))
        .slice(0, entriesMax);
    const found = await this.#call(find);
    if (found.length > 0) return answer(key, found);
    await new Promise<void>((resolve) => {
      const process = this.#host.process!;
      const cancel = process.after(blockMs * 1000, resolve);
      this.#redis.stream(key).waiting.push(() => {
        cancel();
        process.after(0, resolve);
      });
    });
    const later = await this.#call(find);
    return later.length === 0 ? null : answer(key, later);
  }

  async #call<T>(run: () => T): Promise<T> {
    const { world, rates } = this.#redis;
    const process = this.#host.process!;
    if (this.status !== "ready") throw new Error("simulated: no connection");
    await process.wait(world.random.integer(5, 300));
    const isDone = !this.#redis.isDown && !world.strikes(rates.failed);
    const value = isDone ? run() : undefined;
    await process.wait(world.random.integer(5, 300));
    if (this.#redis.isDown || !isDone || world.strikes(rates.failed))
      throw new Error("simulated: the node is lost");
    return value as T;
  }
}

function answer(key: string, entries: readonly Entry[]): unknown {
  return [[Buffer.from(key), entries.map(([id, fields]) => [Buffer.from(id), fields])]];
}

const sequence = (id: string): number => Number.parseInt(id, 10);
