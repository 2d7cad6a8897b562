import type { IncomingMessage } from "node:http";

/** Where a request comes from, for what is counted by address. */
export type AddressOf = (request: IncomingMessage) => string;

/** The other end of the connection. */
export const connectedAddress: AddressOf = ({ socket }) => socket.remoteAddress ?? "";

/**
 * Behind an edge: the last address of `x-forwarded-for`, which the edge has written itself. Everybody else's header
 * is not believed. Who connects through a Unix socket, or from this machine, is the edge.
 */
export function addressBehind(edgeHosts: readonly string[]): AddressOf {
  const isEdge = new Set(["", "127.0.0.1", "::1", "::ffff:127.0.0.1", ...edgeHosts]);
  return (request) => {
    const connected = connectedAddress(request);
    if (!isEdge.has(connected)) return connected;
    const forwarded = request.headers["x-forwarded-for"];
    if (typeof forwarded !== "string") return connected;
    return forwarded.slice(forwarded.lastIndexOf(",") + 1).trim();
  };
}
