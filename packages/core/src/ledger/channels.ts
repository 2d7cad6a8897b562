import { digestEnd, highWord, KeyA, KeyB, lowWord, PARTITIONS_MAX } from "@buttonwood/protocol";
import { type DigestSum, Tag } from "../state/digest-sum.js";
import { Scalar } from "../state/scalars.js";
import { newTable } from "../state/table.js";

// Words of a channel's row, all doubles: numbers of the last transfers to and from another partition.
export const enum Channel {
  SENT = 0,
  ACKNOWLEDGED = 2,
  RECEIVED = 4,
  WORDS = 8,
}

// Words of a transfer that waits in the outbox. The amount is a double.
export const enum Outgoing {
  ACCOUNT = 0,
  ASSET = 1,
  AMOUNT = 2,
  WORDS = 4,
}

const KEYS_A = [KeyA.K0, KeyA.K1, KeyA.K2, KeyA.K3, KeyA.K4, KeyA.K5, KeyA.K6, KeyA.K7];
const KEYS_B = [KeyB.K0, KeyB.K1, KeyB.K2, KeyB.K3, KeyB.K4, KeyB.K5, KeyB.K6, KeyB.K7];

/**
 * What is kept of the other partitions, by their numbers: how far each channel is, and the outboxes, each a ring in
 * which the transfer of a number has its place.
 */
export class Channels {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly outboxWords: Int32Array;
  readonly outboxDoubles: Float64Array;
  readonly #outboxMax: number;
  readonly #scalars: Float64Array;
  readonly #digest: DigestSum;

  constructor(outboxMax: number, scalars: Float64Array, digest: DigestSum) {
    const channels = newTable(PARTITIONS_MAX * Channel.WORDS);
    this.words = channels.words;
    this.doubles = channels.doubles;
    const outbox = newTable(PARTITIONS_MAX * outboxMax * Outgoing.WORDS);
    this.outboxWords = outbox.words;
    this.outboxDoubles = outbox.doubles;
    this.#outboxMax = outboxMax;
    this.#scalars = scalars;
    this.#digest = digest;
  }

  /** Channels up to the highest partition that one was used with. */
  get count(): number {
    return this.#scalars[Scalar.CHANNELS];
  }

  /** Words of the outboxes of all these channels. */
  get outboxWordsUsed(): number {
    return this.count * this.#outboxMax * Outgoing.WORDS;
  }

  sent(partition: number): number {
    return this.doubles[(partition * Channel.WORDS + Channel.SENT) >> 1];
  }

  acknowledged(partition: number): number {
    return this.doubles[(partition * Channel.WORDS + Channel.ACKNOWLEDGED) >> 1];
  }

  received(partition: number): number {
    return this.doubles[(partition * Channel.WORDS + Channel.RECEIVED) >> 1];
  }

  hasRoom(partition: number): boolean {
    return this.sent(partition) - this.acknowledged(partition) < this.#outboxMax;
  }

  /** Where the transfer of a number stands; it must wait in the outbox, or be the next to. */
  outgoing(partition: number, channelSequence: number): number {
    return (partition * this.#outboxMax + ((channelSequence - 1) % this.#outboxMax)) * Outgoing.WORDS;
  }

  /** Puts the next transfer into the outbox, which must have room. Returns its number. */
  send(partition: number, account: number, asset: number, amount: number): number {
    const channelSequence = this.sent(partition) + 1;
    const row = this.outgoing(partition, channelSequence);
    this.outboxWords[row + Outgoing.ACCOUNT] = account;
    this.outboxWords[row + Outgoing.ASSET] = asset;
    this.outboxDoubles[(row + Outgoing.AMOUNT) >> 1] = amount;
    this.#digestOutgoing(partition, channelSequence, 1);
    this.#set(partition, Channel.SENT, channelSequence);
    return channelSequence;
  }

  /** Counts the next transfer that came in. */
  receive(partition: number): void {
    this.#set(partition, Channel.RECEIVED, this.received(partition) + 1);
  }

  /** Forgets the transfers up to a number, which must have been sent. */
  acknowledge(partition: number, channelSequence: number): void {
    for (let i = this.acknowledged(partition) + 1; i <= channelSequence; i++) {
      this.#digestOutgoing(partition, i, -1);
    }
    this.#set(partition, Channel.ACKNOWLEDGED, channelSequence);
  }

  /** Adds all entries to the digest; for restoring. */
  digestAll(): void {
    for (let partition = 0; partition < this.count; partition++) {
      this.#digestChannel(partition, 1);
      for (let i = this.acknowledged(partition) + 1; i <= this.sent(partition); i++) {
        this.#digestOutgoing(partition, i, 1);
      }
    }
  }

  #set(partition: number, field: number, channelSequence: number): void {
    this.#scalars[Scalar.CHANNELS] = Math.max(this.count, partition + 1);
    this.#digestChannel(partition, -1);
    this.doubles[(partition * Channel.WORDS + field) >> 1] = channelSequence;
    this.#digestChannel(partition, 1);
  }

  #digestChannel(partition: number, sign: number): void {
    const sent = this.sent(partition);
    const received = this.received(partition);
    if (sent === 0 && received === 0) return;
    const acknowledged = this.acknowledged(partition);
    this.#digestEntry(
      [
        Tag.CHANNEL,
        partition,
        lowWord(sent),
        highWord(sent),
        lowWord(acknowledged),
        highWord(acknowledged),
        lowWord(received),
        highWord(received),
      ],
      sign,
    );
  }

  #digestOutgoing(partition: number, channelSequence: number, sign: number): void {
    const row = this.outgoing(partition, channelSequence);
    const amount = this.outboxDoubles[(row + Outgoing.AMOUNT) >> 1];
    this.#digestEntry(
      [
        Tag.OUTGOING,
        partition,
        lowWord(channelSequence),
        highWord(channelSequence),
        this.outboxWords[row + Outgoing.ACCOUNT],
        this.outboxWords[row + Outgoing.ASSET],
        lowWord(amount),
        highWord(amount),
      ],
      sign,
    );
  }

  /** Not written out word by word, as entries on the path of orders are: transfers are seldom. */
  #digestEntry(words: readonly number[], sign: number): void {
    let a = 0;
    let b = 0;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      a = (a + Math.imul(word, KEYS_A[i])) | 0;
      b = (b + Math.imul(word ^ (word >>> 16), KEYS_B[i])) | 0;
    }
    if (sign > 0) this.#digest.add(digestEnd(a), digestEnd(b));
    else this.#digest.subtract(digestEnd(a), digestEnd(b));
  }
}
