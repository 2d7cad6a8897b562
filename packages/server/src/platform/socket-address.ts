import type { AddressInfo, Server } from "node:net";

/** Where a server listens. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** The longest path that Linux takes for a Unix socket, in bytes. */
const PATH_BYTES_MAX = 107;

/** Reads `host:port`, `[host]:port` (for IPv6) or `unix:/path`. Throws RangeError with what is wrong. */
export function parseAddress(text: string): SocketAddress {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "") throw new RangeError(`${text} names no path: write unix:/path`);
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
      throw new RangeError(
        `${text}: a Unix socket's path has ${PATH_BYTES_MAX} bytes at most; choose a shorter one`,
      );
    }
    return { path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new RangeError(`${text} is no address: write host:port, [host]:port or unix:/path`);
  }
  return { host: (match[1] ?? match[2])!, port };
}

/** Writes an address as {@link parseAddress} reads it. */
export function formatAddress(address: SocketAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The address of a server that listens, with the port that it was given when it asked for any. */
export function addressOf(server: Server): string {
  const address = server.address() as AddressInfo | string;
  return formatAddress(
    typeof address === "string" ? { path: address } : { host: address.address, port: address.port },
  );
}
