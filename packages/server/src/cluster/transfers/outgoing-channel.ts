import { type Command, encodeCommand, nameOf, Reason, WordBuffer } from "@buttonwood/protocol";
import type { CommandOutcome, OutgoingTransfer } from "../../transport/engine-port.js";
import type { CarrierParts } from "./carrier.js";

/** Transfers sent at a time: as many as are answered by one or two batches of the receiver. */
const BATCH_MAX = 256;

/** Pause after a failure, in ms, doubled each time up to the highest; drawn from half of it to all of it. */
const PAUSE_MS = 10;
const PAUSE_MS_MAX = 1_000;

/** An answer that takes longer, in ms, is taken for lost, so that a connection that says nothing stops no transfer. */
const ANSWER_MS_MAX = 5_000;

/** The transfers to one other partition. */
export class OutgoingChannel {
  readonly #toPartition: number;
  readonly #parts: CarrierParts;
  /** Not known to have arrived, oldest first. */
  readonly #waiting: OutgoingTransfer[] = [];
  /** The last number that is known to have arrived. */
  #arrived = 0;
  #isAcknowledging = false;
  #isRunning = false;
  #isClosed = false;
  /** Why it is held, as was last said; "" while it flows. */
  #why = "";
  /** What ends each wait at once. */
  readonly #waits = new Set<() => void>();

  constructor(toPartition: number, parts: CarrierParts) {
    this.#toPartition = toPartition;
    this.#parts = parts;
  }

  /** A transfer whose debit is durable; goes with the next run. They come in the order of their numbers. */
  add(transfer: OutgoingTransfer): void {
    this.#waiting.push(transfer);
  }

  /** Sends what waits, until nothing does. */
  run(): void {
    if (this.#isRunning || this.#isClosed) return;
    void this.#send();
  }

  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#waits]) end();
  }

  async #send(): Promise<void> {
    this.#isRunning = true;
    let pauseMs = PAUSE_MS;
    while (this.#waiting.length > 0 && !this.#isClosed) {
      try {
        await this.#sendBatch();
        pauseMs = PAUSE_MS;
        this.#say("");
      } catch (error) {
        this.#say((error as Error).message);
        await this.#pause(pauseMs * (0.5 + this.#parts.random() / 2));
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
      }
    }
    this.#isRunning = false;
  }

  /** Resolves when the whole batch has arrived. Rejects with why the first that has not did not. */
  async #sendBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH_MAX);
    const client = this.#parts.clientOf(this.#toPartition);
    const sent = batch.map((transfer) => client.submit(this.#command(transfer)));
    const answers = await this.#within(ANSWER_MS_MAX, Promise.allSettled(sent));
    if (answers === undefined) {
      throw new Error(`partition ${this.#toPartition} does not answer within ${ANSWER_MS_MAX} ms`);
    }
    const failed = answers.findIndex((answer) => !hasArrived(answer));
    const count = failed < 0 ? batch.length : failed;
    this.#waiting.splice(0, count);
    if (count > 0) this.#acknowledge(batch[count - 1]!.channelSequence);
    const answer = answers[count];
    if (answer?.status === "rejected") throw answer.reason;
    if (answer?.status === "fulfilled") throw new Error(refusal(answer.value.reason, batch[count]!));
  }

  #command({ channelSequence, account, asset, amount }: OutgoingTransfer): Command {
    const fromPartition = this.#parts.partition;
    return { kind: "TRANSFER_IN", account, fromPartition, channelSequence, asset, amount };
  }

  /** Lets the own engine forget what has arrived. One that is lost is made up by the next. */
  #acknowledge(channelSequence: number): void {
    this.#arrived = Math.max(this.#arrived, channelSequence);
    if (this.#isAcknowledging) return;
    const words = new WordBuffer(1 << 4);
    encodeCommand(words, {
      kind: "TRANSFER_ACK",
      account: 0,
      toPartition: this.#toPartition,
      channelSequence: this.#arrived,
    });
    const offered = this.#parts.engine.offer({ commands: words.copy(), number: 0, sink: { reply() {} } });
    if (offered !== "busy") return;
    this.#isAcknowledging = true;
    void this.#pause(PAUSE_MS).then(() => {
      this.#isAcknowledging = false;
      if (!this.#isClosed) this.#acknowledge(this.#arrived);
    });
  }

  async #pause(ms: number): Promise<void> {
    await this.#within(ms, new Promise<never>(() => {}));
  }

  /** Resolves with what is promised, which must not fail; with undefined when the time is up or the channel closes. */
  #within<T>(ms: number, promised: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (value?: T): void => {
        stopTimer();
        this.#waits.delete(giveUp);
        resolve(value);
      };
      const giveUp = (): void => end();
      const stopTimer = this.#parts.timers.after(ms, giveUp);
      this.#waits.add(giveUp);
      void promised.then(end);
    });
  }

  #say(why: string): void {
    if (why === this.#why || this.#isClosed) return;
    this.#why = why;
    const toPartition = this.#toPartition;
    this.#parts.onEvent(why === "" ? { kind: "flowing", toPartition } : { kind: "held", toPartition, why });
  }
}

function hasArrived(answer: PromiseSettledResult<CommandOutcome>): boolean {
  return (
    answer.status === "fulfilled" &&
    (answer.value.reason === Reason.OK || answer.value.reason === Reason.REPEAT)
  );
}

function refusal(reason: Reason, { toPartition, channelSequence }: OutgoingTransfer): string {
  return `partition ${toPartition} refuses transfer ${channelSequence} to it: ${nameOf(Reason, reason)}`;
}
