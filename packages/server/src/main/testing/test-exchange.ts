/** A whole exchange for a test: real engine, journal and projection in a temporary folder, gateway in this thread. */
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { FeedUserEvents } from "../../feed/feed-user-events.js";
import { createGateway, type Gateway, type GatewayParts } from "../../gateway/gateway.js";
import { openFilePeopleStore } from "../../gateway/people/file-people-store.js";
import { People } from "../../gateway/people/people.js";
import type { PeopleStore } from "../../gateway/people/people-store.js";
import { openKeyStore } from "../../gateway/session/file-key-store.js";
import { readMasterKey } from "../../gateway/session/key-sealing.js";
import { KeyScope, type KeyStore } from "../../gateway/session/key-store.js";
import { type Clock, systemClock } from "../../platform/clock.js";
import { systemTimers } from "../../platform/timers.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { firstStart } from "../first-start.js";
import { startEngine } from "../start-engine.js";
import { startProjection } from "../start-projection.js";

export interface TestKey {
  readonly apiKey: string;
  readonly secretKey: string;
}

/** Tests sign in often, and are not about what a password's hash costs. */
export const CHEAP_HASHES = { memoryKib: 64, passes: 1, lanes: 1 };

export type Parameters = Readonly<Record<string, string | number | boolean>>;

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
  readonly body: any;
}

/** A clock that a test can set ahead or back, and stop, in µs. */
export class ShiftedClock implements Clock {
  shiftUs = 0;
  #stoppedUs: number | undefined;

  nowUs(): number {
    return (this.#stoppedUs ?? systemClock.nowUs()) + this.shiftUs;
  }

  /** Stands still from now on: only the shift moves it. */
  stop(): void {
    this.#stoppedUs = systemClock.nowUs();
  }
}

export class TestExchange {
  private constructor(
    readonly dataFolder: string,
    readonly engine: EngineClient,
    readonly gateway: Gateway,
    readonly keyStore: KeyStore,
    readonly people: People,
    readonly peopleStore: PeopleStore,
    readonly clock: ShiftedClock,
    readonly alice: TestKey,
    readonly bob: TestKey,
    readonly log: readonly string[],
    readonly close: () => Promise<void>,
  ) {}

  static async start(
    more: Partial<
      Pick<GatewayParts, "liveness" | "limits" | "addressOf" | "bans" | "isDemo" | "isSecure" | "tracer">
    > = {},
  ): Promise<TestExchange> {
    const dataFolder = await mkdtemp(join(tmpdir(), "buttonwood-gateway-"));
    const onFatal = (error: Error): never => {
      throw error;
    };
    const engine = await startEngine({ dataFolder, onFatal });
    const projection = await startProjection({ dataFolder, feedPort: engine.projectionPort, onFatal });
    const clock = new ShiftedClock();
    const keyStore = await openKeyStore(dataFolder, clock);
    const made: TestKey[] = [];
    await firstStart(dataFolder, engine.client, async (account) => {
      const scopes = [KeyScope.READ, KeyScope.TRADE];
      const { entry, secretKey } = await keyStore.create({ account, label: "test", scopes });
      made.push({ apiKey: entry.apiKey, secretKey });
      return made.at(-1)!;
    });
    const log: string[] = [];
    const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(line) });
    const peopleStore = await openFilePeopleStore(dataFolder);
    const people = new People({
      store: peopleStore,
      keys: keyStore,
      master: await readMasterKey(join(dataFolder, "keys.secret"), { mayMake: false, advice: "" }),
      clock,
      timers: systemTimers,
      logger,
      hashCost: CHEAP_HASHES,
    });
    const gateway = await createGateway({
      engine: engine.client,
      events: new FeedUserEvents(engine.feed),
      history: projection.client,
      marketData: projection.client,
      keys: keyStore,
      people,
      clock,
      logger,
      ...more,
    });
    const close = async (): Promise<void> => {
      await gateway.close();
      await people.close();
      await projection.close();
      await engine.close();
      await rm(dataFolder, { recursive: true });
    };
    const [alice, bob] = made;
    return new TestExchange(
      dataFolder,
      engine.client,
      gateway,
      keyStore,
      people,
      peopleStore,
      clock,
      alice!,
      bob!,
      log,
      close,
    );
  }

  /** A request as it is: URL with query string, body, headers. */
  async raw(
    method: "GET" | "POST" | "PUT" | "DELETE",
    url: string,
    more: { headers?: Record<string, string>; body?: string | Buffer } = {},
  ): Promise<TestAnswer> {
    const answer = await this.gateway.app.inject({
      method,
      url,
      headers: more.headers ?? {},
      ...(more.body === undefined ? {} : { payload: more.body }),
    });
    const isJson = String(answer.headers["content-type"]).startsWith("application/json");
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? JSON.parse(answer.body) : answer.body,
    };
  }

  public(path: string, parameters: Parameters = {}): Promise<TestAnswer> {
    const query = queryOf(parameters);
    return this.raw("GET", query === "" ? path : `${path}?${query}`);
  }

  /** A signed request, all in the query string. */
  signed(
    key: TestKey,
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    parameters: Parameters = {},
  ): Promise<TestAnswer> {
    const payload = queryOf({ timestamp: this.nowMs(), recvWindow: 60_000, ...parameters });
    return this.raw(method, `${path}?${payload}&signature=${hmac(key, payload)}`, {
      headers: { "x-mbx-apikey": key.apiKey },
    });
  }

  nowMs(): number {
    return Math.floor(systemClock.nowUs() / 1000);
  }

  async digest(): Promise<string> {
    return (await this.engine.query({ kind: "status" })).digest;
  }
}

export function hmac(key: TestKey, payload: string): string {
  return createHmac("sha256", key.secretKey).update(payload, "latin1").digest("hex");
}

export function queryOf(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}
