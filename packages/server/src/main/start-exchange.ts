import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FeedUserEvents } from "../feed/feed-user-events.js";
import { openFileAuditLog } from "../gateway/audit/file-audit-log.js";
import { createConsole } from "../gateway/console/console-app.js";
import {
  type ConsoleAddress,
  type ConsoleListener,
  checkConsoleAddress,
  listenConsole,
} from "../gateway/console/console-listener.js";
import { createGateway } from "../gateway/gateway.js";
import { connectedAddress } from "../gateway/session/client-address.js";
import { openKeyStore } from "../gateway/session/file-key-store.js";
import type { LimitsSetting } from "../gateway/session/rate-limits.js";
import { systemClock } from "../platform/clock.js";
import { createLogger } from "../platform/logging.js";
import { createMetrics } from "../platform/metrics.js";
import { Shutdown } from "../platform/shutdown.js";
import type { HistoryClient } from "../transport/history-port.js";
import { consoleDoor } from "./console/console-door.js";
import { ProcessSource } from "./console/process-source.js";
import { adminSocketFile, demoKeysFile } from "./data-folder.js";
import { demoAccess } from "./demo-access.js";
import { DEMO_HISTORY_US } from "./demo-history.js";
import { DemoTraders } from "./demo-traders.js";
import { firstStart } from "./first-start.js";
import { LaggingClock } from "./lagging-clock.js";
import { registerExchangeMetrics } from "./metrics/exchange-metrics.js";
import { openFilePeople } from "./open-people.js";
import { RecoveryListener } from "./recovery-listener.js";
import { type RecoveryProgress, startEngine } from "./start-engine.js";
import { startProjection } from "./start-projection.js";
import { TlsListener, type TlsOptions } from "./tls-listener.js";
import { openTracer, type TracingOptions } from "./tracing.js";

export interface StartExchangeOptions {
  /** Made when there is none. */
  readonly dataFolder: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Listens for HTTPS and WSS too. */
  readonly tls?: TlsOptions | undefined;
  /** Where operators sign in; undefined: nowhere. Over TLS when {@link tls} is given, and then alone for other machines. */
  readonly console?: ConsoleAddress | undefined;
  /** Whether simulated traders trade, and anybody may sign in as the first demo account. */
  readonly demo: boolean;
  /** Which rate limits hold; by default those that are published. */
  readonly limits?: LimitsSetting;
  /** Where traces of followed requests go; by default what the environment says, or nowhere. */
  readonly tracing?: TracingOptions;
  /** Lowest level of what goes to the log on stderr. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly version: string;
  /** Called while the journal is replayed, a few times a second. */
  readonly onRecovery?: (progress: RecoveryProgress) => void;
  /** The exchange can't go on, and the process must end with a failure. */
  readonly onFatal: (error: Error) => void;
}

/** A whole exchange in this process: engine and projection in threads of their own, gateway in this one. */
export interface RunningExchange {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Where it listens over TLS, and the file of the certificate that it shows. */
  readonly tls: { readonly url: string; readonly port: number; readonly certificateFile: string } | undefined;
  /** Where operators sign in; undefined when it listens for none. */
  readonly consoleUrl: string | undefined;
  readonly dataFolder: string;
  /** Whether this start listed the markets and opened the accounts. */
  readonly isFirstStart: boolean;
  readonly demoKeysFile: string;
  readonly symbols: readonly string[];
  readonly accounts: readonly string[];
  /** Last sequence in the journal when it started. */
  readonly sequence: number;
  /** Answers what is under way, takes a snapshot, and releases everything. */
  close(): Promise<void>;
  /** Closes on SIGINT and SIGTERM, and ends the process. */
  closeOnSignals(): void;
  /** Reads the files of the TLS certificate again, and shows it to those who connect from now on. */
  reloadCertificate(): void;
}

/** A Unix socket's path may have this many bytes; a relative one may still fit where the absolute doesn't. */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * How long a start waits for query tables that are behind, in ms: usually they are a moment behind. After a long
 * absence they are filled while orders are already taken.
 */
const CATCH_UP_MS_MAX = 10_000;

/** Between two questions to the query tables how far they are, in ms. */
const READ_POLL_MS = 50;

/** Starts an exchange. When any part can't start, those before it are stopped again and the error is thrown. */
export async function startExchange(options: StartExchangeOptions): Promise<RunningExchange> {
  const { dataFolder } = options;
  const logger = createLogger({ name: "buttonwood", level: options.logLevel });
  const shutdown = new Shutdown((name, error) => logger.error({ err: error }, `stopping: ${name} failed`));
  // A start that fails leaves the folder as it found it, but for what recovery itself had to write.
  let isOpen = false;
  try {
    if (options.console !== undefined) checkConsoleAddress(options.console, options.tls !== undefined);
    const tracer = await openTracer(options.tracing ?? {}, {
      logger,
      role: "exchange",
      version: options.version,
    });
    // Behind the gateway's own end, which answers what is followed.
    shutdown.add("traces", async () => tracer?.close());
    // First of all the port: when it is taken, the data folder is neither made nor opened.
    const recovery = new RecoveryListener();
    const listenPort = await recovery.listen({ host: options.host, port: options.port });
    shutdown.add("recovery's listener", () => recovery.close());
    const tls = options.tls && (await TlsListener.hold(options.tls, dataFolder, logger));
    shutdown.add("recovery's listener over TLS", () => tls?.close());

    const clock = options.demo ? new LaggingClock() : undefined;
    const engine = await startEngine({
      dataFolder,
      clock,
      onNotice: (level, text) => logger[level](text),
      onFatal: options.onFatal,
      onRecovery: (progress) => {
        recovery.update(progress);
        tls?.update(progress);
        options.onRecovery?.(progress);
      },
    });
    shutdown.add("engine", () => engine.close({ snapshot: isOpen }));

    // A new exchange begins a day ago, so that its charts have a past. Nobody is connected yet.
    const hasHistory = engine.sequence > 0;
    if (clock !== undefined && !hasHistory) clock.behindUs = DEMO_HISTORY_US;

    const projection = await startProjection({
      dataFolder,
      feedPort: engine.projectionPort,
      onNotice: (level, text) => logger[level](text),
      onFatal: options.onFatal,
    });
    shutdown.add("projection", () => projection.close());

    const keys = await openKeyStore(dataFolder, systemClock);
    const people = await openFilePeople(dataFolder, keys, logger);
    shutdown.add("people", () => people.close());
    const isFirstStart = await firstStart(dataFolder, engine.client, demoAccess(keys, people));

    // Market data and history should be right from the first answer on.
    if (!(await inTime(projection.caughtUp))) {
      logger.warn(
        "the query tables are still being filled from the journal: orders are taken; history and market data are answered when it is done",
      );
    }

    if (clock !== undefined) {
      const traders = await DemoTraders.open(engine.client);
      shutdown.add("simulated traders", () => traders.stop());
      if (!hasHistory) {
        await traders.makeHistory(clock);
        const { sequence } = await engine.client.query({ kind: "status" });
        await inTime(untilRead(projection.client, sequence));
      }
      await traders.start();
    }

    const audit = await openFileAuditLog(dataFolder, systemClock);
    shutdown.add("audit log", () => audit.close());
    let consoleListener: ConsoleListener | undefined;
    const registry = createMetrics({ process: true });
    registerExchangeMetrics(registry, () => ({ engine, projection }));
    const gateway = await createGateway({
      engine: engine.client,
      events: new FeedUserEvents(engine.feed),
      history: projection.client,
      marketData: projection.client,
      keys,
      audit,
      consoleUrl: () => consoleListener?.url,
      people,
      isDemo: options.demo,
      clock: systemClock,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      logger,
      registry,
      version: options.version,
      tracer,
    });
    shutdown.add("gateway", () => gateway.close());
    await gateway.listenAdmin(shortest(adminSocketFile(dataFolder)));
    await recovery.close();
    const { url, host, port } = await gateway.listen({ host: options.host, port: listenPort });
    const overTls = tls && (await tls.open(gateway, registry));
    if (options.console !== undefined) {
      const app = createConsole({
        desk: gateway.desk,
        trail: gateway.trail,
        audit,
        source: new ProcessSource({ engine, projection, registry }),
        door: consoleDoor(people, keys, logger),
        addressOf: connectedAddress,
      });
      consoleListener = await listenConsole(app, options.console, tls?.certificate);
      shutdown.add("console", () => consoleListener!.close());
    }
    isOpen = true;
    return {
      url,
      host,
      port,
      consoleUrl: consoleListener?.url,
      tls: tls && overTls && { ...overTls, certificateFile: tls.certificateFile },
      dataFolder,
      isFirstStart,
      demoKeysFile: demoKeysFile(dataFolder),
      symbols: gateway.catalog.markets.map((market) => market.symbol),
      accounts: [...gateway.catalog.accounts.values()]
        .filter(({ account }) => account > 0)
        .map(({ name }) => name),
      sequence: engine.sequence,
      close: () => shutdown.run(),
      closeOnSignals: () => shutdown.onSignals(),
      reloadCertificate() {
        if (tls === undefined) return;
        tls.reload(gateway);
        consoleListener?.replaceCertificate(tls.certificate);
      },
    };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

function shortest(path: string): string {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  return relative(process.cwd(), join(path));
}

/** Resolves when the query tables have everything up to a sequence. */
async function untilRead(history: Pick<HistoryClient, "position">, sequence: number): Promise<void> {
  while ((await history.position()) < sequence) await sleep(READ_POLL_MS);
}

function inTime(done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CATCH_UP_MS_MAX);
  });
  return Promise.race([done.then(() => true), late]).finally(() => clearTimeout(timer));
}
