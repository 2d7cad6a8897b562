import { type Command, type Event, Reason } from "@buttonwood/protocol";

/** What became of the commands of one id, as its clients were told and as the journals say. */
interface Known {
  /** Times that it took effect. */
  effects: number;
  /** The order that it made; 0 = none. */
  orderId: number;
  /** A client was told that it took effect; the order that it was told of. */
  toldDone: boolean;
  toldOrderId: number;
  /** A client was told that it had no effect, and stopped asking. */
  toldRefused: string | undefined;
}

/** What clients were told of commands with ids, against the journals of all partitions. */
export class AnswersCheck {
  readonly #known = new Map<string, Known>();

  /** A command is durable, with these events. Answers what is wrong, or undefined. */
  group(command: Command, events: readonly Event[]): string | undefined {
    for (const event of events) {
      if (event.kind === "ORDER_ACCEPTED") {
        const { account, clientOrderId, orderId } = event.order;
        const known = this.#of(orderKey(account, clientOrderId));
        known.orderId = orderId;
        if (++known.effects > 1) return `order ${clientOrderId} of account ${account} took effect twice`;
      }
      if (event.kind === "DEPOSITED" || event.kind === "WITHDRAWN") {
        const key = identity(command)!;
        if (++this.#of(key).effects > 1) return `${key} took effect twice`;
      }
    }
    return undefined;
  }

  /** A client has an answer to a command; `isLast` when nothing of it can be under way any more. */
  answered(
    command: Command,
    reason: Reason,
    orderId: number,
    events: readonly Event[],
    { isLast }: { readonly isLast: boolean },
  ): void {
    const key = identity(command);
    if (key === undefined) return;
    const known = this.#of(key);
    const isDone =
      reason === Reason.REPEAT ||
      events.some(({ kind }) => kind === "ORDER_ACCEPTED" || kind === "DEPOSITED" || kind === "WITHDRAWN");
    if (isDone) {
      known.toldDone = true;
      if (reason === Reason.REPEAT) known.toldOrderId = orderId;
    } else if (isLast) known.toldRefused = `reason ${reason}`;
  }

  /** A client was told that a command was not sent, and sends it no more. */
  turnedAway(command: Command): void {
    const key = identity(command);
    if (key !== undefined) this.#of(key).toldRefused = "not sent";
  }

  /** At the end, when nothing is under way: what is wrong, or undefined. */
  end(): string | undefined {
    for (const [key, { effects, orderId, toldDone, toldOrderId, toldRefused }] of this.#known) {
      if (toldDone && effects !== 1)
        return `${key}: its client was told that it took effect, but it did ${effects} times`;
      if (toldOrderId !== 0 && toldOrderId !== orderId) {
        return `${key}: its client was told of order ${toldOrderId}, but it made ${orderId}`;
      }
      if (!toldDone && toldRefused !== undefined && effects > 0) {
        return `${key}: its client was told ${toldRefused}, but it took effect`;
      }
    }
    return undefined;
  }

  #of(key: string): Known {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { effects: 0, orderId: 0, toldDone: false, toldOrderId: 0, toldRefused: undefined };
      this.#known.set(key, known);
    }
    return known;
  }
}

/** What a command is known by when it comes again; undefined for one that has no id. */
export function identity(command: Command): string | undefined {
  switch (command.kind) {
    case "NEW_ORDER":
    case "CANCEL_REPLACE":
      return orderKey(command.account, command.order.clientOrderId);
    case "DEPOSIT":
    case "WITHDRAW":
      return `payment ${command.reference} of account ${command.account}`;
    default:
      return undefined;
  }
}

const orderKey = (account: number, clientOrderId: string): string =>
  `order ${clientOrderId} of account ${account}`;
