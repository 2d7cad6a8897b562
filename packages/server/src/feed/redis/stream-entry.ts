import { WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../port.js";

/**
 * Batches that follow each other as an entry of a Redis stream: the id is `<lastSequence>-0`, so that publishing again
 * changes nothing; field `first` holds the first sequence as text, field `events` the groups as in the journal.
 */

/** The stream of a partition's feed. Everything of one partition lies on one node. */
export function streamKey(partition: number): string {
  return `bw:{p${partition}}:feed`;
}

/** A hash: how far each reader of the stream has read, by its name. */
export function positionsKey(partition: number): string {
  return `bw:{p${partition}}:feed:read`;
}

export function entryId(lastSequence: number): string {
  return `${lastSequence}-0`;
}

/** Fields of an entry, over a copy of the events. */
export function entryFields(batch: FeedBatch): [string, number, string, Buffer] {
  const { events } = batch;
  return ["first", batch.firstSequence, "events", Buffer.from(events.u8.subarray(0, events.length * 4))];
}

/** An entry as Redis answers it: id, then fields and values in turn. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

/** What an entry holds, as one batch; undefined when it is none of ours. */
export function readEntry([id, fields]: StreamEntry): FeedBatch | undefined {
  const [firstName, first, eventsName, events] = fields;
  if (firstName?.toString() !== "first" || eventsName?.toString() !== "events") return undefined;
  const firstSequence = Number(first);
  const lastSequence = sequenceOf(id.toString());
  if (!(firstSequence >= 1 && firstSequence <= lastSequence) || events!.length % 8 !== 0) return undefined;
  return { firstSequence, lastSequence, events: WordBuffer.from(events!) };
}

/** The sequence that an id stands for. */
export function sequenceOf(id: string): number {
  return Number.parseInt(id, 10);
}
