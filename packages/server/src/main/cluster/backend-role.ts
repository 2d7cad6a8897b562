import cluster, { type Worker } from "node:cluster";
import { chmod, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RoleStatus, roleControlPath, serveRoleControl } from "../../cluster/role-control.js";
import { isServed } from "../../platform/control-socket.js";
import { IdleCores } from "../../platform/idle-cores.js";
import { createMetrics, type MetricsJson } from "../../platform/metrics.js";
import { checkRedis } from "../../platform/redis-connection.js";
import { Shutdown } from "../../platform/shutdown.js";
import { registerWorkersMetrics } from "../metrics/gateway-metrics.js";
import type { BackendWorkerData, FromWorker, ToWorker, WorkerQuestion } from "./backend-messages.js";
import { IpcQuestions } from "./ipc-questions.js";
import { redisAccess } from "./redis-access.js";
import type { RoleContext, RunningRole, StartRole } from "./role-context.js";
import { type WorkerLoad, workerDemand } from "./worker-demand.js";
import { WorkerTotals } from "./worker-totals.js";

/** Pause before a worker that ended is replaced, in ms, doubled each time up to the maximum while none gets ready. */
const RESTART_MS = 100;
const RESTART_MS_MAX = 5_000;
/** How often it is looked whether more workers shall take connections, in ms. */
const DEMAND_MS = 1_000;
/** A worker that takes longer to end, in ms, is killed: supervisors wait ten seconds for the whole backend. */
const END_MS_MAX = 7_000;

/** How long a worker may take to tell its metrics, in ms: less than the worker waits that asks for all of them. */
const METRICS_MS_MAX = 1_000;

/** Everybody on this machine may connect: nginx runs as another user. Who may come near decides the folder's mode. */
const SOCKET_MODE = 0o666;

/**
 * A backend: several gateway processes, the workers, that share one address. This process holds the address, runs as
 * many of them as are needed and one more that stands ready, and replaces workers that end.
 */
export const startBackendRole: StartRole = async (context) => {
  const steps = new Shutdown((step, error) =>
    context.logger.error({ err: error }, `stopping: ${step} failed`),
  );
  try {
    return await start(context, steps);
  } catch (error) {
    await steps.run();
    throw error;
  }
};

async function start(context: RoleContext, steps: Shutdown): Promise<RunningRole> {
  const { topology, name } = context;
  const entry = topology.backends.find((backend) => backend.name === name);
  if (entry === undefined) throw new Error(`the topology has no backend ${name}`);
  const path = "path" in entry.listen ? entry.listen.path : undefined;
  const redis = redisAccess(topology);
  if (!(await checkRedis(redis))) {
    context.logger.warn("Redis can't be reached: each gateway counts requests and orders alone");
  }
  const workers = new Workers(context, entry.workers, async () => {
    if (path !== undefined) await chmod(path, SOCKET_MODE);
  });
  const control = await serveRoleControl(roleControlPath(topology, name), {
    status: () => workers.status(),
  });
  steps.add("control socket", () => control.close());
  if (path !== undefined) {
    if (await isServed(path)) throw new Error(`another process listens on ${path}`);
    await rm(path, { force: true });
  }
  steps.add("workers", () => workers.close());
  await workers.start();
  return { close: () => steps.run() };
}

interface Running {
  readonly process: Worker;
  readonly questions: IpcQuestions<WorkerQuestion["what"]>;
  /** Silent: it listens, but does not answer. What it has hangs; what comes is for others. */
  state: "starting" | "ready" | "told to listen" | "listening" | "silent";
}

class Workers {
  readonly #context: RoleContext;
  readonly #onListening: () => Promise<void>;
  /** By the worker's number, for as many as there may be. */
  readonly #running: (Running | undefined)[];
  readonly #machine = new IdleCores();
  #demandTimer: NodeJS.Timeout | undefined;
  /** How many shall take connections. */
  #wanted = 1;
  readonly #registry = createMetrics({ process: false });
  readonly #totals = new WorkerTotals<Running>();
  #restarts = 0;
  #restartMs = RESTART_MS;
  #hasStarted = false;
  #isClosing = false;
  /** Until those that shall run are ready, and as many as shall listen do, for the first time. */
  #starting: { readonly ready: () => void; readonly failed: (error: Error) => void } | undefined;

  /** `onListening` runs whenever a worker listens: the first one makes the socket, also after all have ended. */
  constructor(context: RoleContext, count: number, onListening: () => Promise<void>) {
    this.#context = context;
    this.#onListening = onListening;
    this.#running = new Array<Running | undefined>(count).fill(undefined);
    registerWorkersMetrics(this.#registry, () => ({
      states: this.#states(),
      restarts: this.#restarts,
      workersMax: count,
    }));
    // Workers take connections off the shared address themselves: one that this process has handed to a worker which
    // dies before it takes it would hang, and one that is stopped would be handed connections all the same.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({
      exec: fileURLToPath(new URL("./backend-worker.js", import.meta.url)),
      args: [],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  /** Resolves when requests are taken and another worker stands ready; rejects when one of them can't. */
  async start(): Promise<void> {
    this.#followDemand();
    await new Promise<void>((ready, failed) => {
      this.#starting = { ready, failed };
      this.#startEnough();
    });
    this.#starting = undefined;
    this.#hasStarted = true;
  }

  async status(): Promise<RoleStatus> {
    const counts = await Promise.all(
      this.#ready().map(({ questions }) => questions.ask("requests") as Promise<number | undefined>),
    );
    const ready = this.#ready().length;
    const listens = this.#in("listening").length > 0;
    return {
      role: "backend",
      name: this.#context.name,
      pid: process.pid,
      state: this.#isClosing ? "stopping" : this.#isWhole && listens ? "serving" : `${ready} serving`,
      // The first of them has the operator's socket, so that at the start those that shall run are waited for.
      ready: this.#hasStarted && listens && !this.#isClosing,
      done: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0),
      workers: this.#in("listening").length,
    };
  }

  /** Lets the workers answer what is under way and say goodbye; resolves when all have ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#demandTimer);
    const ended = this.#running.map(
      (running) =>
        new Promise<void>((resolve) => {
          if (running === undefined || running.process.isDead()) {
            resolve();
            return;
          }
          const timer = setTimeout(() => running.process.process.kill("SIGKILL"), END_MS_MAX);
          running.process.once("exit", () => {
            clearTimeout(timer);
            resolve();
          });
          this.#send(running.process, { kind: "close" });
        }),
    );
    await Promise.all(ended);
  }

  #in(...states: readonly Running["state"][]): Running[] {
    return this.#running.filter(
      (running): running is Running => running !== undefined && states.includes(running.state),
    );
  }

  #ready(): Running[] {
    return this.#in("ready", "told to listen", "listening", "silent");
  }

  /** The workers of numbers below this: those that take connections, one that stands ready to, and any that hang. */
  get #shallRun(): number {
    return Math.min(this.#running.length, this.#wanted + 1 + this.#in("silent").length);
  }

  /** All that shall run are ready. */
  get #isWhole(): boolean {
    const own = this.#running.slice(0, this.#shallRun);
    return own.every((running) => running !== undefined && running.state !== "starting");
  }

  /** Lets as many listen as shall: those that are ready wait for nothing else. */
  #listenEnough(): void {
    if (this.#isClosing) return;
    const missing = this.#wanted - this.#in("listening", "told to listen").length;
    for (const running of this.#in("ready").slice(0, Math.max(0, missing))) {
      running.state = "told to listen";
      this.#send(running.process, { kind: "listen" });
    }
  }

  /** Starts who shall run and does not. */
  #startEnough(): void {
    if (this.#isClosing) return;
    for (let worker = 0; worker < this.#shallRun; worker++) {
      if (this.#running[worker] === undefined) this.#fork(worker);
    }
  }

  #followDemand(): void {
    this.#demandTimer = setTimeout(() => {
      void this.#meetDemand().then(() => {
        if (!this.#isClosing) this.#followDemand();
      });
    }, DEMAND_MS);
  }

  /** Looks how busy those are that take connections, and lets others help. */
  async #meetDemand(): Promise<void> {
    const idleCores = this.#machine.sinceLast();
    const asked = this.#in("listening", "silent");
    const loads = await Promise.all(
      asked.map(async (running) => {
        const load = (await running.questions.ask("load")) as WorkerLoad | undefined;
        running.state = load === undefined ? "silent" : "listening";
        return load;
      }),
    );
    const listening = asked.filter(({ state }) => state === "listening");
    if (listening.length >= this.#wanted) {
      const { wake, shed } = workerDemand(
        loads.filter((load) => load !== undefined),
        idleCores,
      );
      if (wake && this.#wanted < this.#running.length) {
        this.#wanted++;
        this.#startEnough();
        this.#context.logger.info(
          { workers: this.#wanted },
          "one more worker takes connections: the others are full",
        );
      }
      for (const [i, connections] of shed.entries()) {
        if (connections > 0) this.#send(listening[i]!.process, { kind: "shed", connections });
      }
    }
    this.#listenEnough();
    this.#startEnough();
  }

  #fork(worker: number): void {
    const { topology, name, logger, version } = this.#context;
    const child = cluster.fork();
    const running: Running = {
      process: child,
      questions: new IpcQuestions((question) => this.#send(child, question)),
      state: "starting",
    };
    this.#running[worker] = running;
    const data: BackendWorkerData = { topology, name, worker, logLevel: logger.level, version };
    child.on("message", (message: FromWorker) => {
      if (message.kind === "loaded") this.#send(child, { kind: "start", data });
      else this.#receive(running, message);
    });
    child.once("exit", (code, signal) => {
      this.#running[worker] = undefined;
      this.#totals.ended(running);
      if (this.#isClosing) return;
      this.#restarts++;
      logger.error({ worker, code, signal }, "a worker has ended; another takes its place");
      this.#listenEnough();
      void this.#replace();
    });
  }

  async #replace(): Promise<void> {
    await sleep(this.#restartMs);
    this.#restartMs = Math.min(2 * this.#restartMs, RESTART_MS_MAX);
    this.#startEnough();
  }

  #receive(running: Running, message: Exclude<FromWorker, { readonly kind: "loaded" }>): void {
    switch (message.kind) {
      case "ready":
        running.state = "ready";
        this.#restartMs = RESTART_MS;
        this.#listenEnough();
        this.#onProgress();
        return;
      case "listening":
        void this.#onListening().then(
          () => {
            running.state = "listening";
            this.#onProgress();
          },
          (error: Error) => this.#fail(error),
        );
        return;
      case "failed":
        this.#fail(new Error(message.message));
        return;
      case "question":
        void this.#allMetrics().then((value) =>
          this.#send(running.process, { kind: "answer", id: message.id, value }),
        );
        return;
      case "answer":
        running.questions.take(message);
        return;
    }
  }

  #onProgress(): void {
    const isAll = this.#ready().length >= this.#shallRun && this.#in("listening").length >= this.#wanted;
    if (isAll) this.#starting?.ready();
  }

  /** A worker can't do what it is there for: the backend does not start, or tries again for as long as it takes. */
  #fail(error: Error): void {
    this.#context.logger.error({ err: error }, "a worker can't take requests");
    this.#starting?.failed(error);
  }

  /** The metrics of all workers as one. */
  async #allMetrics(): Promise<string> {
    // One that is silent is not waited for: what it last told is taken.
    const asked = this.#in("ready", "told to listen", "listening").map(async (running) => {
      const told = await running.questions.ask("metrics", METRICS_MS_MAX);
      if (this.#running.includes(running)) this.#totals.told(running, told as MetricsJson | undefined);
    });
    await Promise.all(asked);
    return this.#totals.text(await this.#registry.getMetricsAsJSON());
  }

  #states(): ReadonlyMap<string, number> {
    return new Map([
      ["starting", this.#in("starting").length],
      ["ready", this.#in("ready", "told to listen").length],
      ["listening", this.#in("listening").length],
      ["silent", this.#in("silent").length],
    ]);
  }

  #send(child: Worker, message: ToWorker): void {
    // Whether it has ended meanwhile is told by its exit.
    if (child.isConnected()) child.send(message, () => {});
  }
}
