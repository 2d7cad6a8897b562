/** The gateway's role: its parts wired, listening. */
import { join } from "node:path";
import type { Logger } from "pino";
import type { MarketDataClient } from "../feed/market-data-port.js";
import type { FeedReader } from "../feed/port.js";
import { ADMIN_SOCKET_NAME } from "../gateway/admin/schemas.js";
import { createGateway, type Gateway } from "../gateway/gateway.js";
import { openKeyStore } from "../gateway/session/file-key-store.js";
import type { KeyStore } from "../gateway/session/key-store.js";
import type { Clock } from "../platform/clock.js";
import type { EngineClient } from "../transport/engine-port.js";
import type { HistoryClient } from "../transport/history-port.js";

export interface GatewayRole {
  readonly engine: EngineClient;
  readonly feed: FeedReader;
  readonly history: HistoryClient;
  readonly marketData: MarketDataClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Holds the keys and the operator's socket. */
  readonly dataDirectory: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly version?: string;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly keys: KeyStore;
  readonly host: string;
  readonly port: number;
  readonly adminSocketPath: string;
  close(): Promise<void>;
}

/** Starts a gateway; resolves when clients and the operator can connect. */
export async function startGateway(role: GatewayRole): Promise<RunningGateway> {
  const keys = await openKeyStore(role.dataDirectory, role.clock);
  const gateway = await createGateway({ ...role, keys });
  const adminSocketPath = join(role.dataDirectory, ADMIN_SOCKET_NAME);
  try {
    await gateway.listenAdmin(adminSocketPath);
    const { host, port } = await gateway.listen({ host: role.host, port: role.port });
    return { gateway, keys, host, port, adminSocketPath, close: () => gateway.close() };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
