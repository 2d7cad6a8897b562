/** What a route under `/account/v1` is made of. */
import type { FastifyRequest } from "fastify";
import { type Static, type TSchema, Type } from "#typebox";
import type { Clock } from "../../platform/clock.js";
import type { KeyStore } from "../session/key-store.js";
import type { People, Visitor } from "./people.js";
import type { Role } from "./people-store.js";
import type { KnownSession } from "./request-guard.js";

/** Who may call a route. */
export const Who = {
  ANYONE: "ANYONE",
  /** Everybody who is signed in at this listener. */
  SIGNED_IN: "SIGNED_IN",
  /** Traders who are signed in. */
  TRADER: "TRADER",
} as const;
export type Who = (typeof Who)[keyof typeof Who];

export interface RouteParts {
  readonly people: People;
  readonly keys: KeyStore;
  readonly clock: Clock;
  /** The name of an account. */
  readonly accountName: (account: number) => string;
  /** Whether this venue lets anybody in as its demo trader. */
  readonly isDemo: boolean;
}

/** One call of a route. */
export interface Call<Body> {
  readonly request: FastifyRequest;
  readonly visitor: Visitor;
  readonly body: Body;
  /** Of a route for everybody: undefined when nobody is signed in. */
  readonly known: KnownSession | undefined;
  /** Who may sign in at this listener. */
  readonly roles: readonly Role[];
}

/** A call of somebody who is signed in. */
export interface SignedInCall<Body> extends Call<Body> {
  readonly known: KnownSession;
}

export interface Answer {
  /** 200 by default; 204 when there is no body. */
  readonly status?: number;
  readonly body?: unknown;
  /** The token that the browser shall keep from now on; null: none. */
  readonly token?: string | null;
}

export interface AccountRoute {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly who: Who;
  /** For the reference: what it does. */
  readonly summary: string;
  /** Whether it is there only where the venue is a demo. */
  readonly isDemoOnly?: boolean;
  readonly body: TSchema;
  readonly call: (parts: RouteParts, call: Call<never>) => Promise<Answer>;
}

/** What a route for everybody is made of. */
export function openRoute<const Body extends TSchema>(route: {
  readonly method: AccountRoute["method"];
  readonly path: string;
  readonly summary: string;
  readonly isDemoOnly?: boolean;
  readonly body: Body;
  readonly call: (parts: RouteParts, call: Call<Static<Body>>) => Promise<Answer>;
}): AccountRoute {
  return { ...route, who: Who.ANYONE };
}

/** What a route for people who are signed in is made of. */
export function memberRoute<const Body extends TSchema>(route: {
  readonly method: AccountRoute["method"];
  readonly path: string;
  readonly who: Exclude<Who, typeof Who.ANYONE>;
  readonly summary: string;
  readonly body: Body;
  readonly call: (parts: RouteParts, call: SignedInCall<Static<Body>>) => Promise<Answer>;
}): AccountRoute {
  return { ...route, call: (parts, call) => route.call(parts, call as SignedInCall<never>) };
}

export const CLOSED = { additionalProperties: false } as const;
/** Of a request that says nothing. */
export const Nothing = Type.Object({}, CLOSED);
