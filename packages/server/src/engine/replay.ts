import { decodeEvents, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { JournalRow } from "../journal/port.js";
import { commandWords } from "./command-frame.js";
import type { DeterministicCore } from "./deterministic-core.js";
import { isQuarantined, quarantine } from "./quarantine.js";

/** The core does not derive what the journal holds: the program differs from the one that wrote it, or has a bug. */
export class ReplayDiffersError extends Error {
  override readonly name = "ReplayDiffersError";
}

/** Applies journaled rows to a core and compares every event and every digest with what was written. */
export class Replay {
  readonly #commands = new WordBuffer(1 << 12);
  readonly #expected = new WordBuffer(1 << 12);

  /** Throws {@link ReplayDiffersError} naming the row, the sequence and the first event that differs. */
  apply(core: DeterministicCore, row: JournalRow): void {
    const commands = load(this.#commands, row.commands);
    const expected = load(this.#expected, row.events);
    const { events } = core;
    events.clear();
    if (core.sequence !== row.firstSequence - 1) {
      throw new ReplayDiffersError(
        `row ${row.firstSequence}: the core stands at sequence ${core.sequence}, not before this row`,
      );
    }
    let lookedAt = 0;
    for (let at = 0; at < commands.length; at += commandWords(commands, at)) {
      if (at >= lookedAt) lookedAt = core.lookAhead(commands, at);
      if (isQuarantined(expected, events.length)) quarantine(core, commands, at);
      else {
        try {
          core.apply(commands, at);
        } catch (error) {
          throw new ReplayDiffersError(
            `row ${row.firstSequence}, sequence ${core.sequence + 1}: the core threw (${String(error)}), but the journal holds events for this command`,
          );
        }
      }
    }
    const same =
      events.length === expected.length &&
      Buffer.compare(events.bytes(), expected.bytes()) === 0 &&
      core.sequence === row.lastSequence;
    if (!same) throw new ReplayDiffersError(difference(row, events, expected));
    const digest = core.stateDigest();
    if (digest !== row.digest) {
      throw new ReplayDiffersError(
        `row ${row.firstSequence}: after sequence ${row.lastSequence} the state digest is ${digest}, but ${row.digest} was written; every event is the same`,
      );
    }
  }
}

function load(buffer: WordBuffer, bytes: Uint8Array): WordBuffer {
  buffer.clear();
  buffer.reserve(bytes.byteLength >> 2);
  buffer.u8.set(bytes);
  return buffer;
}

function difference(row: JournalRow, derived: WordBuffer, written: WordBuffer): string {
  const name = `row ${row.firstSequence}`;
  const end = Math.min(derived.length, written.length);
  let word = 0;
  while (word < end && derived.i32[word] === written.i32[word]) word++;
  if (word === end) {
    return `${name}: ${derived.length} words of events were derived, ${written.length} were written; they agree as far as both go`;
  }
  // Groups are the same up to the one with the difference, so either side finds where it begins.
  let group = 0;
  let sequence = row.firstSequence;
  for (;;) {
    const words = written.i32[group + ResultEvent.GROUP_WORDS]!;
    if (words < ResultEvent.WORDS || group + words > word) break;
    group += words;
    sequence++;
  }
  return `${name}, sequence ${sequence}: the events differ at word ${word - group} of the group: derived ${describe(derived, group)}, written ${describe(written, group)}`;
}

function describe(events: WordBuffer, group: number): string {
  try {
    const words = events.i32[group + ResultEvent.GROUP_WORDS]!;
    return JSON.stringify(decodeEvents(events, group, Math.min(events.length, group + words))).slice(0, 2000);
  } catch (error) {
    return `events that are not readable (${String(error)})`;
  }
}
