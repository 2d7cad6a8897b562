import type { FeedBatch } from "../feed/port.js";
import type { EngineAnswer, EngineQuery } from "./engine-port.js";

/** This process does not lead its partition (any more): the question is to be asked of the one that does. */
export class NotLeadingError extends Error {
  override readonly name = "NotLeadingError";
}

/** What became of a message of commands; of all but the first, nothing was taken. */
export type Offered = "taken" | "busy" | "malformed" | "stopped" | "elsewhere";

/** The engine as the server side of a transport sees it: what came in goes to {@link offer}, answers come back to a sink. */
export interface EngineHost {
  /**
   * Hands over a message of whole commands. Answers "busy" when too much waits; nothing of the message is
   * then taken. Answers "malformed" when its records do not add up, "stopped" when the engine takes nothing more;
   * what it took before is then still answered, unless it has failed. Answers "elsewhere" when another process leads
   * and everything that this one ever took is answered.
   */
  offer(message: CommandMessage): Offered;

  /** Answers from committed state only. Rejects with {@link NotLeadingError} where another process is to be asked. */
  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>>;
}

/** Commands of one event-loop turn of one gateway. */
export interface CommandMessage {
  /** Command records back to back. The engine may keep it until all are answered. */
  readonly commands: Uint8Array;
  /** The gateway's own number for it, named in the answers. */
  readonly number: number;
  readonly sink: ReplySink;
}

/** Where the answers to a message go. */
export interface ReplySink {
  /**
   * A batch is durable that holds commands of this sink. `runs` are triples: number of a message, index of the
   * first group in the batch, number of groups; within a message they follow each other. The events are the
   * engine's buffer: copy what is kept.
   */
  reply(batch: FeedBatch, runs: readonly number[]): void;
}
