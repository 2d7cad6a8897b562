import { encodeCommand, WordBuffer } from "@buttonwood/protocol";
import type { Clock } from "../platform/clock.js";
import type { Timers } from "../platform/timers.js";
import type { CommandMessage } from "../transport/engine-host.js";
import type { DeterministicCore } from "./deterministic-core.js";

/** Timers can't be set for longer; it is looked again then. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/** Waits for the time at which the core has something to do, and sends it a TICK then. */
export class DueTimes {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #send: (message: CommandMessage) => void;
  #dueUs = 0;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, timers: Timers, send: (message: CommandMessage) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#send = send;
  }

  /** Looks when the core has something to do next. To be called whenever it has applied commands. */
  look(core: DeterministicCore): void {
    const dueUs = core.nextDueUs;
    // One TICK does so much at most: when it left something over, the next one follows.
    const isWaiting = this.#callOff !== undefined && dueUs === this.#dueUs;
    if (isWaiting) return;
    this.end();
    this.#dueUs = dueUs;
    if (dueUs === 0) return;
    const waitMs = (dueUs - Math.max(core.timeUs, this.#clock.nowUs())) / 1000;
    this.#callOff = this.#timers.after(Math.min(Math.max(Math.ceil(waitMs), 0), WAIT_MS_MAX), () => {
      this.#callOff = undefined;
      if (this.#clock.nowUs() >= dueUs || core.timeUs >= dueUs) this.#send(tick());
      else this.look(core);
    });
  }

  /** Waits for nothing any more. */
  end(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}

/** A message of one TICK, whose answer nobody waits for. */
function tick(): CommandMessage {
  const commands = new WordBuffer(1 << 4);
  encodeCommand(commands, { kind: "TICK", account: 0 });
  return { commands: commands.copy(), number: 0, sink: { reply() {} } };
}
