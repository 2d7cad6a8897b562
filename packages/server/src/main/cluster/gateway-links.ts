import { RoutedHistory } from "../../cluster/routing/routed-history.js";
import { RoutedMarketData } from "../../cluster/routing/routed-market-data.js";
import { RoutedUserEvents } from "../../cluster/routing/routed-user-events.js";
import { RoutingEngineClient } from "../../cluster/routing/routing-engine-client.js";
import { partitionMapOf, type Topology } from "../../cluster/topology/topology.js";
import type { MarketDataClient } from "../../feed/market-data-port.js";
import type { UserEvents } from "../../feed/user-events-port.js";
import { formatAddress } from "../../platform/address.js";
import { systemClock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";
import { systemTimers } from "../../platform/timers.js";
import { readTlsFiles } from "../../platform/tls-credentials.js";
import { ProjectionLink } from "../../projection/projection-socket.js";
import type { HistoryClient } from "../../transport/history-port.js";
import { PartitionClients } from "./partition-clients.js";

/** A gateway's ways to a whole cluster. */
export interface GatewayLinks {
  readonly engine: RoutingEngineClient;
  readonly history: HistoryClient;
  readonly marketData: MarketDataClient;
  readonly events: UserEvents;
  close(): Promise<void>;
}

/**
 * Connects to every partition's leader and projection. Rejects with OutcomeUnknownError or EngineBusyError while one
 * of the leaders does not answer, and with ListingsDifferError when the partitions are not of one cluster.
 */
export async function openGatewayLinks(
  topology: Topology,
  name: string,
  logger: Logger,
): Promise<GatewayLinks> {
  const map = partitionMapOf(topology);
  const tls = topology.security.tls === undefined ? undefined : readTlsFiles(topology.security.tls);
  const clients = new PartitionClients(topology, name, logger);
  const engines = topology.partitions.map((_, partition) => clients.of(partition));
  const links = topology.partitions.map(
    (_, partition) =>
      new ProjectionLink({
        partition,
        mapHash: map.hash,
        tls,
        address: formatAddress(
          topology.projections.find((projection) => projection.partition === partition)!.listen,
        ),
        onNotice: (level, text) => logger[level](text),
      }),
  );
  const projections = links.map(({ client }) => client);
  const close = async (): Promise<void> => {
    for (const link of links) link.close();
    await clients.close();
  };
  try {
    const engine = await RoutingEngineClient.start({
      partitions: engines,
      map,
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      async bestPrice(market, side) {
        const { askTicks, bidTicks } = await marketData.ticker(market);
        return side === "ask" ? askTicks : bidTicks;
      },
    });
    const { partitionOf } = engine;
    const marketData = new RoutedMarketData(projections, partitionOf);
    return {
      engine,
      history: new RoutedHistory(projections, partitionOf, (partition) =>
        // Any market: it says where the journal is that takes it, and a partition has one.
        engines[partition]!.query({ kind: "sequence", market: 0 }),
      ),
      marketData,
      events: new RoutedUserEvents({
        events: projections,
        engines,
        onListed: (event) => engine.take(event),
        partitionOf,
        timers: systemTimers,
        random: Math.random,
      }),
      async close() {
        await engine.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
