import { CommandHeader, Reason, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { DeterministicCore } from "./deterministic-core.js";

/** A type that no command has, so that the core refuses it before it looks at anything else. */
const NO_COMMAND = 0xff;

const header = new WordBuffer(CommandHeader.WORDS);
header.reserve(CommandHeader.WORDS);

/**
 * Sets a command aside that makes the core throw: it takes its sequence and its time, changes nothing, and its
 * group is a lone RESULT with reason QUARANTINED. The core sees a command of no type with the same header, so
 * that it need not know about quarantine; what it answers is then given the right reason.
 */
export function quarantine(core: DeterministicCore, commands: WordBuffer, at: number): void {
  header.i32.set(commands.i32.subarray(at, at + CommandHeader.WORDS));
  const type = header.i32[0]! & 0xff;
  header.i32[0] = NO_COMMAND | (CommandHeader.WORDS << 8);
  const group = core.events.length;
  core.apply(header, 0);
  if (core.events.length !== group + ResultEvent.WORDS) {
    throw new Error("the core took a command of no type");
  }
  core.events.i32[group + ResultEvent.REASON] = Reason.QUARANTINED | (type << 16);
}

/** Whether the group at a word says that its command was set aside. */
export function isQuarantined(events: WordBuffer, at: number): boolean {
  return (
    at + ResultEvent.WORDS <= events.length &&
    (events.i32[at + ResultEvent.REASON]! & 0xffff) === Reason.QUARANTINED
  );
}
