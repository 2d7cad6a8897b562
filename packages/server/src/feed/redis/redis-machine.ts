import { connectRedis } from "../../platform/redis-connection.js";
import { systemTimers, type Timers } from "../../platform/timers.js";

/** How Redis is reached and how time passes there; the simulator has its own. */
export interface RedisMachine {
  readonly connect: typeof connectRedis;
  readonly timers: Timers;
  /** Elapsed time, in ms. */
  readonly stopwatchMs: () => number;
  /** A number from 0 to 1, as Math.random. */
  readonly random: () => number;
}

export const THIS_MACHINE: RedisMachine = {
  connect: connectRedis,
  timers: systemTimers,
  stopwatchMs: () => performance.now(),
  random: Math.random,
};
