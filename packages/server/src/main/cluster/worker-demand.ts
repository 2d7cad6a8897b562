/**
 * How many workers of a backend take connections. Each wake-up of a process that handles one or two requests costs
 * several times what the requests do, and small messages cost the engines as much: so few workers take what comes
 * until they are full, and the others wait, ready.
 */

/** A worker that takes connections, over the time since it was last asked. */
export interface WorkerLoad {
  /** CPU time that it used, in cores. */
  readonly cores: number;
  /** Open connections, WebSockets too. */
  readonly connections: number;
}

export interface WorkerDemand {
  /** One more worker shall take connections. */
  readonly wake: boolean;
  /** Connections that each worker shall close after their next answer, so that another one takes them. */
  readonly shed: readonly number[];
}

/** A worker that uses more of a core than this answers later than it could. */
const FULL_CORES = 0.7;
/** Another process only helps when there is time for it on some core. */
const IDLE_CORES_MIN = 0.5;
/** WebSockets stay where they are: a worker leaves room for the time when there is something to tell all of them. */
const FULL_CONNECTIONS = 1_000;

/** What shall change, by the loads of the workers that take connections and the cores that nothing ran on. */
export function workerDemand(loads: readonly WorkerLoad[], idleCores: number): WorkerDemand {
  const isBusy = (load: WorkerLoad): boolean => load.cores >= FULL_CORES && idleCores >= IDLE_CORES_MIN;
  const mean = loads.reduce((sum, { cores }) => sum + cores, 0) / loads.length;
  const isUneven = loads.some(({ cores }) => cores < mean / 2);
  return {
    wake: loads.every((load) => isBusy(load) || load.connections >= FULL_CONNECTIONS),
    shed: loads.map((load) =>
      isBusy(load) && isUneven ? Math.floor(load.connections * (1 - mean / load.cores)) : 0,
    ),
  };
}
