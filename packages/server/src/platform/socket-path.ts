import { lstat, rm } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Makes a path free to listen on: removes the file of a Unix socket whose process was killed. Rejects when a process
 * listens there, or when the file is no socket.
 */
export async function freeSocketPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new Error(`${path} is there and no socket: choose another path or remove the file`);
  if (await isServed(path)) throw new Error(`another process listens on ${path}`);
  await rm(path, { force: true });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
