/** Waiting, as the server's parts see it, so that the simulator can give them its own time. */
export interface Timers {
  /** Runs a task after a delay in ms. Returns how to call it off. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's timers. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
