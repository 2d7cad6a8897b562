/** What the processes of the classic pipeline are told: plain data, sent between them. */
import type { LoadKey } from "../api-bench/plan.js";

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string | undefined;
}

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export interface BackendSettings {
  /** 0 = a free one. */
  readonly port: number;
  readonly workers: number;
  readonly postgres: PostgresAddress;
  /** Of each worker. */
  readonly postgresConnections: number;
  /** A plain node, not one of a Redis Cluster. */
  readonly redis: TcpAddress;
  readonly engine: TcpAddress;
  /** A key's place is its account. */
  readonly keys: readonly LoadKey[];
}

/** The central queue: a list, the newest order first. */
export const QUEUE = "classic:orders";
