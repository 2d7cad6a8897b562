import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { parseAddress } from "./address.js";
import { type FrameLink, type LinkLimits, SocketLink } from "./framing.js";
import { exchangeHellos, type Hello } from "./hello.js";
import type { TlsCredentials } from "./tls-credentials.js";

/** How long a connection may take, in ms: a host that is gone does not answer at all. */
const CONNECT_MS_MAX = 3_000;

export interface DialOptions {
  readonly tls?: TlsCredentials | undefined;
  readonly hello: Hello;
  readonly limits?: LinkLimits;
}

/**
 * Connects to an address, as `parseAddress` reads it, of a {@link FrameServer} and says hello. Rejects with HelloMismatchError when the two do not fit, else
 * with an Error that names the address.
 */
export async function dialFrames(address: string, options: DialOptions): Promise<FrameLink> {
  const socket = await openSocket(address, options.tls);
  const link = new SocketLink(socket, address, options.limits);
  try {
    await exchangeHellos(link, options.hello, "client");
  } catch (error) {
    (error as Error).message = `${address}: ${(error as Error).message}`;
    throw error;
  }
  return link;
}

function openSocket(address: string, tls: TlsCredentials | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = parseAddress(address);
    const secure = tls !== undefined && "port" in target;
    const socket = secure ? connectTls({ ...target, ...tls }) : connect(target);
    const fail = (message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`${address}: ${message}`));
    };
    const onError = (error: Error): void => fail(error.message);
    const timer = setTimeout(() => fail(`no connection within ${CONNECT_MS_MAX / 1000} s`), CONNECT_MS_MAX);
    socket.once("error", onError);
    socket.once(secure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", onError);
      resolve(socket);
    });
  });
}
