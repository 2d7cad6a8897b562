/** A gateway: stateless between requests, so that any number of them serve one exchange. */
import { chmod, rm } from "node:fs/promises";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import type { MarketDataClient } from "../feed/market-data-port.js";
import type { UserEvents } from "../feed/user-events-port.js";
import type { TcpAddress } from "../platform/address.js";
import { type Bans, LocalBans } from "../platform/bans.js";
import type { Clock } from "../platform/clock.js";
import type { ServerCertificate } from "../platform/server-certificate.js";
import type { RequestTracer } from "../platform/tracing/request-tracer.js";
import { LocalCounters, type WindowCounters } from "../platform/window-counters.js";
import type { EngineClient } from "../transport/engine-port.js";
import type { HistoryClient } from "../transport/history-port.js";
import { createAdmin } from "./admin/admin-app.js";
import { OperatorDesk } from "./admin/operator-desk.js";
import type { AuditLog } from "./audit/audit-log.js";
import { AuditTrail } from "./audit/audit-trail.js";
import { MemoryAuditLog } from "./audit/memory-audit-log.js";
import { ExchangeCatalog } from "./catalog.js";
import { CatalogReload } from "./catalog-reload.js";
import type { GatewayContext } from "./endpoint.js";
import type { People } from "./people/people.js";
import { connectedSecurely, type IsSecure } from "./people/session-cookie.js";
import { ConnectionShedding } from "./rest/connection-shedding.js";
import { OpenConnections } from "./rest/open-connections.js";
import { createRestApp } from "./rest/rest-app.js";
import { createTlsServer, replaceCertificate } from "./rest/tls-server.js";
import { type AddressOf, connectedAddress } from "./session/client-address.js";
import { countKeyChanges, registerKeyMetrics } from "./session/key-metrics.js";
import type { KeyStore } from "./session/key-store.js";
import { registerRateLimitMetrics } from "./session/rate-limit-metrics.js";
import { RateLimiter } from "./session/rate-limiter.js";
import { LimitsSetting } from "./session/rate-limits.js";
import type { ReadFence } from "./session/read-fence.js";
import { Watermarks } from "./session/watermarks.js";
import { UserFeed } from "./user-feed.js";
import { GatewaySockets, LIVENESS_TIMES, type LivenessTimes } from "./websocket/websocket-server.js";

export interface GatewayParts {
  readonly engine: EngineClient;
  readonly events: UserEvents;
  readonly history: HistoryClient;
  readonly marketData: MarketDataClient;
  readonly keys: KeyStore;
  /** Where operators' actions are written; by default in memory alone, for tests. */
  readonly audit?: AuditLog;
  readonly clock: Clock;
  /** What requests and orders are counted with; by default this gateway's own. */
  readonly counters?: WindowCounters;
  /** Which limits hold; by default those that are published. */
  readonly limits?: LimitsSetting;
  /** Addresses that went on after refusals; by default as this gateway knows them. */
  readonly bans?: Bans;
  /** By default that of the only gateway of one partition. */
  readonly fence?: ReadFence;
  readonly logger: Logger;
  /** Where its metrics are registered; by default a registry of its own. */
  readonly registry?: Registry;
  /** What `/metrics` answers; by default the metrics of the registry. */
  readonly metrics?: () => Promise<string>;
  /** Where requests come from; by default from the other end of their connection. */
  readonly addressOf?: AddressOf;
  /** Whether requests come over TLS; by default as their connections do. */
  readonly isSecure?: IsSecure;
  /** Who may sign in with a password; by default nobody. */
  readonly people?: People;
  /** Whether anybody may sign in as the demo trader; by default nobody. */
  readonly isDemo?: boolean;
  /** Where clients connect, when that is an edge. */
  readonly url?: string;
  /** Where the operator's console is, once it listens; by default there is none. */
  readonly consoleUrl?: () => string | undefined;
  readonly version?: string;
  readonly liveness?: LivenessTimes;
  /** Follows requests, for traces; by default none is followed. */
  readonly tracer?: RequestTracer | undefined;
}

export interface Gateway {
  /** The public app; `inject` sends it requests without a port. */
  readonly app: FastifyInstance;
  /** The operator's app. */
  readonly admin: FastifyInstance;
  /** What the operator's other listeners share with it. */
  readonly desk: OperatorDesk;
  readonly audit: AuditLog;
  readonly trail: AuditTrail;
  readonly catalog: ExchangeCatalog;
  readonly registry: Registry;
  /** Listens for clients and returns where. Port 0 takes a free one. */
  listen(options: TcpAddress): Promise<{
    readonly url: string;
    readonly host: string;
    readonly port: number;
  }>;
  /** Listens for clients over TLS too, or shows those who connect from now on another certificate. */
  listenTls(
    options: TcpAddress,
    certificate: ServerCertificate,
  ): Promise<{ readonly url: string; readonly port: number }>;
  replaceCertificate(certificate: ServerCertificate): void;
  /** Listens for clients on a Unix socket, behind an edge. */
  listenSocket(path: string): Promise<void>;
  /** Listens for the operator on a Unix socket that only this user may open. */
  listenAdmin(socketPath: string): Promise<void>;
  /** Clients' connections that are open, WebSockets too. */
  connections(): number;
  /** Closes as many connections of clients, each after its next answer: they connect again, perhaps to another gateway. */
  shed(connections: number): void;
  /** Answers what is under way, says goodbye to streams and closes. */
  close(): Promise<void>;
}

/** A ready check that takes longer than this is an answer too. */
const READY_MS_MAX = 1000;

/** How long requests under way are waited for when it closes: a supervisor waits ten seconds for all of it. */
const CLOSE_GRACE_MS = 2000;

/** Builds a gateway over its ports, without listening. */
export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { engine, keys, clock, logger } = parts;
  const registry = parts.registry ?? new Registry();
  const catalog = new ExchangeCatalog(await engine.query({ kind: "catalog" }));
  const bans = parts.bans ?? new LocalBans(clock);
  const limiter = new RateLimiter({
    counters: parts.counters ?? new LocalCounters(clock),
    bans,
    clock,
    setting: parts.limits ?? LimitsSetting.PUBLISHED,
  });
  let banned = 0;
  registerRateLimitMetrics(registry, () => ({ limiter, bans, banned }));
  const keyCounts = countKeyChanges(keys);
  registerKeyMetrics(registry, () => ({ list: () => keys.list(), changes: keyCounts.changes }));
  bans.onBan((address, untilUs) => {
    banned++;
    const until = new Date(untilUs / 1000).toISOString();
    logger.warn(
      `address ${address} went on after being refused for too many requests: banned until ${until}`,
    );
  });
  const context: GatewayContext = {
    engine,
    history: parts.history,
    marketData: parts.marketData,
    clock,
    catalog,
    limiter,
    fence: parts.fence ?? new Watermarks(engine),
  };
  const reload = new CatalogReload({ engine, catalog, fence: context.fence, logger });
  let sockets: GatewaySockets | undefined;
  const userFeed = new UserFeed(context, parts.events, (why) => {
    logger.warn(`${why}; listings are loaded again and event streams ended`);
    sockets?.terminateUserStreams();
    void reload.reload();
  });
  // What was listed between the first load and the subscription would be missing.
  await reload.reload();

  let isClosing = false;
  const isReady = async (): Promise<boolean> => {
    if (isClosing) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), READY_MS_MAX);
    });
    const answered = engine.query({ kind: "status" }).then(
      () => true,
      () => false,
    );
    return Promise.race([answered, late]).finally(() => clearTimeout(timer));
  };

  let url = parts.url;
  const addressOf = parts.addressOf ?? connectedAddress;
  const metrics = parts.metrics ?? (() => registry.metrics());
  const shedding = new ConnectionShedding();
  const version = parts.version ?? "0";
  const app = createRestApp({
    context,
    keys,
    logger,
    registry,
    metrics,
    addressOf,
    people: parts.people,
    isSecure: parts.isSecure ?? connectedSecurely,
    isDemo: parts.isDemo ?? false,
    shedding,
    isReady,
    version,
    tracer: parts.tracer,
  });
  const audit = parts.audit ?? new MemoryAuditLog(clock);
  const trail = new AuditTrail(audit, logger);
  const desk = new OperatorDesk(engine, catalog, trail);
  const admin = createAdmin({
    desk,
    history: parts.history,
    keys,
    people: parts.people,
    clock,
    audit,
    trail,
    version,
    url: () => url,
    consoleUrl: parts.consoleUrl ?? (() => undefined),
  });
  sockets = new GatewaySockets({ context, keys, userFeed, logger, tracer: parts.tracer }, app.server, {
    registry,
    times: parts.liveness ?? LIVENESS_TIMES,
    addressOf,
    bans,
  });
  let adminSocketPath: string | undefined;
  let tlsServer: TlsServer | undefined;
  const connections = [new OpenConnections(app.server)];

  return {
    app,
    admin,
    desk,
    audit,
    trail,
    catalog,
    registry,
    async listen({ host, port }) {
      await app.listen({ host, port });
      const address = app.server.address() as AddressInfo;
      const own = urlOf("http", address);
      url ??= own;
      return { url: own, host: address.address, port: address.port };
    },
    async listenTls({ host, port }, certificate) {
      await app.ready();
      const server = createTlsServer(app, certificate);
      sockets.attach(server);
      connections.push(new OpenConnections(server));
      await listening(server, { host, port });
      tlsServer = server;
      const address = server.address() as AddressInfo;
      return { url: urlOf("https", address), port: address.port };
    },
    replaceCertificate(certificate) {
      if (tlsServer !== undefined) replaceCertificate(tlsServer, certificate);
    },
    async listenSocket(path) {
      await app.listen({ path });
    },
    async listenAdmin(socketPath) {
      if (Buffer.byteLength(socketPath) > 107) {
        throw new Error(
          `The operator's socket ${socketPath} has a path longer than the 107 bytes that a Unix socket may have. ` +
            "Choose a data folder with a shorter path.",
        );
      }
      // The data folder is locked by one exchange, so a socket that lies there is left from one that is gone.
      await rm(socketPath, { force: true });
      // Nobody else may open it even for a moment: the mask holds until its mode is set.
      const mask = process.umask(0o177);
      try {
        // By this process alone, also where others share its ports.
        await admin.listen({ path: socketPath, exclusive: true });
      } finally {
        process.umask(mask);
      }
      await chmod(socketPath, 0o600);
      adminSocketPath = socketPath;
    },
    connections: () => connections.reduce((sum, { count }) => sum + count, 0),
    shed: (connections) => shedding.shed(connections),
    async close() {
      if (isClosing) return;
      isClosing = true;
      await sockets.close();
      userFeed.close();
      keyCounts.stop();
      reload.close();
      const callOff = connections.map((open) => open.cutAfter(CLOSE_GRACE_MS));
      await Promise.all([app.close(), admin.close(), closed(tlsServer)]);
      for (const call of callOff) call();
      if (adminSocketPath !== undefined) await rm(adminSocketPath, { force: true });
    },
  };
}

function urlOf(scheme: "http" | "https", { address, port }: AddressInfo): string {
  return `${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function listening(server: Server, address: TcpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Resolves when the last of its connections has got its answer; idle ones are closed. */
function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}
