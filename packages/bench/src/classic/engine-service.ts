import { fileURLToPath } from "node:url";
import {
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  loadPackageDefinition,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Fill, Side } from "./price-time-book.js";

export interface MatchRequest {
  readonly orderId: number;
  readonly symbol: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
}

export interface MatchReply {
  readonly fills: readonly Fill[];
}

export interface EngineStub extends Client {
  Match(request: MatchRequest, callback: (error: ServiceError | null, reply: MatchReply) => void): unknown;
}

const root = loadPackageDefinition(
  loadSync(fileURLToPath(new URL("../../proto/classic-engine.proto", import.meta.url)), {
    longs: Number,
    enums: String,
    defaults: true,
  }),
  // biome-ignore lint/suspicious/noExplicitAny: loaded at run time; the types above say what it holds
) as any;

/** The engine's interface as `proto/classic-engine.proto` documents it. */
export const EngineService: (new (
  address: string,
  credentials: ChannelCredentials,
  options?: ChannelOptions,
) => EngineStub) & { readonly service: ServiceDefinition } = root.buttonwood.classic.v1.Engine;
