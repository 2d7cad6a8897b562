/** A connection to `/ws` or `/stream`: subscribes, unsubscribes, lists. */
import { type ApiError, refusal } from "../errors.js";
import type { ClientSocket } from "./client-socket.js";
import { type StreamHub, Wrapping } from "./stream-hub.js";

const STREAMS_MAX = 1024;
const NAME_FORM = /^[!-~]{1,64}$/;

export interface StreamOptions {
  readonly wrapping: Wrapping;
  /** Streams to begin with. */
  readonly names: readonly string[];
  /** Whether the connection is of a key for which no rate limits hold. */
  readonly isUnlimited: boolean;
}

export class StreamConnection {
  readonly #hub: StreamHub;
  readonly #socket: ClientSocket;
  #wrapping: Wrapping;
  readonly #names = new Set<string>();

  readonly isUnlimited: boolean;

  constructor(hub: StreamHub, socket: ClientSocket, { wrapping, names, isUnlimited }: StreamOptions) {
    this.isUnlimited = isUnlimited;
    this.#hub = hub;
    this.#socket = socket;
    this.#wrapping = wrapping;
    this.#subscribe(names.filter((name) => NAME_FORM.test(name)).slice(0, STREAMS_MAX));
  }

  onMessage(text: string): void {
    let id: unknown = null;
    try {
      const request = parse(text);
      id = requestId(request.id);
      const result = this.#handle(request.method, request.params);
      this.#socket.send(`{"result":${result},"id":${JSON.stringify(id)}}`);
    } catch (error) {
      const refused = error as ApiError;
      if (refused.body === undefined) throw error;
      this.#socket.send(`{"error":${refused.body},"id":${JSON.stringify(id)}}`);
    }
  }

  onClose(): void {
    for (const name of this.#names) this.#hub.remove(name, this.#socket);
    this.#names.clear();
  }

  #handle(method: unknown, params: unknown): string {
    switch (method) {
      case "SUBSCRIBE": {
        const names = streamNames(params);
        if (new Set([...this.#names, ...names]).size > STREAMS_MAX) throw refusal("INVALID_DATA", "params");
        this.#subscribe(names);
        return "null";
      }
      case "UNSUBSCRIBE":
        for (const name of streamNames(params)) {
          if (this.#names.delete(name)) this.#hub.remove(name, this.#socket);
        }
        return "null";
      case "LIST_SUBSCRIPTIONS":
        return JSON.stringify([...this.#names]);
      case "SET_PROPERTY":
        if (!Array.isArray(params) || params[0] !== "combined" || typeof params[1] !== "boolean") {
          throw refusal("INVALID_DATA", "params");
        }
        this.#rewrap(params[1] ? Wrapping.COMBINED : Wrapping.RAW);
        return "null";
      case "GET_PROPERTY":
        if (!Array.isArray(params) || params[0] !== "combined") throw refusal("INVALID_DATA", "params");
        return String(this.#wrapping === Wrapping.COMBINED);
      default:
        throw refusal("UNSUPPORTED");
    }
  }

  #subscribe(names: readonly string[]): void {
    for (const name of names) {
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      this.#hub.add(name, this.#socket, this.#wrapping);
    }
  }

  #rewrap(wrapping: Wrapping): void {
    this.#wrapping = wrapping;
    for (const name of this.#names) this.#hub.rewrap(name, this.#socket, wrapping);
  }
}

function parse(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw refusal("INVALID_MESSAGE");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message))
    throw refusal("INVALID_MESSAGE");
  return message as Record<string, unknown>;
}

/** Ids are echoed in their own type, so only types that have one meaning in JSON are taken. */
function requestId(id: unknown): string | number | null {
  if (id === undefined || id === null) return null;
  if (typeof id === "string" && id.length <= 64) return id;
  if (typeof id === "number" && Number.isFinite(id)) return id;
  throw refusal("INVALID_DATA", "id");
}

function streamNames(params: unknown): string[] {
  if (!Array.isArray(params) || params.length > STREAMS_MAX) throw refusal("INVALID_DATA", "params");
  for (const name of params) {
    if (typeof name !== "string" || !NAME_FORM.test(name)) throw refusal("INVALID_DATA", "params");
  }
  return params as string[];
}
