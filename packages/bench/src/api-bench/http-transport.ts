import { connect, type Socket } from "node:net";
import { AnswerReader } from "./answer-reader.js";
import { type HttpRequest, HttpRequests } from "./http-requests.js";
import type { LoadSource, LoadTransport, Unanswered } from "./load-transport.js";
import type { LoadPlan } from "./plan.js";

/** Pause before a connection that was refused is tried again, in ms. */
const RECONNECT_MS = 50;

/** Pause before a request is sent again that was refused because something was away, in ms. */
const RETRY_MS = 50;

/** As its client sends it, again and again if need be. */
interface Written {
  readonly unanswered: Unanswered;
  readonly text: HttpRequest;
}

/** Keep-alive connections with one signed request under way on each. */
export class HttpTransport implements LoadTransport {
  readonly #plan: LoadPlan;
  readonly #source: LoadSource;
  readonly #requests: HttpRequests;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  constructor(plan: LoadPlan, source: LoadSource) {
    this.#plan = plan;
    this.#source = source;
    this.#requests = new HttpRequests(plan);
  }

  async open(): Promise<() => void> {
    const sockets = await Promise.all(Array.from({ length: this.#plan.connections }, () => this.#connect()));
    return () => {
      sockets.forEach((socket, i) => {
        this.#drive(socket, i % this.#plan.keys.length);
      });
    };
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.#plan.host, port: this.#plan.port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        resolve(socket);
      });
    });
  }

  /** Connects again where a connection has ended, as clients do, and sends there what it has not been answered. */
  async #again(key: number, written: Written | undefined): Promise<void> {
    while (!this.#closed) {
      try {
        this.#drive(await this.#connect(), key, written);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  }

  /** Sends one request after the other on a connection, all by one key. */
  #drive(socket: Socket, key: number, unfinished?: Written): void {
    const source = this.#source;
    let waiting: Written | undefined;
    const write = (written: Written): void => {
      waiting = written;
      socket.write(this.#requests.sign(written.text, key, Date.now()), "latin1");
    };
    const send = (unanswered: Unanswered): void =>
      write({ unanswered, text: this.#requests.write(unanswered.request) });
    const retry = (written: Written): void => {
      source.retrying(written.unanswered);
      write(written);
    };
    const reader = new AnswerReader((status, body, isLast) => {
      const written = waiting;
      // Said to nobody, as before a connection is closed on which nothing was asked for long.
      if (written === undefined) {
        socket.destroy();
        return;
      }
      if (source.answered(written.unanswered, status, () => body.toString())) {
        // Not at once: who is away is not helped by more requests. Should the connection end first, another one retries.
        setTimeout(() => {
          if (!socket.destroyed) retry(written);
        }, RETRY_MS);
        return;
      }
      waiting = undefined;
      // Another request on this connection would not be read.
      if (isLast) socket.destroy();
      else source.take(key, send);
    });
    socket.on("data", (chunk: Buffer) => {
      reader.push(chunk);
    });
    // What went wrong is followed by the close.
    socket.on("error", () => {});
    socket.once("close", () => {
      source.withdraw(send);
      const mustRetry = waiting !== undefined && source.broken(waiting.unanswered);
      void this.#again(key, mustRetry ? waiting : undefined);
    });
    if (unfinished === undefined) source.take(key, send);
    else retry(unfinished);
  }
}
