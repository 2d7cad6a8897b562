import type { WebSocketClass } from "./web-socket.js";

/** The browser's own. */
export async function platformWebSocket(): Promise<WebSocketClass> {
  return globalThis.WebSocket as unknown as WebSocketClass;
}
