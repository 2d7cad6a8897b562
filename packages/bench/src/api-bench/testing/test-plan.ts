import type { LoadPlan } from "../plan.js";

/** A load for a test, of one market and one key, over HTTP unless the test changes it. */
export function testPlan(changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    host: "127.0.0.1",
    port: 1,
    transport: "http",
    connections: 2,
    inFlight: 1,
    flow: "limits",
    warmUpSeconds: 0.2,
    seconds: 2,
    keys: [{ apiKey: "key", secretKey: "secret" }],
    markets: [
      {
        symbol: "BTCUSDT",
        midTicks: 6_000_000,
        tick: { mantissa: 1, decimals: 2 },
        lot: { mantissa: 1, decimals: 4 },
        lots: 2,
      },
    ],
    seed: 1,
    responseType: "ACK",
    ...changes,
  };
}
