import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { checkedSocketPath } from "./address.js";

/** Largest question, in bytes: they are a few words. */
const BODY_BYTES_MAX = 16_384;

/** What a question is answered with: any value that JSON holds. */
export type ControlHandler = (body: unknown) => unknown;

/** A socket that answers an operator's questions. */
export interface ControlSocket {
  close(): Promise<void>;
}

/** Nobody listens on the socket: the process has not started, or is gone. */
export class NobodyListensError extends Error {
  override readonly name = "NobodyListensError";
}

/** The other side refused or failed; the message is its own. */
export class ControlRefusedError extends Error {
  override readonly name = "ControlRefusedError";
}

/**
 * Answers questions on a Unix socket that only this user may open: `POST /NAME` with JSON, one handler per name.
 * What a handler throws is told to whoever asked. Rejects when another process listens there.
 */
export async function serveControl(
  path: string,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<ControlSocket> {
  checkedSocketPath(path);
  if (await isServed(path)) throw new Error(`another process listens on ${path}`);
  await rm(path, { force: true });
  const server = createServer((question, response) => {
    void answer(handlers, question, response);
  });
  // Nobody else may open it even for a moment: the mask holds until its mode is set.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    process.umask(mask);
  }
  await chmod(path, 0o600);
  return {
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
    },
  };
}

/**
 * Asks a process on its socket. Rejects with {@link NobodyListensError}, with {@link ControlRefusedError}, or when
 * there is no answer within `timeoutMs`.
 */
export function askControl<T>(
  path: string,
  name: string,
  options: { readonly body?: unknown; readonly timeoutMs: number },
): Promise<T> {
  const payload = JSON.stringify(options.body ?? null);
  return new Promise((resolve, reject) => {
    const question = request(
      {
        socketPath: path,
        method: "POST",
        path: `/${name}`,
        agent: false,
        signal: AbortSignal.timeout(options.timeoutMs),
        headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(payload) },
      },
      (response) => {
        readText(response).then((text) => {
          const value = JSON.parse(text) as { error?: string };
          if (response.statusCode === 200) resolve(value as T);
          else reject(new ControlRefusedError(value.error ?? text));
        }, reject);
      },
    );
    question.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") {
        reject(new NobodyListensError(`nobody listens on ${path}`));
      } else if (error.name === "AbortError" || error.name === "TimeoutError") {
        reject(new Error(`no answer on ${path} within ${options.timeoutMs} ms`));
      } else reject(error);
    });
    question.end(payload);
  });
}

/** Whether a process takes connections on a Unix socket. */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function answer(
  handlers: Readonly<Record<string, ControlHandler>>,
  question: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let status = 200;
  let value: unknown;
  try {
    const name = (question.url ?? "").slice(1);
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    const text = await readText(question);
    if (handler === undefined)
      throw new Error(`there is no ${name}: ask ${Object.keys(handlers).join(", ")}`);
    value = (await handler(text === "" ? null : JSON.parse(text))) ?? null;
  } catch (error) {
    status = 400;
    value = { error: (error as Error).message };
  }
  const payload = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(payload),
    Connection: "close",
  });
  response.end(payload);
}

async function readText(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (!stream.complete && stream.method !== undefined && bytes > BODY_BYTES_MAX) {
      throw new Error(`a question has at most ${BODY_BYTES_MAX} bytes`);
    }
  }
  return Buffer.concat(chunks).toString();
}
