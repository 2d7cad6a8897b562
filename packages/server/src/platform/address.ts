/** Where a process listens: a Unix socket or a TCP port. Fits what `node:net` takes to listen and to connect. */
export type Address = UnixAddress | TcpAddress;

export interface UnixAddress {
  readonly path: string;
}

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** Systems refuse longer paths of Unix sockets, in bytes. */
export const SOCKET_PATH_BYTES_MAX = 107;

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;

/**
 * Reads `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`. Throws with what is wrong and what to write instead.
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) return { path: checkedSocketPath(text.slice("unix:".length)) };
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, Math.max(colon, 0));
  const port = /^\d{1,5}$/.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : 0;
  if (!HOST.test(host) || port < 1 || port > 65_535) {
    throw new Error(`"${text}" is no address: write HOST:PORT, e.g. 10.0.0.1:7000, or unix:PATH`);
  }
  return { host: host.startsWith("[") ? host.slice(1, -1) : host, port };
}

/** The text that {@link parseAddress} reads. */
export function formatAddress(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** A path that may be a Unix socket's, or throws. */
export function checkedSocketPath(path: string): string {
  if (!path.startsWith("/"))
    throw new Error(
      `"${path}" is no path of a socket: write it from the root, e.g. unix:/run/buttonwood/engine.sock`,
    );
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    throw new Error(
      `the socket's path ${path} has ${bytes} bytes, and systems take ${SOCKET_PATH_BYTES_MAX} at most: choose a folder with a shorter path`,
    );
  }
  return path;
}
