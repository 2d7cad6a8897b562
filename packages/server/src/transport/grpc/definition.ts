import { fileURLToPath } from "node:url";
import {
  type ChannelOptions,
  type Client,
  type ClientDuplexStream,
  loadPackageDefinition,
  type Metadata,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Hello } from "../../platform/hello.js";

/**
 * The interface as `proto/*.proto` documents it. Fields arrive in camel case, 64-bit integers as numbers: every amount
 * and number of the exchange is below 2^53.
 */
const root = loadPackageDefinition(
  loadSync(
    ["engine.proto", "health.proto"].map((file) =>
      fileURLToPath(new URL(`../../../proto/${file}`, import.meta.url)),
    ),
    { longs: Number, defaults: true, oneofs: true },
  ),
  // biome-ignore lint/suspicious/noExplicitAny: loaded at run time; the types below say what it holds
) as any;

type ServiceConstructor<C> = (new (
  address: string,
  credentials: unknown,
  options: ChannelOptions,
) => C) & {
  readonly service: ServiceDefinition;
};

export const EngineService: ServiceConstructor<EngineStub> = root.buttonwood.engine.v1.Engine;
export const HealthService: ServiceConstructor<HealthStub> = root.grpc.health.v1.Health;

/** The name under which the engine's health is asked for; "" is the whole process. */
export const ENGINE_SERVICE_NAME = "buttonwood.engine.v1.Engine";

type Callback<T> = (error: ServiceError | null, reply: T) => void;

export interface EngineStub extends Client {
  Submit(metadata: Metadata): ClientDuplexStream<SubmitRequest, SubmitReply>;
  Query(request: QueryMessage, metadata: Metadata, callback: Callback<QueryMessage>): unknown;
  SetMarketStatus(request: { market: number; status: number }, callback: Callback<Outcome>): unknown;
  HandOver(request: { successor: string }, callback: Callback<object>): unknown;
}

export interface HealthStub extends Client {
  Check(request: { service: string }, callback: Callback<{ status: number }>): unknown;
  Watch(request: { service: string }): NodeJS.ReadableStream & { cancel(): void };
}

/** `request` and `command` name the field that is there. */
export type SubmitRequest = {
  readonly request?: "command" | "packed";
  readonly command?: TypedCommand;
  readonly packed?: { readonly number: number; readonly commands: Uint8Array };
};

export interface TypedCommand {
  readonly number: number;
  readonly account: number;
  readonly deadlineUs: number;
  readonly command?: string;
  /** The fields of the command, under its name. */
  readonly [name: string]: unknown;
}

export type SubmitReply = {
  readonly reply?: "outcome" | "packed" | "refused" | "settled";
  readonly outcome?: Outcome;
  readonly packed?: { readonly runs: readonly number[]; readonly events: Uint8Array };
  readonly refused?: { readonly number: number; readonly reason: number; readonly message: string };
  readonly settled?: object;
};

export interface Outcome {
  readonly number: number;
  readonly sequence: number;
  readonly timeUs: number;
  readonly reason: number;
  readonly reasonName: string;
  readonly orderId: number;
  readonly order: object | null;
  readonly fills: readonly object[];
  readonly events: Uint8Array;
}

/** A QueryRequest or QueryReply: `query` or `answer` names the field that is there. */
export type QueryMessage = {
  readonly query?: string;
  readonly answer?: string;
  readonly [name: string]: unknown;
};

/** An order without the terms that it doesn't have: an absent message arrives as null. */
export function withoutAbsentTerms<T extends object>(order: T): T {
  const { terms, ...plain } = order as T & { readonly terms?: object | null };
  return terms === null || terms === undefined ? (plain as unknown as T) : order;
}

/** The numbers of the interface's Refusal. */
export const REFUSALS = { busy: 1, malformed: 2, stopped: 3 } as const;

/** What client and engine of a cluster must agree on, as metadata. */
export function helloMetadata(partition: number, mapHash: string): Hello {
  return { "buttonwood-partition": String(partition), "buttonwood-map": mapHash };
}

/** Largest message, in bytes: the events of a whole batch of large sweeps. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** Keeps a connection honest as heartbeats do: a cut cable says nothing. */
export const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.max_receive_message_length": MESSAGE_BYTES_MAX,
  "grpc.max_send_message_length": MESSAGE_BYTES_MAX,
  "grpc.keepalive_time_ms": 2_000,
  "grpc.keepalive_timeout_ms": 2_000,
};
