import { type FrameLink, FrameTag } from "./framing.js";

/**
 * What the two ends of a link must agree on before anything else is said: the protocol and its version, and
 * whatever else would do harm when it differs. Every entry is compared.
 */
export type Hello = Readonly<Record<string, string | number>>;

/** The two ends do not belong together: trying again does not help. */
export class HelloMismatchError extends Error {
  override readonly name = "HelloMismatchError";
}

/** Longest hello, in bytes. */
const HELLO_BYTES_MAX = 4096;

/** How long the other side may take to say hello, in ms: one that never does would hold a socket for ever. */
const HELLO_MS_MAX = 3_000;

/**
 * Exchanges hellos over a new link: the client speaks first. Rejects, and closes the link, with
 * HelloMismatchError when they differ (both sides hear in what), with an Error when something else comes.
 */
export function exchangeHellos(link: FrameLink, mine: Hello, side: "client" | "server"): Promise<void> {
  return new Promise((resolve, reject) => {
    const say = (): void => link.send(FrameTag.HELLO, Buffer.from(JSON.stringify(mine)));
    let closesWith: Error | undefined;
    const refuse = (error: Error): void => {
      closesWith = error;
      link.close(error.message);
    };
    const timer = setTimeout(
      () => refuse(new Error(`no hello came within ${HELLO_MS_MAX / 1000} s`)),
      HELLO_MS_MAX,
    );
    link.listen({
      frame(tag, payload) {
        if (closesWith !== undefined) return;
        const theirs = tag === FrameTag.HELLO ? parseHello(payload) : undefined;
        if (theirs === undefined) {
          refuse(new Error("the first frame is no hello: is the other side no Buttonwood process?"));
          return;
        }
        if (side === "server") say();
        const difference = side === "client" ? differs(mine, theirs) : differs(theirs, mine);
        if (difference !== undefined) {
          refuse(new HelloMismatchError(difference));
          return;
        }
        clearTimeout(timer);
        link.pause();
        resolve();
      },
      closed(reason) {
        clearTimeout(timer);
        reject(closesWith ?? new Error(reason));
      },
    });
    if (side === "client") say();
  });
}

function parseHello(payload: Uint8Array): Hello | undefined {
  if (payload.byteLength > HELLO_BYTES_MAX) return undefined;
  try {
    const hello: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof hello === "object" && hello !== null ? (hello as Hello) : undefined;
  } catch {
    return undefined;
  }
}

function differs(client: Hello, server: Hello): string | undefined {
  for (const key of new Set([...Object.keys(client), ...Object.keys(server)])) {
    if (client[key] === server[key]) continue;
    return (
      `client and server do not fit together: ${key} is ${client[key] ?? "unknown"} at the client and ` +
      `${server[key] ?? "unknown"} at the server; start both with the same version and topology`
    );
  }
  return undefined;
}
