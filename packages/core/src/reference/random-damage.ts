/** Commands with one field that no well-behaved gateway would send. */
import type { Command } from "@buttonwood/protocol";
import type { Random } from "./random.js";

const INTEGERS = [-(2 ** 31), -1, 0, 1, 2, 3, 5, 7, 255, 2 ** 31 - 1];
const SETS = [0, 1, 2, 3, 5, 8, 255];
const DOUBLES = [Number.NaN, -1, 0, 0.5, 1, 2 ** 53, 1e300, Number.POSITIVE_INFINITY];
const TEXTS = ["", "a", "a b", "~".repeat(36)];

/** Which values are tried for a field, by its name; all others are 32-bit integers. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  side: SETS,
  type: SETS,
  timeInForce: SETS,
  selfTradePrevention: SETS,
  quoteAmount: DOUBLES,
  orderId: DOUBLES,
  amount: DOUBLES,
  notionalMin: DOUBLES,
  notionalMax: DOUBLES,
  clientOrderId: TEXTS,
  cancelId: TEXTS,
  reference: TEXTS,
  name: TEXTS,
  symbol: TEXTS,
};

/** A copy of a command with one field changed to a value that is seldom right. */
export function damaged(random: Random, command: Command): Command {
  const inOrder = "order" in command && random.chance(0.7);
  const target = inOrder ? command.order : command;
  const names = Object.keys(target).filter(
    (name) => !["kind", "timeUs", "deadlineUs", "order"].includes(name),
  );
  const name = random.pick(names);
  const value = random.pick(VALUES[name] ?? INTEGERS);
  const changed = { ...target, [name]: value };
  return (inOrder ? { ...command, order: changed } : changed) as Command;
}
