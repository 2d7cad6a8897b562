import type { Timers } from "../../platform/timers.js";
import { type EngineClient, OutcomeUnknownError } from "../../transport/engine-port.js";
import { FundsView } from "./funds-view.js";

/** How often they are read until the readings are consistent. */
const READINGS_MAX = 50;

/**
 * An account's funds over all partitions, each transfer counted exactly once. Rejects as the engines' queries do,
 * and with OutcomeUnknownError when funds move too fast to be read as one.
 */
export async function readFunds(
  partitions: readonly EngineClient[],
  account: number,
  { timers, random }: { readonly timers: Timers; readonly random: () => number },
): Promise<FundsView> {
  for (let reading = 0; reading < READINGS_MAX; reading++) {
    const readings = partitions.map((client) => client.query({ kind: "funds", account }));
    const view = new FundsView(await Promise.all(readings));
    if (view.isConsistent) return view;
    // Transfers of anybody pass the same channels; in a moment the readings may fall between two of them.
    await new Promise<void>((resolve) => void timers.after(random() * reading, resolve));
  }
  throw new OutcomeUnknownError("funds move between partitions too fast to be read as one");
}
