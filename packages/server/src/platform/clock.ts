/** Time as the server's parts see it, so that the simulator can give them its own. */
export interface Clock {
  /** µs since 1970. May jump either way: the engine makes it monotonic when it sequences. */
  nowUs(): number;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
};
