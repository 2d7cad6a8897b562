import { JournalFailedError } from "../../journal/port.js";
import type { ShardLink, ShardMachine } from "../../journal/postgres/shard.js";
import { ConnectionLostError, type ShardAccess } from "../../journal/postgres/shard-connection.js";
import type { Statement } from "../../journal/postgres/sql.js";
import type { Host } from "./host.js";
import type { Network, Wire } from "./network.js";
import type { FromServer, ToServer } from "./shard-server.js";

interface Question {
  readonly resolve: (rows: readonly (readonly unknown[])[]) => void;
  readonly reject: (error: Error) => void;
}

/** A server that is connected to and says nothing is given up after this, in µs. */
const WELCOME_US_MAX = 400_000;

/** How the host's process reaches shards. */
export function shardMachine(
  network: Network,
  host: Host,
  options: { readonly mindsWarnings: boolean },
): ShardMachine {
  return {
    timers: host.timers,
    stopwatchMs: host.stopwatchMs,
    async open(access: ShardAccess) {
      const refusals: string[] = [];
      for (const server of access.servers) {
        try {
          const link = await SimShardLink.connect(network, host, server.host, options.mindsWarnings);
          if (!link.isStandby && (!access.synchronous || link.standbys > 0)) return link;
          refusals.push(`${server.host} can't be written to`);
          link.destroy();
        } catch (error) {
          refusals.push((error as Error).message);
        }
      }
      throw new ConnectionLostError(refusals.join("; "));
    },
  };
}

/** A connection to a simulated server, as {@link ShardLink} says. */
class SimShardLink implements ShardLink {
  readonly #wire: Wire;
  readonly #mindsWarnings: boolean;
  readonly #questions = new Map<number, Question>();
  #id = 0;
  #ended: Error | undefined;
  isStandby = false;
  standbys = 0;

  private constructor(wire: Wire, mindsWarnings: boolean) {
    this.#wire = wire;
    this.#mindsWarnings = mindsWarnings;
  }

  static async connect(
    network: Network,
    host: Host,
    address: string,
    mindsWarnings: boolean,
  ): Promise<SimShardLink> {
    const wire = await network.connect(host, address);
    const link = new SimShardLink(wire, mindsWarnings);
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        link.#end(new ConnectionLostError(`${address}: ${why}`));
        reject(link.#ended!);
      };
      const cancel = wire.process.after(WELCOME_US_MAX, () => fail("says nothing"));
      wire.listen<FromServer>(
        (message) => {
          if (message.kind !== "welcome") return link.#take(message);
          cancel();
          link.isStandby = message.isStandby;
          link.standbys = message.standbys;
          resolve(link);
        },
        () => {
          cancel();
          fail("the connection has ended");
        },
      );
      wire.send({ kind: "hello" } satisfies ToServer);
    });
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  query(
    { name }: Statement,
    values: readonly unknown[],
    timeoutMs: number,
  ): Promise<readonly (readonly unknown[])[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      const cancel = this.#wire.process.after(Math.round(timeoutMs * 1000), () => {
        this.#end(new ConnectionLostError(`no answer to "${name}" within ${timeoutMs} ms`));
      });
      const done = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          cancel();
          this.#questions.delete(id);
          settle(value);
        };
      };
      this.#questions.set(id, { resolve: done(resolve), reject: done(reject) });
      // What is sent does not change with the engine's buffers.
      const copies = values.map((value) => (value instanceof Uint8Array ? value.slice() : value));
      this.#wire.send({ kind: "statement", id, name, values: copies } satisfies ToServer);
    });
  }

  async write(statement: Statement, values: readonly unknown[], timeoutMs: number): Promise<number> {
    return (await this.query(statement, values, timeoutMs)).length;
  }

  async value(statement: Statement, values: readonly unknown[], timeoutMs: number): Promise<unknown> {
    return (await this.query(statement, values, timeoutMs))[0]?.[0];
  }

  async close(): Promise<void> {
    this.destroy();
  }

  destroy(): void {
    this.#end(new ConnectionLostError("the connection was closed"));
  }

  #take(message: Exclude<FromServer, { readonly kind: "welcome" }>): void {
    switch (message.kind) {
      case "rows":
        this.#questions.get(message.id)?.resolve(message.rows);
        return;
      case "error":
        this.#questions.get(message.id)?.reject(Object.assign(new Error("refused"), { code: message.code }));
        return;
      case "notice":
        if (this.#mindsWarnings) this.#end(new JournalFailedError("simulated: the server has warned"));
    }
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#wire.destroy();
    for (const { reject } of [...this.#questions.values()]) reject(reason);
  }
}
