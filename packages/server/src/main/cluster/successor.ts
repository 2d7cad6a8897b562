import { partitionMapOf, type Topology } from "../../cluster/topology/topology.js";
import { formatAddress } from "../../platform/address.js";
import { readTlsFiles } from "../../platform/tls-credentials.js";
import { SocketClient } from "../../transport/socket/socket-client.js";

/** How long another engine may take to say how far it is, in ms; one that is slower is no successor. */
const ANSWER_MS_MAX = 1_000;

/** Commands that a successor may be behind: applied in some tens of milliseconds, while everybody waits. */
const BEHIND_COMMANDS_MAX = 10_000;

/**
 * The other engine of a partition that can take over from the leader of a name, which stands at a sequence: the one
 * that is furthest. Throws with the reason for each when there is none.
 */
export async function findSuccessor(topology: Topology, name: string, sequence: number): Promise<string> {
  const partition = topology.engines.find((engine) => engine.name === name)?.partition;
  const others = topology.engines.filter((engine) => engine.partition === partition && engine.name !== name);
  if (others.length === 0) throw new Error(`the topology has no other engine for partition ${partition}`);
  const refusals: string[] = [];
  let best: { readonly name: string; readonly sequence: number } | undefined;
  for (const other of others) {
    try {
      const reached = await sequenceOf(topology, other);
      const behind = sequence - reached;
      if (behind > BEHIND_COMMANDS_MAX) refusals.push(`${other.name} is ${behind} commands behind`);
      else if (best === undefined || reached > best.sequence) best = { name: other.name, sequence: reached };
    } catch (error) {
      refusals.push(`${other.name}: ${(error as Error).message}`);
    }
  }
  if (best === undefined) throw new Error(`no engine can take over (${refusals.join("; ")})`);
  return best.name;
}

async function sequenceOf(topology: Topology, engine: Topology["engines"][number]): Promise<number> {
  const { tls } = topology.security;
  const client = new SocketClient({
    partition: engine.partition,
    mapHash: partitionMapOf(topology).hash,
    findLeader: () => Promise.resolve(formatAddress(engine.listen)),
    tls: tls === undefined ? undefined : readTlsFiles(tls),
    answerMsMax: ANSWER_MS_MAX,
  });
  try {
    return (await client.query({ kind: "status" })).sequence;
  } finally {
    await client.close();
  }
}
