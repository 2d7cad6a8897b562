/** Commands with one field that no well-behaved gateway would send. */
import type { Command, WordBuffer } from "@buttonwood/protocol";
import type { Random } from "./random.js";
import { TEXTS_OF } from "./read-command.js";

const INTEGERS = [-(2 ** 31), -1, 0, 1, 2, 3, 5, 7, 255, 2 ** 31 - 1];
const SETS = [0, 1, 2, 3, 5, 8, 255];
const DOUBLES = [Number.NaN, -1, 0, 0.5, 1, 2 ** 53, 1e300, Number.POSITIVE_INFINITY];
const NAMES = ["", "a", "a b", "~".repeat(16)];
const TEXT_VALUES = ["", "a", "a b", "~".repeat(36)];

/** Which values are tried for a field, by its name; all others are 32-bit integers. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  side: SETS,
  type: SETS,
  timeInForce: SETS,
  selfTradePrevention: SETS,
  quoteAmount: DOUBLES,
  orderId: DOUBLES,
  amount: DOUBLES,
  amountMin: DOUBLES,
  amountMax: DOUBLES,
  channelSequence: DOUBLES,
  notionalMin: DOUBLES,
  notionalMax: DOUBLES,
  clientOrderId: TEXT_VALUES,
  cancelId: TEXT_VALUES,
  listClientOrderId: TEXT_VALUES,
  listId: DOUBLES,
  atUs: DOUBLES,
  expiresUs: DOUBLES,
  reference: TEXT_VALUES,
  name: NAMES,
  symbol: NAMES,
};

const UNTOUCHED = ["kind", "timeUs", "deadlineUs", "order", "legs", "terms"];

/** A copy of a command with one field changed to a value that is seldom right. */
export function damaged(random: Random, command: Command): Command {
  if ("legs" in command && random.chance(0.7)) {
    const at = random.integer(0, command.legs.length - 1);
    const legs = command.legs.map((leg, i) => (i === at ? damagedFields(random, leg) : leg));
    return { ...command, legs } as Command;
  }
  const inOrder = "order" in command && random.chance(0.7);
  if (inOrder) return { ...command, order: damagedFields(random, command.order) } as Command;
  return damagedFields(random, command);
}

function damagedFields<T extends object>(random: Random, target: T): T {
  if ("terms" in target && random.chance(0.2)) {
    return { ...target, terms: damagedFields(random, target.terms as object) };
  }
  const names = Object.keys(target).filter((name) => !UNTOUCHED.includes(name));
  if (names.length === 0) return target;
  const name = random.pick(names);
  return { ...target, [name]: random.pick(VALUES[name] ?? INTEGERS) };
}

/**
 * Damages the record at a word as no encoder could: its type, its size, the length of a text or a text's first
 * byte. Bytes behind a text stay 0, which every writer promises.
 */
export function damageWords(random: Random, buffer: WordBuffer, at: number): void {
  const { i32, u8 } = buffer;
  const type = i32[at]! & 0xff;
  const words = i32[at]! >>> 8;
  const texts = TEXTS_OF[type];
  if (texts === undefined || random.chance(0.3)) {
    if (random.chance(0.5)) i32[at] = random.pick([0, 10, 31, 44, 50, 255]) | (words << 8);
    else i32[at] = type | ((words + random.pick([-2, 2, 64])) << 8);
    return;
  }
  const { length, text } = random.pick(texts);
  if (i32[at + length]! > 0 && random.chance(0.5)) {
    u8[(at + text) * 4] = random.pick([0x01, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff]);
  } else {
    i32[at + length] = random.pick([-(2 ** 31), -1, 37, 256, 2 ** 31 - 1]);
  }
}
