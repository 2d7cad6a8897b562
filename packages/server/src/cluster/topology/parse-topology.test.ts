import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTopology, type TopologyError } from "./parse-topology.js";
import { partitionMapOf, shardOf, type Topology } from "./topology.js";

const SMALL = `
partitions:
  - shard: main
shards:
  - name: main
    host: 10.0.0.1
redis:
  nodes: [10.0.0.1:6379]
engines:
  - name: engine
    partition: 0
projections:
  - name: projection
    partition: 0
backends:
  - name: backend
`;

const LARGE = `
name: venue
data: /var/lib/buttonwood
partitions:
  - shard: east
    symbols: [AAPLUSD, 1INCHUSDT, 100]
  - shard: west
    symbols: [BTCUSDT]
shards:
  - name: east
    host: 10.0.0.1
    passwords: secrets/east.json
    synchronous: true
    standbys:
      - { name: east-standby, host: 10.0.0.2 }
  - name: west
    host: db-west.internal
    port: 5433
    database: venue
redis:
  nodes: [10.0.0.1:7000, "[fd00::1]:7000"]
  password: secrets/redis
engines:
  - { name: engine-0-a, partition: 0, listen: 10.0.0.3:7400, grpc: 10.0.0.3:7500, metrics: 10.0.0.3:9100 }
  - { name: engine-0-b, partition: 0, listen: 10.0.0.4:7400, data: /fast/engine, preparedIds: 5000 }
  - { name: engine-1-a, partition: 1, listen: unix:run/e.sock }
projections:
  - { name: projection-0, partition: 0, listen: 10.0.0.3:7600 }
  - { name: projection-1, partition: 1, listen: 10.0.0.4:7600 }
backends:
  - { name: backend-0, listen: 10.0.0.5:9000, workers: 4 }
edge:
  host: 0.0.0.0
  port: 443
  tls: { certificate: tls/edge.crt, key: tls/edge.key }
security:
  tls: { certificate: tls/own.crt, key: tls/own.key, authority: tls/ca.crt }
limits: none
`;

function parse(text: string): Topology {
  return parseTopology(text, { file: "topology.yaml", folder: "/etc/buttonwood" });
}

/** The problems of a text, as `LINE:COLUMN text`. */
function problemsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    assert.equal((error as Error).name, "TopologyError");
    return (error as TopologyError).problems.map(
      (problem) => `${problem.line}:${problem.column} ${problem.text}`,
    );
  }
  return [];
}

test("what is left out has its default", () => {
  assert.deepEqual(parse(SMALL), {
    name: "buttonwood",
    data: "/etc/buttonwood",
    partitions: [{ shard: "main", symbols: [] }],
    shards: [
      {
        name: "main",
        primary: { name: "main", host: "10.0.0.1", port: 5432 },
        database: "buttonwood",
        passwordsFile: undefined,
        synchronous: false,
        standbys: [],
      },
    ],
    redis: { nodes: [{ host: "10.0.0.1", port: 6379 }], passwordFile: undefined },
    engines: [
      {
        name: "engine",
        partition: 0,
        listen: { path: "/etc/buttonwood/run/engine.sock" },
        grpc: undefined,
        metrics: undefined,
        data: "/etc/buttonwood/engine",
        preparedIds: 0,
      },
    ],
    projections: [
      {
        name: "projection",
        partition: 0,
        listen: { path: "/etc/buttonwood/run/projection.sock" },
        metrics: undefined,
      },
    ],
    backends: [{ name: "backend", listen: { path: "/etc/buttonwood/run/backend.sock" }, workers: 1 }],
    edge: { host: "127.0.0.1", port: 8080, tls: undefined },
    console: undefined,
    limits: "published",
    security: { tls: undefined },
  });
});

test("everything can be said, and paths begin at the file's folder", () => {
  const topology = parse(LARGE);
  assert.deepEqual(topology.partitions[0]!.symbols, ["AAPLUSD", "1INCHUSDT", "100"]);
  assert.deepEqual(shardOf(topology, 0), {
    name: "east",
    primary: { name: "east", host: "10.0.0.1", port: 5432 },
    database: "buttonwood",
    passwordsFile: "/etc/buttonwood/secrets/east.json",
    synchronous: true,
    standbys: [{ name: "east-standby", host: "10.0.0.2", port: 5432 }],
  });
  assert.equal(topology.redis.nodes[1]!.host, "fd00::1");
  assert.deepEqual(topology.engines[0]!.grpc, { host: "10.0.0.3", port: 7500 });
  assert.deepEqual(topology.engines[0]!.metrics, { host: "10.0.0.3", port: 9100 });
  assert.equal(topology.engines[0]!.data, "/var/lib/buttonwood/engine-0-a");
  assert.deepEqual(
    topology.engines.map(({ preparedIds }) => preparedIds),
    [0, 5_000, 0],
  );
  assert.deepEqual(topology.engines[2]!.listen, { path: "/etc/buttonwood/run/e.sock" });
  assert.equal(topology.edge.tls!.keyFile, "/etc/buttonwood/tls/edge.key");
  assert.equal(topology.security.tls!.authorityFile, "/etc/buttonwood/tls/ca.crt");
  assert.equal(topology.limits, "none");
  assert.equal(partitionMapOf(topology).partitionOfMarket("BTCUSDT"), 1);
  assert.throws(() => shardOf(topology, 2), RangeError);
});

test("a topology can't be changed by whoever reads it", () => {
  const topology = parse(LARGE) as unknown as { partitions: { symbols: string[] }[] };
  assert.throws(() => topology.partitions[0]!.symbols.push("X"), TypeError);
  assert.throws(() => {
    topology.partitions = [];
  }, TypeError);
});

/** What is done to the large one, and the problems it must have. */
const WRONG: readonly (readonly [
  what: string,
  from: string | RegExp,
  to: string,
  problems: readonly RegExp[],
])[] = [
  [
    "unknown key",
    "    port: 5433",
    "    prot: 5433",
    [/^18:5 there is no key prot here: known are .*port, standbys/],
  ],
  ["unknown key at the top", "name: venue", "nmae: venue", [/^2:1 there is no key nmae here/]],
  [
    "missing shard",
    "shard: west",
    "shard: north",
    [/^7:12 there is no shard north: write one of east, west/],
  ],
  ["no shard said", "- shard: west\n   ", "-", [/^7:5 shard is missing here/]],
  [
    "symbol twice",
    "[BTCUSDT]",
    "[BTCUSDT, AAPLUSD]",
    [/^8:24 symbol AAPLUSD stands in partition 0 \(line 6\) already/],
  ],
  ["bad symbol", "[BTCUSDT]", "[btcusdt]", [/^8:15 "btcusdt" is no symbol: write 1 to 20 of A-Z/]],
  [
    "doubled name",
    "name: engine-0-b",
    "name: engine-0-a",
    [/^25:13 the name engine-0-a is taken on line 24/],
  ],
  [
    "name of a shard and a process",
    "name: backend-0",
    "name: east",
    [/^31:13 the name east is taken on line 10/],
  ],
  ["bad name", "name: backend-0", "name: Backend", [/"Backend" is no name: write a letter/]],
  ["reserved name", "name: backend-0", "name: redis-7", [/^31:13 the name redis-7 is the cluster's own/]],
  ["doubled port", "10.0.0.4:7400", "10.0.0.3:7500", [/^25:47 10\.0\.0\.3:7500 is taken on line 24/]],
  ["bad address", "10.0.0.5:9000", "10.0.0.5", [/^31:32 "10\.0\.0\.5" is no address: write HOST:PORT/]],
  ["nobody can connect", "10.0.0.3:7600", "0.0.0.0:7600", [/^28:49 listen is also where others connect/]],
  ["no engine", /.*engine-1-a.*\n/, "", [/^24:3 partition 1 has no engine: add one with `partition: 1`/]],
  ["no projection", /.*projection-1.*\n/, "", [/partition 1 has no projection: write exactly one/]],
  [
    "two projections",
    "name: projection-1, partition: 1",
    "name: projection-1, partition: 0",
    [/partition 0 has 2 projections/, /partition 1 has no projection/],
  ],
  [
    "partition that is not there",
    "name: engine-1-a, partition: 1",
    "name: engine-1-a, partition: 2",
    [/partition 1 has no engine/, /^26:36 there is no partition 2: they are numbered from 0 to 1/],
  ],
  ["synchronous alone", / {4}standbys:\n.*\n/, "", [/^13:18 a synchronous shard needs a standby/]],
  ["wrong kind", "workers: 4", "workers: many", [/^31:56 workers must be a whole number from 1 to 64/]],
  ["wrong truth", "synchronous: true", "synchronous: yes", [/^13:18 synchronous must be true or false/]],
  ["port out of range", "port: 5433", "port: 70000", [/^18:11 port must be a whole number from 1 to 65535/]],
  [
    "Redis on a socket",
    "10.0.0.1:7000",
    "unix:/run/redis.sock",
    [/^21:11 a node of a Redis Cluster listens on a port/],
  ],
  ["no Redis", /redis:\n.*\n.*\n/, "", [/^2:1 redis is missing here/]],
  ["list that is none", "    symbols: [BTCUSDT]", "    symbols: BTCUSDT", [/^8:14 symbols must be a list/]],
  ["certificate without key", ", key: tls/edge.key", "", [/^35:8 key is missing here/]],
  ["doubled key", "port: 443", "port: 443\n  port: 444", [/^35:3 this is no YAML: .*unique/]],
  [
    "console for other machines",
    "limits: none",
    "limits: none\nconsole:\n  host: 10.0.0.5\n  port: 8081",
    [/:9 the console speaks plain HTTP, so that it listens for its own host alone/],
  ],
  [
    "console on the edge's port",
    /edge:\n.*\n/,
    "console:\n  host: 127.0.0.1\n  port: 443\nedge:\n  host: 127.0.0.1\n",
    [/127\.0\.0\.1:443 is taken on line \d+/],
  ],
  ["unknown limits", "limits: none", "limits: few", [/^38:9 limits must be published or none/]],
  ["torn", "security:\n  tls: {", "security:\n  tls: [{", [/this is no YAML/]],
];

for (const [what, from, to, expected] of WRONG) {
  test(`refused, with its line: ${what}`, () => {
    const changed = LARGE.replace(from, to);
    assert.notEqual(changed, LARGE, "the change must change something");
    const found = problemsOf(changed);
    for (const problem of expected) {
      assert.ok(
        found.some((text) => problem.test(text)),
        `no ${problem} in\n${found.join("\n")}`,
      );
    }
    if (!/YAML/.test(expected[0]!.source)) assert.equal(found.length, expected.length, found.join("\n"));
  });
}

test("what holds no topology at all is refused", () => {
  for (const text of ["", "# nothing", "a", "- a", "7", "null"]) {
    assert.match(
      problemsOf(text)[0] ?? "nothing",
      /^\d+:\d+ the file must hold keys and values/,
      `for ${text}`,
    );
  }
  const empty = problemsOf("name: x");
  for (const key of ["partitions", "shards", "engines", "projections", "backends"]) {
    assert.ok(
      empty.some((text) => text.endsWith(`${key} must list at least one`)),
      key,
    );
  }
});

test("a message names the file, and all problems at once", () => {
  const text = LARGE.replace("shard: west", "shard: north").replace("workers: 4", "workers: 0");
  assert.throws(
    () => parse(text),
    (error: Error) => {
      assert.match(
        error.message,
        /^topology\.yaml:7:12: there is no shard north.*\ntopology\.yaml:31:56: workers/,
      );
      return true;
    },
  );
});

test("the console listens on its own host, at a port that is named", () => {
  assert.deepEqual(parse(`${LARGE}\nconsole:\n  port: 8081\n`).console, { host: "127.0.0.1", port: 8081 });
});
