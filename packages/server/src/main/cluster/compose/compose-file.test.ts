/** The compose file against the topology that stands in its containers: what one says, the other must too. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { BlockList } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { edgeConfigOf } from "../../../cluster/edge/nginx-config.js";
import { readTopology } from "../../../cluster/topology/local-topology.js";
import { type Address, formatAddress } from "../../../platform/address.js";
import {
  COMPOSE_FOLDER,
  type ComposeService,
  ROOT,
  readCompose,
  readComposeText,
  startedBefore,
} from "./testing/compose-file.js";

const TOPOLOGY_PATH = "/etc/buttonwood/topology.yaml";
/** They do one thing and end. */
const TASKS = ["form-redis", "prepare", "demo"];

const compose = readCompose();
const topology = readTopology(`${COMPOSE_FOLDER}topology.yaml`);
const shardServers = topology.shards.flatMap(({ primary, standbys }) => [primary, ...standbys]);
const redisServices = topology.redis.nodes.map(({ host }) => serviceAt(host).name);

function service(name: string): ComposeService {
  const found = compose.services.get(name);
  assert.ok(found, `${name} has no service`);
  return found;
}

/** The service whose address in the network stays. */
function serviceAt(address: string): ComposeService {
  const found = [...compose.services.values()].filter((each) => each.address === address);
  assert.equal(found.length, 1, `${found.length} services have the address ${address}`);
  return found[0]!;
}

function hostOf(address: Address): string {
  assert.ok("host" in address, "it listens on a socket, which no other container reaches");
  return address.host;
}

/** Checks a process of our own: its command, its health check, and that it is reached where the topology says. */
function checkRole(kind: string, name: string, listen: Address, health: Address): void {
  const { command, healthCheck, hostname, address, mounts } = service(name);
  assert.deepEqual(command.slice(2), ["cluster", "role", kind, "--topology", TOPOLOGY_PATH, "--name", name]);
  assert.deepEqual(healthCheck, ["is-ready", formatAddress(health)]);
  for (const each of [listen, health]) assert.ok([hostname, address].includes(hostOf(each)), name);
  assert.ok(hostname === undefined || hostname === name, "other containers know it by its service's name");
  const paths = mounts.map(({ path }) => path);
  assert.ok(paths.includes(TOPOLOGY_PATH) && paths.includes(topology.data), name);
}

/** Which services must have started, and how, before one. */
function checkOrder(name: string, before: readonly string[]): void {
  const all = startedBefore(compose, name);
  for (const other of before) assert.ok(all.has(other), `${name} does not wait for ${other}`);
}

describe("compose.yaml", () => {
  it("has a service for every part of the topology, and three tasks", () => {
    const parts = [...shardServers, ...topology.engines, ...topology.projections, ...topology.backends].map(
      ({ name }) => name,
    );
    const expected = [...parts, ...redisServices, serviceAt(topology.edge.host).name, ...TASKS];
    assert.deepEqual([...compose.services.keys()].sort(), expected.sort());
    assert.equal(topology.engines.length, 2 * topology.partitions.length, "every engine has a standby");
    for (const { standbys, synchronous } of topology.shards) {
      assert.deepEqual([standbys.length, synchronous], [1, true]);
    }
  });

  it("starts each part with the name and address that the topology gives it, and asks there how it is", () => {
    for (const { primary, standbys } of topology.shards) {
      const [standby] = standbys;
      const pairs = [
        ["primary", primary, standby!],
        ["standby", standby!, primary],
      ] as const;
      for (const [role, own, other] of pairs) {
        const { command, hostname, healthCheck } = service(own.name);
        assert.deepEqual([hostname, own.host], [own.name, own.name]);
        assert.deepEqual(command, ["run-shard", role, formatAddress(own), formatAddress(other)]);
        const dbname = `host=${own.host} port=${own.port} user=postgres`;
        assert.deepEqual(healthCheck, ["pg_isready", "--quiet", "--dbname", dbname]);
      }
    }
    for (const node of topology.redis.nodes) {
      const { command, healthCheck } = serviceAt(node.host);
      assert.deepEqual(command, ["run-redis", formatAddress(node)]);
      assert.deepEqual(healthCheck, ["redis-cli", "-h", node.host, "-p", String(node.port), "ping"]);
    }
    for (const { name, listen, metrics } of topology.engines) checkRole("engine", name, listen, metrics!);
    for (const { name, listen, metrics } of topology.projections) {
      checkRole("projection", name, listen, metrics!);
    }
    for (const { name, listen } of topology.backends) checkRole("backend", name, listen, listen);
    const edge = serviceAt(topology.edge.host);
    assert.deepEqual(edge.healthCheck, ["is-ready", formatAddress(topology.edge)]);
    assert.deepEqual(edge.ports, [`127.0.0.1:8080:${topology.edge.port}`]);
  });

  it("starts servers before those who need them, and waits until they are ready", () => {
    for (const { primary, standbys } of topology.shards) {
      for (const { name } of standbys) checkOrder(name, [primary.name]);
    }
    checkOrder("form-redis", redisServices);
    checkOrder(
      "prepare",
      shardServers.map(({ name }) => name),
    );
    for (const { name } of topology.engines) checkOrder(name, ["prepare", "form-redis"]);
    const engines = topology.engines.map(({ name }) => name);
    checkOrder("demo", engines);
    for (const { name, partition } of topology.projections) {
      checkOrder(
        name,
        topology.engines.filter((engine) => engine.partition === partition).map((engine) => engine.name),
      );
    }
    const projections = topology.projections.map(({ name }) => name);
    for (const { name } of topology.backends) checkOrder(name, ["demo", ...projections]);
    checkOrder(
      serviceAt(topology.edge.host).name,
      topology.backends.map(({ name }) => name),
    );
    for (const { name, dependsOn, healthCheck, restart } of compose.services.values()) {
      assert.ok(!startedBefore(compose, name).has(name), `${name} waits for itself`);
      assert.equal(
        healthCheck === undefined,
        TASKS.includes(name),
        `${name}: tasks alone have no health check`,
      );
      assert.equal(restart, TASKS.includes(name) ? "on-failure" : "unless-stopped");
      for (const [other, condition] of Object.entries(dependsOn)) {
        const expected = TASKS.includes(other) ? "service_completed_successfully" : "service_healthy";
        assert.equal(condition, expected, `${name} after ${other}`);
      }
    }
  });

  it("pins images to versions and runs nothing as root", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    for (const { name, image, isBuilt, user } of compose.services.values()) {
      // A short official name: no other place to fetch it from is named.
      assert.match(image, /^[a-z]+:\d+\.\d+(\.\d+)?$/, name);
      if (isBuilt) assert.equal(image, `buttonwood:${version}`);
      else assert.ok(user !== undefined && user !== "root", name);
    }
  });

  it("gives lasting addresses that no other container can be given", () => {
    const list = (network: string): BlockList => {
      const [address, bits] = network.split("/") as [string, string];
      const blocks = new BlockList();
      blocks.addSubnet(address, Number(bits));
      return blocks;
    };
    const [all, others] = [list(compose.subnet), list(compose.addressRange)];
    for (const { name, address } of compose.services.values()) {
      if (address === undefined) continue;
      assert.ok(all.check(address) && !others.check(address), `${name}: ${address}`);
    }
  });

  it("brings along what its containers read", () => {
    const secrets = [
      topology.redis.passwordFile!,
      ...topology.shards.map(({ passwordsFile }) => passwordsFile!),
    ];
    for (const { name, mounts, command, environment, healthCheck, isBuilt } of compose.services.values()) {
      const paths = mounts.map(({ path }) => path);
      if (command.includes("role") || name === "demo") {
        for (const secret of secrets) assert.ok(paths.includes(secret), `${name} lacks ${secret}`);
      }
      const read = [...command, ...Object.values(environment)].filter((text) =>
        text.startsWith("/run/secrets/"),
      );
      for (const secret of read) assert.ok(paths.includes(secret), `${name} lacks ${secret}`);
      for (const { kind, source, path } of mounts) {
        if (kind === "volume") assert.ok(compose.volumes.includes(source), source);
        if (kind === "secret") assert.ok(source in compose.secrets, source);
        if (kind !== "file") continue;
        const { mode } = statSync(join(COMPOSE_FOLDER, source));
        if (path.startsWith("/usr/local/bin/")) assert.ok((mode & 0o111) === 0o111, `${source} can't be run`);
      }
      // What is no program of its image is brought along.
      for (const program of [command[0]!, ...(healthCheck ?? []).slice(0, 1)]) {
        if (!existsSync(join(COMPOSE_FOLDER, program))) continue;
        const isInImage = isBuilt && readComposeText("Dockerfile").includes(`deploy/compose/${program} `);
        assert.ok(isInImage || paths.includes(`/usr/local/bin/${program}`), `${name} lacks ${program}`);
      }
    }
    const made = readComposeText("make-secrets");
    for (const [name, path] of Object.entries(compose.secrets)) {
      assert.equal(path, `./secrets/${name}`);
      assert.ok(made.includes(`>secrets/${name}`), `make-secrets does not make ${name}`);
    }
  });
});

describe("nginx.conf", () => {
  it("is what the topology asks for", () => {
    assert.equal(
      readComposeText("nginx.conf"),
      edgeConfigOf(topology),
      "write it again: npx buttonwood cluster edge --topology deploy/compose/topology.yaml > deploy/compose/nginx.conf",
    );
  });
});

describe("Dockerfile", () => {
  const text = readComposeText("Dockerfile");

  it("builds from one pinned image in two stages, and runs as an ordinary user", () => {
    const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    assert.equal(images.length, 2);
    assert.equal(new Set(images).size, 1);
    assert.match(images[0]!, /^node:\d+\.\d+\.\d+-bookworm-slim$/);
    assert.match(text, /^USER node$/m);
  });

  it("copies what is there, and the description of every package before it installs", () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
      sources!.split(" "),
    );
    for (const source of copied) assert.ok(existsSync(join(ROOT, source)), source);
    const described = copied.filter((source) => source.endsWith("package.json"));
    const packages = readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}/package.json`);
    assert.deepEqual(described.sort(), ["package.json", ...packages, "tests/package.json"].sort());
    const [, program] = service("prepare").command;
    assert.ok(existsSync(program!.replace("/opt/buttonwood/", ROOT)));
  });
});
