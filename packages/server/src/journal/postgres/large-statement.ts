import type { Duplex } from "node:stream";
import type { Connection, Submittable } from "pg";

/** A value of a statement: bytes travel as they are, everything else as text. */
export type LargeValue = Uint8Array | string | number | boolean | null;

/** After the values: results as text, run the unnamed portal to its end, and say when all is done. */
const BIND_END = Buffer.from([0, 0]);
const EXECUTE_AND_SYNC = Buffer.concat([
  Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0]),
  Buffer.from([0x53, 0, 0, 0, 4]),
]);
const BIND = 0x42;
const NULL = -1;
const TEXT = 0;
const BINARY = 1;

/**
 * A statement without rows whose values may be megabytes. pg copies each of them several times, which costs more
 * than the commit; here they go to the socket as they are. The statement was prepared before, by its name.
 */
export class LargeStatement implements Submittable {
  readonly #name: string;
  readonly #values: readonly LargeValue[];
  #rows = 0;
  #resolve: (rows: number) => void = () => {};
  #reject: (error: Error) => void = () => {};
  /** Resolves to the number of rows written. */
  readonly done = new Promise<number>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  constructor(name: string, values: readonly LargeValue[]) {
    this.#name = name;
    this.#values = values;
  }

  submit({ stream }: Connection): void {
    stream.cork();
    try {
      writeBind(stream, this.#name, this.#values);
      stream.write(EXECUTE_AND_SYNC);
    } finally {
      stream.uncork();
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(text.slice(text.lastIndexOf(" ") + 1));
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#reject(error);
  }
}

/** Writes a Bind message of the unnamed portal. */
function writeBind(stream: Duplex, name: string, values: readonly LargeValue[]): void {
  const all = values.map((value) =>
    value === null || value instanceof Uint8Array ? value : Buffer.from(String(value)),
  );
  const nameBytes = Buffer.byteLength(name);
  const headBytes = 1 + nameBytes + 1 + 2 + values.length * 2 + 2;
  const valueBytes = all.reduce((sum, bytes) => sum + 4 + (bytes?.byteLength ?? 0), 0);
  const head = Buffer.alloc(5 + headBytes);
  let at = head.writeUInt8(BIND);
  at = head.writeInt32BE(4 + headBytes + valueBytes + BIND_END.byteLength, at);
  at += 1;
  at += head.write(name, at) + 1;
  at = head.writeInt16BE(values.length, at);
  for (const value of values) at = head.writeInt16BE(value instanceof Uint8Array ? BINARY : TEXT, at);
  head.writeInt16BE(values.length, at);
  stream.write(head);
  for (const bytes of all) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.byteLength ?? NULL);
    stream.write(length);
    if (bytes !== null) stream.write(bytes);
  }
  stream.write(BIND_END);
}
