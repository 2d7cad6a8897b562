import type { IncomingMessage } from "node:http";
import { normalAddress } from "./address-list.js";

/** Where a request comes from, as `normalAddress` writes it: for what is counted and allowed by address. */
export type AddressOf = (request: IncomingMessage) => string;

/** The other end of the connection. */
export const connectedAddress: AddressOf = ({ socket }) => normalAddress(socket.remoteAddress ?? "");

/**
 * Behind an edge: the last address of `x-forwarded-for`, which the edge has written itself. Everybody else's header
 * is not believed. Who connects through a Unix socket, or from this machine, is the edge.
 */
export function addressBehind(edgeHosts: readonly string[]): AddressOf {
  const isEdge = new Set(["", "127.0.0.1", "::1", ...edgeHosts.map(normalAddress)]);
  return (request) => {
    const connected = connectedAddress(request);
    if (!isEdge.has(connected)) return connected;
    const forwarded = request.headers["x-forwarded-for"];
    if (typeof forwarded !== "string") return connected;
    return normalAddress(forwarded.slice(forwarded.lastIndexOf(",") + 1).trim());
  };
}
