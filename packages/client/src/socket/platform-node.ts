import type { WebSocketClass } from "./web-socket.js";

/** Node's own, from version 22 on; before it, the one of the package `ws`. */
export async function platformWebSocket(): Promise<WebSocketClass> {
  const own = (globalThis as { WebSocket?: unknown }).WebSocket;
  if (own !== undefined) return own as WebSocketClass;
  return (await import("ws")).WebSocket as unknown as WebSocketClass;
}
