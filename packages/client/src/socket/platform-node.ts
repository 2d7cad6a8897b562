import type { WebSocketClass } from "./web-socket.js";

/**
 * The package `ws` where it is installed: Node has a WebSocket of its own from version 22 on, which does not say why a
 * connection can't be made.
 */
export async function platformWebSocket(): Promise<WebSocketClass> {
  try {
    return (await import("ws")).WebSocket;
  } catch (error) {
    const own = (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
    if (own === undefined)
      throw new Error("before Node 22 the package ws must be installed", { cause: error });
    return own;
  }
}
