import type { WordBuffer } from "@buttonwood/protocol";
import type { EngineQuery } from "./engine-port.js";

/** One connection from a gateway to the engine of another process; adapters make it of frames or of gRPC. */
export interface EngineLink {
  /** Sets who hears what comes back. */
  listen(listener: EngineLinkListener): void;
  /** Sends a message of commands: records back to back, which stay the caller's. */
  sendCommands(number: number, commands: Uint8Array): void;
  sendQuery(id: number, query: EngineQuery): void;
  /** Tells the other side why and closes. */
  close(reason: string): void;
}

export interface EngineLinkListener {
  /**
   * Commands are durable. `runs` are pairs: number of a message, how many of its commands are answered; within a
   * message answers follow the order of its commands. Their groups stand back to back from word `at`. Throws
   * RangeError when the two do not fit; the link then closes.
   */
  replied(runs: ArrayLike<number>, events: WordBuffer, at: number): void;
  /** Nothing of a message was taken. */
  refused(number: number, reason: Refusal): void;
  answered(id: number, answer: unknown): void;
  failed(id: number, message: string): void;
  /** The engine stops in order: what it has taken is answered, and what is not answered it has not taken. */
  settled(): void;
  /** The connection is over; called once, and last. */
  closed(reason: string): void;
}

/** Why an engine took nothing of a message; see `EngineHost.offer`. */
export type Refusal = "busy" | "malformed" | "stopped";
