import type { Offered } from "../engine-host.js";
import type { EngineQuery } from "../engine-port.js";

/** Client → engine. */
export type ToEngine =
  /** All commands of one event-loop turn; the buffer is transferred. */
  | { readonly kind: "commands"; readonly number: number; readonly commands: Uint8Array }
  | { readonly kind: "query"; readonly id: number; readonly query: EngineQuery };

/** Engine → client. */
export type ToClient =
  /** A committed batch: the feed, and in `runs` the answers (see `ReplySink`); the buffer is transferred. */
  | {
      readonly kind: "batch";
      readonly firstSequence: number;
      readonly lastSequence: number;
      readonly events: ArrayBuffer;
      readonly runs: readonly number[];
    }
  /** A message of commands was not taken. */
  | { readonly kind: "refused"; readonly number: number; readonly reason: Exclude<Offered, "taken"> }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "queryFailed"; readonly id: number; readonly message: string };
