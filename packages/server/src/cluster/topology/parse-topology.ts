import { isAbsolute, join, resolve } from "node:path";
import type { Node } from "yaml";
import { type Address, formatAddress, parseAddress, type TcpAddress } from "../../platform/address.js";
import {
  type BackendEntry,
  type EdgeEntry,
  type EngineEntry,
  LIMITS,
  type LimitsEntry,
  type MutualTls,
  type PartitionEntry,
  type PostgresAddress,
  type ProjectionEntry,
  type RedisEntry,
  type ShardEntry,
  type Topology,
} from "./topology.js";
import { YamlFile, type YamlProblem, type YamlSection } from "./yaml-section.js";

/** Sockets of processes that are not told where to listen lie here, below the data folder. */
const SOCKET_FOLDER = "run";

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** What a local cluster calls the processes that a topology does not name. */
const RESERVED = /^(?:nginx|supervisor|redis-\d+)$/;
const SYMBOL = /^[A-Z0-9_.-]{1,20}$/;
const HOST = /^[A-Za-z0-9.:_-]{1,253}$/;
const PORT_MAX = 65_535;
const LOOPBACK = /^(?:localhost|::1|127\.\d+\.\d+\.\d+)$/;
const WORKERS_MAX = 64;
const PREPARED_IDS_MAX = 2 ** 25 - 1;

/** Addresses to listen on that nobody can connect to from elsewhere. */
const UNSPECIFIED = new Set(["0.0.0.0", "::", "*"]);

/** A topology that can't be used: every problem with its line, and what to write instead. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
  readonly problems: readonly YamlProblem[];

  constructor(file: string, problems: readonly YamlProblem[]) {
    super(problems.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`).join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads a topology from YAML, checks it as a whole and fills in defaults. Paths are taken from `folder`, the folder
 * of the file; `file` is its name in messages. The result is frozen. Throws {@link TopologyError} with all problems.
 */
export function parseTopology(
  text: string,
  options: { readonly file: string; readonly folder: string },
): Topology {
  const yaml = new YamlFile(text);
  const root = yaml.root();
  const topology = root === undefined ? undefined : new TopologyReader(yaml, options.folder).read(root);
  if (topology === undefined || yaml.problems.length > 0) {
    const inOrder = [...yaml.problems].sort((a, b) => a.line - b.line || a.column - b.column);
    throw new TopologyError(options.file, inOrder);
  }
  return deepFreeze(topology);
}

class TopologyReader {
  readonly #yaml: YamlFile;
  readonly #folder: string;
  /** What was named or listened on before, and on which line. */
  readonly #names = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  readonly #symbols = new Map<string, string>();
  #data = "";

  constructor(yaml: YamlFile, folder: string) {
    this.#yaml = yaml;
    this.#folder = folder;
  }

  read(root: YamlSection): Topology {
    const name = root.text("name", "buttonwood");
    this.#data = this.#path(root.text("data", "."));
    const shards = root.sections("shards", true).map((section) => this.#shard(section));
    const shardNames = shards.map((shard) => shard.name);
    const partitions = root
      .sections("partitions", true)
      .map((section, number) => this.#partition(section, number, shardNames));
    const engines = root.sections("engines", true).map((section) => this.#engine(section, partitions.length));
    const projections = root
      .sections("projections", true)
      .map((section) => this.#projection(section, partitions.length));
    this.#everyPartition(root, partitions.length, engines, projections);
    const topology: Topology = {
      name,
      data: this.#data,
      partitions,
      shards,
      redis: this.#redis(root),
      engines,
      projections,
      backends: root.sections("backends", true).map((section) => this.#backend(section)),
      edge: this.#edge(root),
      console: this.#console(root),
      limits: this.#limits(root),
      security: this.#security(root),
    };
    root.end();
    return topology;
  }

  #shard(section: YamlSection): ShardEntry {
    const primary = this.#postgres(section);
    const shard: ShardEntry = {
      name: primary.name,
      primary,
      database: section.text("database", "buttonwood"),
      passwordsFile: this.#optionalPath(section, "passwords"),
      synchronous: section.truth("synchronous", false),
      standbys: section.sections("standbys", false).map((standby) => {
        const address = this.#postgres(standby);
        standby.end();
        return address;
      }),
    };
    if (shard.synchronous && shard.standbys.length === 0) {
      this.#yaml.problem(
        section.place("synchronous"),
        "a synchronous shard needs a standby, or no commit would ever return: list one under standbys, or write synchronous: false",
      );
    }
    section.end();
    return shard;
  }

  #postgres(section: YamlSection): PostgresAddress {
    const name = this.#name(section);
    const written = section.text("host");
    const host = written.startsWith(".") || isAbsolute(written) ? this.#path(written) : written;
    if (host !== "" && !isAbsolute(host) && !HOST.test(host)) {
      this.#yaml.problem(
        section.place("host"),
        `"${host}" is no host: write a name, an IP address, or the folder of PostgreSQL's socket`,
      );
    }
    const port = section.wholeNumber("port", 1, PORT_MAX, 5432);
    this.#takeAddress(`${host}:${port}`, section.place("port"));
    return { name, host, port };
  }

  #partition(section: YamlSection, number: number, shards: readonly string[]): PartitionEntry {
    const shard = section.text("shard");
    if (shard !== "" && !shards.includes(shard)) {
      this.#yaml.problem(
        section.place("shard"),
        `there is no shard ${shard}: ${shards.length === 0 ? "" : `write one of ${shards.join(", ")}, or `}add it under shards`,
      );
    }
    const symbols = section.texts("symbols").flatMap(({ text, place }) => {
      const owner = this.#symbols.get(text);
      if (owner !== undefined) {
        this.#yaml.problem(
          place,
          `symbol ${text} stands in ${owner} already: leave it in one partition only`,
        );
        return [];
      }
      this.#symbols.set(text, `partition ${number} (line ${this.#yaml.lineOf(place)})`);
      if (!SYMBOL.test(text)) {
        this.#yaml.problem(place, `"${text}" is no symbol: write 1 to 20 of A-Z, 0-9, _, . and -`);
      }
      return [text];
    });
    section.end();
    return { shard, symbols };
  }

  #engine(section: YamlSection, partitions: number): EngineEntry {
    const name = this.#name(section);
    const engine: EngineEntry = {
      name,
      partition: this.#partitionNumber(section, partitions),
      listen: this.#listen(section, "listen", name),
      grpc: this.#optionalListen(section, "grpc", name),
      metrics: this.#optionalListen(section, "metrics", name),
      data: this.#path(section.text("data", join(this.#data, name))),
      preparedIds: section.wholeNumber("preparedIds", 0, PREPARED_IDS_MAX, 0),
    };
    section.end();
    return engine;
  }

  #projection(section: YamlSection, partitions: number): ProjectionEntry {
    const name = this.#name(section);
    const partition = this.#partitionNumber(section, partitions);
    const projection: ProjectionEntry = {
      name,
      partition,
      listen: this.#listen(section, "listen", name),
      metrics: this.#optionalListen(section, "metrics", name),
    };
    section.end();
    return projection;
  }

  #backend(section: YamlSection): BackendEntry {
    const name = this.#name(section);
    const listen = this.#listen(section, "listen", name);
    const workers = section.wholeNumber("workers", 1, WORKERS_MAX, 1);
    section.end();
    return { name, listen, workers };
  }

  #redis(root: YamlSection): RedisEntry {
    const section = root.section("redis");
    if (section === undefined) {
      this.#yaml.problem(root.place("redis"), "redis is missing here: write `redis:` with its nodes");
      return { nodes: [], passwordFile: undefined };
    }
    const nodes = section.texts("nodes").flatMap(({ text, place }): TcpAddress[] => {
      const address = this.#address(text, place);
      if (address === undefined) return [];
      if ("path" in address) {
        this.#yaml.problem(place, "a node of a Redis Cluster listens on a port: write HOST:PORT");
        return [];
      }
      return [address];
    });
    if (!section.has("nodes")) this.#yaml.problem(section.place("nodes"), "nodes must list at least one");
    const passwordFile = this.#optionalPath(section, "password");
    section.end();
    return { nodes, passwordFile };
  }

  #edge(root: YamlSection): EdgeEntry {
    const section = root.section("edge");
    if (section === undefined) return { host: "127.0.0.1", port: 8080, tls: undefined };
    const host = section.text("host", "127.0.0.1");
    if (!HOST.test(host)) {
      this.#yaml.problem(
        section.place("host"),
        `"${host}" is no host: write an address of the machine, or 0.0.0.0 for all`,
      );
    }
    const port = section.wholeNumber("port", 1, PORT_MAX, 8080);
    this.#takeAddress(`${host}:${port}`, section.place("port"));
    const tls = section.section("tls");
    const files = tls && { certificateFile: this.#file(tls, "certificate"), keyFile: this.#file(tls, "key") };
    tls?.end();
    section.end();
    return { host, port, tls: files };
  }

  #console(root: YamlSection): TcpAddress | undefined {
    const section = root.section("console");
    if (section === undefined) return undefined;
    const host = section.text("host", "127.0.0.1");
    if (!LOOPBACK.test(host)) {
      this.#yaml.problem(
        section.place("host"),
        `the console speaks plain HTTP, so that it listens for its own host alone: write 127.0.0.1, and reach it through an SSH tunnel or a proxy with TLS`,
      );
    }
    const port = section.wholeNumber("port", 1, PORT_MAX);
    this.#takeAddress(`${host}:${port}`, section.place("port"));
    section.end();
    return { host, port };
  }

  #limits(root: YamlSection): LimitsEntry {
    const text = root.text("limits", "published");
    const limits = LIMITS.find((name) => name === text);
    if (limits !== undefined) return limits;
    this.#yaml.problem(
      root.place("limits"),
      `limits must be ${LIMITS.join(" or ")}: the rate limits that are published, or none at all`,
    );
    return "published";
  }

  #security(root: YamlSection): { readonly tls: MutualTls | undefined } {
    const section = root.section("security");
    const tls = section?.section("tls");
    const files = tls && {
      certificateFile: this.#file(tls, "certificate"),
      keyFile: this.#file(tls, "key"),
      authorityFile: this.#file(tls, "authority"),
    };
    tls?.end();
    section?.end();
    return { tls: files };
  }

  #everyPartition(
    root: YamlSection,
    partitions: number,
    engines: readonly EngineEntry[],
    projections: readonly ProjectionEntry[],
  ): void {
    for (let partition = 0; partition < partitions; partition++) {
      const has = (entry: { readonly partition: number }): boolean => entry.partition === partition;
      if (engines.length > 0 && !engines.some(has)) {
        this.#yaml.problem(
          root.place("engines"),
          `partition ${partition} has no engine: add one with \`partition: ${partition}\``,
        );
      }
      const count = projections.filter(has).length;
      if (projections.length > 0 && count !== 1) {
        this.#yaml.problem(
          root.place("projections"),
          `partition ${partition} has ${count === 0 ? "no projection" : `${count} projections`}: write exactly one with \`partition: ${partition}\``,
        );
      }
    }
  }

  #partitionNumber(section: YamlSection, partitions: number): number {
    const number = section.wholeNumber("partition", 0, 65_535);
    if (partitions > 0 && number >= partitions) {
      this.#yaml.problem(
        section.place("partition"),
        `there is no partition ${number}: they are numbered from 0 to ${partitions - 1}, in the order under partitions`,
      );
    }
    return number;
  }

  #name(section: YamlSection): string {
    const name = section.text("name");
    const place = section.place("name");
    if (name === "") return name;
    if (!NAME.test(name)) {
      this.#yaml.problem(place, `"${name}" is no name: write a letter, then up to 39 of a-z, 0-9 and -`);
    }
    if (RESERVED.test(name)) {
      this.#yaml.problem(
        place,
        `the name ${name} is the cluster's own for another process: write another one`,
      );
    }
    const line = this.#names.get(name);
    if (line !== undefined) {
      this.#yaml.problem(
        place,
        `the name ${name} is taken on line ${line}: names belong to one process each`,
      );
    }
    this.#names.set(name, line ?? this.#yaml.lineOf(place));
    return name;
  }

  /** Where a process listens; without a word about it, a socket in the data folder. */
  #listen(section: YamlSection, key: string, name: string): Address {
    const text = section.text(key, `unix:${join(this.#data, SOCKET_FOLDER, `${name}.sock`)}`);
    const place = section.place(key);
    const address = this.#address(text, place);
    if (address !== undefined && "host" in address && UNSPECIFIED.has(address.host)) {
      this.#yaml.problem(
        place,
        `${key} is also where others connect, and nobody can connect to ${address.host}: write the host's own address`,
      );
    }
    return address ?? { path: "" };
  }

  /** Where a process listens for others too, when it shall. */
  #optionalListen(section: YamlSection, key: string, name: string): Address | undefined {
    return section.has(key) ? this.#listen(section, key, `${name}-${key}`) : undefined;
  }

  #address(text: string, place: Node): Address | undefined {
    const unix = /^unix:(.*)$/.exec(text);
    try {
      const address = parseAddress(unix === null ? text : `unix:${this.#path(unix[1]!)}`);
      this.#takeAddress(formatAddress(address), place);
      return address;
    } catch (error) {
      this.#yaml.problem(place, (error as Error).message);
      return undefined;
    }
  }

  #takeAddress(address: string, place: Node): void {
    const key = address.replace(/^localhost:/, "127.0.0.1:");
    const line = this.#addresses.get(key);
    if (line !== undefined) {
      this.#yaml.problem(place, `${address} is taken on line ${line}: give each its own port`);
    }
    this.#addresses.set(key, line ?? this.#yaml.lineOf(place));
  }

  #file(section: YamlSection, key: string): string {
    return this.#path(section.text(key));
  }

  #optionalPath(section: YamlSection, key: string): string | undefined {
    const text = section.optionalText(key);
    return text === undefined ? undefined : this.#path(text);
  }

  #path(text: string): string {
    return resolve(this.#folder, text);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
