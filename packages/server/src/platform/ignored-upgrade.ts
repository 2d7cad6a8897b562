import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Headers that are about an upgrade alone (RFC 9110, section 7.8; RFC 7540, section 3.2.1). */
const UPGRADE_HEADERS = ["upgrade", "http2-settings"];

/**
 * Answers a request as if it had not asked for an upgrade, as RFC 9110, section 7.8 lets a server do: clients such as
 * Java's ask for `h2c` with their first request. Node hands every such request to its `upgrade` listener, with its
 * parser gone from the connection: what it has parsed is put back, without the upgrade, and parsed again.
 */
export function ignoreUpgrade(
  server: Pick<Server, "emit">,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  let text = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  const headers = request.rawHeaders;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    const lowName = name.toLowerCase();
    if (UPGRADE_HEADERS.includes(lowName)) continue;
    const kept = lowName === "connection" ? withoutUpgrade(value) : value;
    if (kept !== "") text += `${name}: ${kept}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

function withoutUpgrade(connection: string): string {
  return connection
    .split(",")
    .map((option) => option.trim())
    .filter((option) => !UPGRADE_HEADERS.includes(option.toLowerCase()))
    .join(", ");
}
