/** One end of a pair that carries messages between threads: a MessagePort, or the simulator's. */
export interface MessageEnd {
  /** Buffers in `transfer` are given away. */
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  // biome-ignore lint/suspicious/noExplicitAny: the listener knows its own message type
  on(event: "message", listener: (message: any) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  close(): void;
}
