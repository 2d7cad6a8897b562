import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { LoadSource, LoadTransport, Send, Unanswered } from "./load-transport.js";
import type { LoadPlan } from "./plan.js";
import { WebSocketRequests } from "./websocket-requests.js";

/** A connection whose session is open. */
interface Session {
  readonly socket: Socket;
  readonly webSocket: WebSocket;
}

/** How an answer that was taken begins, behind its id. */
const ACCEPTED = ',"status":200,';

/** Sessions of the WebSocket API with several requests under way on each; answers come in any order. */
export class WebSocketTransport implements LoadTransport {
  readonly #plan: LoadPlan;
  readonly #source: LoadSource;
  readonly #requests: WebSocketRequests;
  readonly #open = new Set<WebSocket>();
  #closed = false;

  constructor(plan: LoadPlan, source: LoadSource) {
    this.#plan = plan;
    this.#source = source;
    this.#requests = new WebSocketRequests(plan);
  }

  async open(): Promise<() => void> {
    const { connections, keys } = this.#plan;
    const sessions = await Promise.all(
      Array.from({ length: connections }, (_, i) => this.#logOn(i % keys.length)),
    );
    return () => {
      sessions.forEach((session, i) => {
        this.#drive(session, i % keys.length);
      });
    };
  }

  close(): void {
    this.#closed = true;
    for (const webSocket of this.#open) webSocket.terminate();
  }

  /** Opens a session of a key. Rejects when it is refused. */
  #logOn(key: number): Promise<Session> {
    const { host, port, keys } = this.#plan;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      const webSocket = new WebSocket(`ws://${host}:${port}/ws-api/v3?returnRateLimits=false`, {
        createConnection: () => socket,
        perMessageDeflate: false,
        // Where its key is without limits, so are its connections.
        headers: { "X-MBX-APIKEY": keys[key]!.apiKey },
      });
      webSocket.once("error", reject);
      webSocket.once("close", () => reject(new Error("the connection ended before its session was open")));
      webSocket.once("open", () => webSocket.send(this.#requests.logon(keys[key]!, Date.now())));
      webSocket.once("message", (data) => {
        const answer = String(data);
        if (!answer.includes(ACCEPTED)) {
          webSocket.terminate();
          reject(new Error(`session.logon was refused: ${answer}`));
          return;
        }
        webSocket.removeAllListeners();
        this.#open.add(webSocket);
        resolve({ socket, webSocket });
      });
    });
  }

  #drive({ socket, webSocket }: Session, key: number): void {
    const source = this.#source;
    const underWay = new Map<number, Unanswered>();
    let lastId = 0;
    let corked = false;
    const send: Send = (unanswered) => {
      const id = ++lastId;
      underWay.set(id, unanswered);
      // What one turn of the event loop sends goes out together.
      if (!corked) {
        corked = true;
        socket.cork();
        setImmediate(() => {
          corked = false;
          socket.uncork();
        });
      }
      webSocket.send(this.#requests.write(unanswered.request, id, Date.now()));
    };
    webSocket.on("message", (data) => {
      const answer = (data as Buffer).toString("latin1");
      const id = Number.parseInt(answer.slice(6, 24), 10);
      const unanswered = underWay.get(id);
      if (unanswered === undefined) {
        source.fail(new Error(`an answer to nothing that was asked: ${answer.slice(0, 200)}`));
        return;
      }
      underWay.delete(id);
      const status = answer.startsWith(ACCEPTED, 6 + String(id).length) ? 200 : 400;
      source.answered(unanswered, status, () => answer.slice(answer.indexOf('"error":') + 8, -1));
      source.take(key, send);
    });
    webSocket.on("error", () => {});
    webSocket.once("close", () => {
      this.#open.delete(webSocket);
      source.withdraw(send);
      for (const unanswered of underWay.values()) source.broken(unanswered);
      if (!this.#closed) source.fail(new Error("a WebSocket connection was closed by the exchange"));
    });
    for (let i = 0; i < this.#plan.inFlight; i++) source.take(key, send);
  }
}
