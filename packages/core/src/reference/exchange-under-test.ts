/** What the suites of this folder need of an exchange, so that any implementation can be plugged in. */
import {
  type Command,
  decodeEvents,
  type Event,
  encodeCommand,
  encodeEvent,
  WordBuffer,
} from "@buttonwood/protocol";
import { ReferenceExchange } from "./reference-exchange.js";
import type { ReferenceConfig } from "./state.js";

/** An exchange that reads commands and writes events as words. */
export interface WordExchange {
  /** Carries out the command at a word and appends its group of events to `out`. */
  applyWords(buffer: WordBuffer, at: number, out: WordBuffer): void;
  /** 16 hex digits. */
  stateDigest(): string;
  /** Throws when the exchange's own structures disagree. */
  checkIntegrity(): void;
  /** An exchange restored from a snapshot of this one; undefined when there are no snapshots. */
  restored(): WordExchange | undefined;
}

export interface Implementation {
  readonly name: string;
  readonly create: (config: Partial<ReferenceConfig>) => WordExchange;
}

class ReferenceUnderTest implements WordExchange {
  readonly exchange: ReferenceExchange;

  constructor(config: Partial<ReferenceConfig>) {
    this.exchange = new ReferenceExchange(config);
  }

  applyWords(buffer: WordBuffer, at: number, out: WordBuffer): void {
    for (const event of this.exchange.applyWords(buffer, at)) encodeEvent(out, event);
  }

  stateDigest(): string {
    return this.exchange.stateDigest();
  }

  checkIntegrity(): void {
    this.exchange.checkInvariants();
  }

  restored(): undefined {
    return undefined;
  }
}

export const REFERENCE: Implementation = {
  name: "reference",
  create: (config) => new ReferenceUnderTest(config),
};

/** An exchange spoken to in objects. */
export class ObjectExchange {
  readonly #exchange: WordExchange;
  readonly #command = new WordBuffer(128);
  readonly #events = new WordBuffer(1024);

  constructor(exchange: WordExchange) {
    this.#exchange = exchange;
  }

  apply(command: Command): Event[] {
    this.#command.clear();
    this.#events.clear();
    encodeCommand(this.#command, command);
    this.#exchange.applyWords(this.#command, 0, this.#events);
    return decodeEvents(this.#events);
  }

  stateDigest(): string {
    return this.#exchange.stateDigest();
  }

  checkIntegrity(): void {
    this.#exchange.checkIntegrity();
  }
}
