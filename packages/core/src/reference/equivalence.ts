/** Two exchanges on the same random commands: equal event bytes and equal digests after every command. */
import { type Command, decodeEvents, encodeCommand, WordBuffer } from "@buttonwood/protocol";
import type { Implementation, WordExchange } from "./exchange-under-test.js";
import { Random } from "./random.js";
import { RandomCommands } from "./random-commands.js";
import { damageWords } from "./random-damage.js";
import { readCommand } from "./read-command.js";
import type { ReferenceConfig } from "./state.js";

/** How thoroughly an episode is checked. */
export interface Thoroughness {
  /** Digests are compared, and the reference's invariants checked, after every so many commands. */
  readonly digestEvery: number;
  /** How often the subject is replaced by one restored from its own snapshot; a probability for each command. */
  readonly restoreChance: number;
}

/** Where two exchanges part. */
export interface Mismatch {
  readonly seed: number;
  readonly config: ReferenceConfig;
  /** The commands up to and with the one after which they differ, each as its bytes. */
  readonly commands: readonly Uint8Array[];
  /** What differs, in words. */
  readonly difference: string;
}

const stackOf = (error: unknown): string => String((error instanceof Error && error.stack) || error);

function eventsAsText(words: WordBuffer): string {
  try {
    return decodeEvents(words)
      .map((event) => `    ${JSON.stringify(event)}`)
      .join("\n");
  } catch (error) {
    return `    not readable: ${error}`;
  }
}

/** The index of the first word that differs, −1 when the buffers are equal. */
function firstDifference(a: WordBuffer, b: WordBuffer): number {
  const words = Math.max(a.length, b.length);
  for (let i = 0; i < words; i++) {
    if (i >= a.length || i >= b.length || a.i32[i] !== b.i32[i]) return i;
  }
  return -1;
}

/** Runs a reference and a subject side by side. */
export class Pair {
  readonly reference: WordExchange;
  subject: WordExchange;
  readonly referenceEvents = new WordBuffer(1 << 12);
  readonly #subjectEvents = new WordBuffer(1 << 12);

  constructor(reference: Implementation, subject: Implementation, config: ReferenceConfig) {
    this.reference = reference.create(config);
    this.subject = subject.create(config);
  }

  /** Applies the command at a word to both. Returns what differs, undefined when nothing does. */
  apply(buffer: WordBuffer, at: number, checkState: boolean): string | undefined {
    const expected = this.referenceEvents;
    const actual = this.#subjectEvents;
    expected.clear();
    actual.clear();
    try {
      this.reference.applyWords(buffer, at, expected);
    } catch (error) {
      return `the reference threw: ${stackOf(error)}`;
    }
    try {
      this.subject.applyWords(buffer, at, actual);
    } catch (error) {
      return `the subject threw: ${stackOf(error)}`;
    }
    const word = firstDifference(expected, actual);
    if (word >= 0) {
      return `events differ at word ${word}\n  reference:\n${eventsAsText(expected)}\n  subject:\n${eventsAsText(actual)}`;
    }
    return checkState ? this.checkState() : undefined;
  }

  checkState(): string | undefined {
    const expected = this.reference.stateDigest();
    const actual = this.subject.stateDigest();
    if (expected !== actual) return `digests differ: reference ${expected}, subject ${actual}`;
    try {
      this.reference.checkIntegrity();
    } catch (error) {
      return `the reference: ${stackOf(error)}`;
    }
    return undefined;
  }

  /** Goes on with a subject restored from a snapshot. Returns what differs. */
  restore(): string | undefined {
    const before = this.subject.stateDigest();
    try {
      this.subject.checkIntegrity();
      const restored = this.subject.restored();
      if (restored === undefined) return undefined;
      const after = restored.stateDigest();
      if (before !== after) return `a restored snapshot has digest ${after}, its original ${before}`;
      this.subject = restored;
    } catch (error) {
      return `snapshot: ${stackOf(error)}`;
    }
    return undefined;
  }
}

/** Runs one seed's random commands. Returns the mismatch, undefined when there is none. */
export function runEpisode(
  reference: Implementation,
  subject: Implementation,
  seed: number,
  commandCount: number,
  { digestEvery, restoreChance }: Thoroughness,
): Mismatch | undefined {
  const generator = new RandomCommands(seed);
  const random = new Random(seed ^ 0x5eed);
  const { config } = generator.world;
  const pair = new Pair(reference, subject, config);
  const history = new WordBuffer(1 << 16);
  const starts: number[] = [];
  for (let i = 0; i < commandCount; i++) {
    const at = encodeCommand(history, generator.next());
    if (random.chance(0.01)) damageWords(random, history, at);
    starts.push(at);
    const difference =
      pair.apply(history, at, i % digestEvery === 0 || i === commandCount - 1) ??
      (random.chance(restoreChance) ? pair.restore() : undefined);
    if (difference !== undefined) {
      const commands = starts.map((start, k) => history.copy(start, starts[k + 1] ?? history.length));
      return { seed, config, commands, difference };
    }
    generator.observe(decodeEvents(pair.referenceEvents));
  }
  return undefined;
}

/** A command that takes a sequence and does nothing else: removed commands leave it, so that order ids stay. */
function barrierBytes(): Uint8Array {
  const buffer = new WordBuffer(8);
  encodeCommand(buffer, { kind: "BARRIER", account: 0 });
  return buffer.copy();
}

const BARRIER = barrierBytes();

/** What differs when commands are carried out from the start, and after how many of them. */
function replay(
  reference: Implementation,
  subject: Implementation,
  config: ReferenceConfig,
  commands: readonly Uint8Array[],
): { readonly difference: string; readonly length: number } | undefined {
  const pair = new Pair(reference, subject, config);
  for (let i = 0; i < commands.length; i++) {
    const difference =
      pair.apply(WordBuffer.from(commands[i]!), 0, true) ??
      (commands[i] === BARRIER ? undefined : pair.restore());
    if (difference !== undefined) return { difference, length: i + 1 };
  }
  return undefined;
}

/**
 * Replaces as many commands as possible by barriers while the exchanges still differ. Checks the state and restores
 * a snapshot after every command, so a mismatch that was seen late is found where it arises. Returns the mismatch
 * unchanged when it does not come back on a replay.
 */
export function shrink(reference: Implementation, subject: Implementation, mismatch: Mismatch): Mismatch {
  const { config } = mismatch;
  let found = replay(reference, subject, config, mismatch.commands);
  if (found === undefined) return mismatch;
  let commands = mismatch.commands.slice(0, found.length);
  let size = commands.length >> 1;
  while (size >= 1) {
    let removed = false;
    for (let start = 0; start < commands.length; start += size) {
      const end = Math.min(start + size, commands.length);
      if (commands.slice(start, end).every((command) => command === BARRIER)) continue;
      const fewer = commands.map((command, i) => (i >= start && i < end ? BARRIER : command));
      const still = replay(reference, subject, config, fewer);
      if (still === undefined) continue;
      found = still;
      commands = fewer.slice(0, still.length);
      removed = true;
    }
    // Single commands are tried again until none can go: one often stays only because of another.
    if (size > 1 || !removed) size >>= 1;
  }
  return { ...mismatch, commands, difference: found.difference };
}

/** A mismatch as a report: the seed first, then the commands that matter with their sequences. */
export function describeMismatch({ seed, config, commands, difference }: Mismatch): string {
  const lines = [`seed ${seed}`, `configuration ${JSON.stringify(config)}`];
  commands.forEach((bytes, i) => {
    if (bytes === BARRIER) return;
    const buffer = WordBuffer.from(bytes);
    const command: Command | undefined = readCommand(buffer, 0);
    const text = command === undefined ? `words ${buffer.i32.join(" ")}` : JSON.stringify(command);
    lines.push(`  ${i + 1}: ${text}`);
  });
  lines.push(difference);
  return lines.join("\n");
}
