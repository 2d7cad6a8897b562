/** A process's entry: one gateway of a backend. Its primary process holds the address and tells it what to do. */
import { setTimeout as sleep } from "node:timers/promises";
import { SharedBans } from "../../cluster/shared-counters/shared-bans.js";
import { SharedCounters } from "../../cluster/shared-counters/shared-counters.js";
import { PostgresAuditLog } from "../../gateway/audit/postgres-audit-log.js";
import { createConsole } from "../../gateway/console/console-app.js";
import { type ConsoleListener, listenConsole } from "../../gateway/console/console-listener.js";
import { createGateway, type Gateway } from "../../gateway/gateway.js";
import { securelyBehind } from "../../gateway/people/session-cookie.js";
import { addressBehind, connectedAddress } from "../../gateway/session/client-address.js";
import { EngineFence } from "../../gateway/session/engine-fence.js";
import { systemClock } from "../../platform/clock.js";
import { createLogger, type Logger } from "../../platform/logging.js";
import { createMetrics } from "../../platform/metrics.js";
import { Shutdown } from "../../platform/shutdown.js";
import { systemTimers } from "../../platform/timers.js";
import { EngineBusyError, OutcomeUnknownError } from "../../transport/engine-port.js";
import { ClusterSource } from "../console/cluster-source.js";
import { consoleDoor } from "../console/console-door.js";
import { adminSocketFile } from "../data-folder.js";
import { registerGatewayMetrics } from "../metrics/gateway-metrics.js";
import { openTracer } from "../tracing.js";
import type {
  BackendWorkerData,
  FromWorker,
  PrimaryQuestion,
  ToWorker,
  WorkerQuestion,
} from "./backend-messages.js";
import { connectKeyShard, openClusterKeys, openClusterPeople } from "./cluster-keys.js";
import { openGatewayLinks } from "./gateway-links.js";
import { IpcQuestions } from "./ipc-questions.js";
import { redisAccess } from "./redis-access.js";
import type { WorkerLoad } from "./worker-demand.js";

/** Pause before another attempt to reach what a gateway needs, in ms. */
const RETRY_MS = 500;

const tell = (message: FromWorker): void => {
  if (process.connected) process.send!(message);
};
const questions = new IpcQuestions<PrimaryQuestion["what"]>(tell);
const registry = createMetrics({ process: true });
let shutdown: Shutdown | undefined;
let gateway: Gateway | undefined;
let isListening = false;
let listening: (() => Promise<void>) | undefined;

process.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "start":
      orFail(start(message.data), () => tell({ kind: "ready" }));
      return;
    case "listen":
      orFail(listening!(), () => tell({ kind: "listening" }));
      return;
    case "shed":
      gateway!.shed(message.connections);
      return;
    case "close":
      void end(0);
      return;
    case "question":
      void answer(message.what).then((value) => tell({ kind: "answer", id: message.id, value }));
      return;
    case "answer":
      questions.take(message);
      return;
  }
});
tell({ kind: "loaded" });
// A terminal's signals reach every process of it; the primary says when to end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// Without a primary nobody can connect any more. Sockets in the folder are another backend's by now.
process.on("disconnect", () => process.exit(1));

function orFail(attempt: Promise<void>, then: () => void): void {
  attempt.then(then, (error: Error) => {
    tell({ kind: "failed", message: error.message });
    void end(1);
  });
}

async function end(code: number): Promise<void> {
  await shutdown?.run();
  process.exit(code);
}

async function answer(what: WorkerQuestion["what"]): Promise<unknown> {
  switch (what) {
    case "metrics":
      return registry.getMetricsAsJSON();
    case "requests": {
      const counter = await registry.getSingleMetric("buttonwood_requests_total")?.get();
      return counter?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
    }
    case "load":
      return load();
  }
}

let asked = { cpu: process.cpuUsage(), ms: performance.now() };

async function load(): Promise<WorkerLoad> {
  const { user, system } = process.cpuUsage(asked.cpu);
  const elapsedMs = performance.now() - asked.ms;
  asked = { cpu: process.cpuUsage(), ms: performance.now() };
  return {
    cores: (user + system) / 1000 / elapsedMs,
    connections: gateway?.connections() ?? 0,
  };
}

async function start(data: BackendWorkerData): Promise<void> {
  const { topology, worker } = data;
  const name = `${data.name} ${worker}`;
  const logger = createLogger({ name, level: data.logLevel });
  shutdown = new Shutdown((step, error) => logger.error({ err: error }, `stopping: ${step} failed`));

  const tracer = await openTracer({}, { logger, role: "backend", version: data.version });
  shutdown.add("traces", async () => tracer?.close());
  const keys = await untilThere(logger, () => openClusterKeys(topology, (text) => logger.warn(text)));
  shutdown.add("keys", () => keys.close());
  const people = await untilThere(logger, () => openClusterPeople(topology, keys, logger));
  shutdown.add("people", () => people.close());
  const links = await untilThere(logger, () => openGatewayLinks(topology, name, logger));
  shutdown.add("links", () => links.close());
  const counters = new SharedCounters({
    redis: redisAccess(topology),
    name,
    gateways: topology.backends.reduce((sum, { workers }) => sum + workers, 0),
    clock: systemClock,
    timers: systemTimers,
    logger,
  });
  shutdown.add("counters", async () => counters.close());
  const bans = new SharedBans({
    redis: redisAccess(topology),
    name,
    clock: systemClock,
    timers: systemTimers,
    logger,
  });
  shutdown.add("bans", async () => bans.close());
  registerGatewayMetrics(registry, () => ({ engine: links.engine, counters, isListening }));

  const audit = new PostgresAuditLog({
    connect: () => connectKeyShard(topology, "buttonwood audit"),
    clock: systemClock,
  });
  shutdown.add("audit log", () => audit.close());
  let consoleListener: ConsoleListener | undefined;
  const created = await createGateway({
    ...links,
    keys,
    audit,
    consoleUrl: () => consoleListener?.url,
    people,
    counters,
    bans,
    limits: topology.limits,
    fence: new EngineFence(links.engine),
    clock: systemClock,
    logger,
    registry,
    metrics: async () => String((await questions.ask("allMetrics")) ?? ""),
    addressOf: addressBehind([topology.edge.host]),
    isSecure: securelyBehind([topology.edge.host]),
    url: `${topology.edge.tls === undefined ? "http" : "https"}://${topology.edge.host}:${topology.edge.port}`,
    version: data.version,
    tracer,
  });
  shutdown.add("gateway", () => created.close());
  const [first] = topology.backends;
  // One operator's listener for the whole cluster: listings then take their numbers one after the other.
  if (data.name === first!.name && worker === 0) {
    await created.listenAdmin(adminSocketFile(topology.data));
    if (topology.console !== undefined) {
      // Trading does not wait for the console: what is wrong with its port is told, and there is none.
      const app = createConsole({
        desk: created.desk,
        trail: created.trail,
        audit,
        source: new ClusterSource(topology),
        door: consoleDoor(people, keys, logger),
        addressOf: connectedAddress,
      });
      try {
        const opened = await listenConsole(app, topology.console, undefined);
        consoleListener = opened;
        shutdown.add("console", () => opened.close());
      } catch (error) {
        logger.error(
          { err: error, ...topology.console },
          "the operator's console can't listen: there is none",
        );
      }
    }
  }
  gateway = created;
  listening = () => listen(created, data);
}

async function listen(gateway: Gateway, { topology, name }: BackendWorkerData): Promise<void> {
  const { listen: address } = topology.backends.find((backend) => backend.name === name)!;
  if ("path" in address) await gateway.listenSocket(address.path);
  else await gateway.listen(address);
  isListening = true;
}

/** Tries until it succeeds, or fails in a way that no other attempt could mend. */
async function untilThere<T>(logger: Logger, attempt: () => Promise<T>): Promise<T> {
  let told = "";
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error as Error)) throw error;
      const { message } = error as Error;
      if (message !== told) logger.warn(`waiting: ${message}`);
      told = message;
      await sleep(RETRY_MS);
    }
  }
}

/** Whether an error is of a server or an engine that is away for a moment. */
function isPassing(error: Error): boolean {
  return error instanceof OutcomeUnknownError || error instanceof EngineBusyError || error.name === "Error";
}
