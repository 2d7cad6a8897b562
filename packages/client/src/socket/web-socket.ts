/** What is used of the WebSocket standard: browsers, Node 22 and `ws` have it alike. */
export interface ClientWebSocket {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Of `ws`: ends the connection without waiting for the other side. */
  terminate?(): void;
}

export type WebSocketClass = new (url: string) => ClientWebSocket;

/** `readyState` of a socket that takes messages. */
export const OPEN = 1;
