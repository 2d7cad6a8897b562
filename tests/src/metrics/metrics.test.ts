/**
 * Real processes of every kind are asked for their metrics: each exports exactly what its page documents, and whatever
 * a rule or a dashboard names.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { LocalCluster } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import { Exchange, ROOT } from "../support/exchange.js";
import { FrameClient } from "../support/frame-client.js";
import { SignedClient } from "../support/signed-client.js";
import { documentedFor, expressionsOf, type Kind, namedBy, namesOf, readingOf, scrape } from "./exported.js";

const PROMETHEUS = join(ROOT, "deploy", "prometheus");
const GRAFANA = join(ROOT, "deploy", "grafana");

let exchange: Exchange;
let cluster: LocalCluster;

before(async () => {
  exchange = await Exchange.start({ args: ["--tls-self-signed", "--tls-port", "0"] });
  cluster = await LocalCluster.start(
    ...["--partitions", "1", "--shards", "1", "--backends", "1", "--workers", "2", "--redis-nodes", "1"],
    "--standbys",
  );
});
after(async () => {
  await exchange?.remove();
  await cluster?.remove();
});

const ofCluster = (name: string): Promise<string> =>
  scrape({ socketPath: join(cluster.data, "run", `${name}-metrics`) });

function ofBackend(): Promise<string> {
  const topology = parse(readFileSync(join(cluster.data, "topology.yaml"), "utf8")) as {
    readonly backends: readonly { readonly listen: string }[];
  };
  const [host = "", port = ""] = topology.backends[0]!.listen.split(":");
  return scrape({ host, port: Number(port) });
}

const ofExchange = (): Promise<string> => scrape({ host: "127.0.0.1", port: exchange.port });

async function order(at: Exchange | LocalCluster): Promise<void> {
  const client = new SignedClient(at.url, at.keys.alice, 1);
  const { status, body } = await client
    .signed("POST", "/api/v3/order", {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      price: "59000",
      quantity: "0.01",
    })
    .finally(() => client.close());
  assert.equal(status, 200, JSON.stringify(body));
}

/** One answer of every kind of process. */
async function allTexts(): Promise<Readonly<Record<Kind, readonly string[]>>> {
  return {
    exchange: [await ofExchange()],
    engine: [await ofCluster("engine-0-a"), await ofCluster("engine-0-b")],
    projection: [await ofCluster("projection-0")],
    backend: [await ofBackend()],
  };
}

describe("metrics of real processes", () => {
  it("are those that docs/reference/metrics.md lists for the kind of process, all and no other", async () => {
    for (const [kind, texts] of Object.entries(await allTexts())) {
      for (const text of texts) {
        assert.deepEqual(
          [...namesOf(text)].sort(),
          [...documentedFor(kind as Kind)].sort(),
          `a process of kind ${kind}: register it in main/metrics/registries.ts too, and write the page anew`,
        );
      }
    }
  });

  it("tell of an order in the one process: route, engine, commit, batch, projection, sum", async () => {
    const name = 'buttonwood_requests_total{method="POST",path="/api/v3/order",status="200"}';
    const before = await ofExchange();
    await order(exchange);
    const after = await eventually("the projection to have taken the order in", async () => {
      const text = await ofExchange();
      return readingOf(text, "buttonwood_projection_lag_commands") === 0 ? text : undefined;
    });
    const grown = (series: string): number =>
      (readingOf(after, series) ?? 0) - (readingOf(before, series) ?? 0);
    assert.equal(grown(name), 1);
    assert.ok(grown("buttonwood_engine_commands_total") >= 1);
    assert.ok(grown("buttonwood_engine_commit_duration_seconds_count") >= 1);
    assert.equal(
      readingOf(after, 'buttonwood_engine_commit_duration_seconds_bucket{le="+Inf"}'),
      readingOf(after, "buttonwood_engine_commit_duration_seconds_count"),
    );
    assert.equal(
      readingOf(after, "buttonwood_engine_batch_commands_sum"),
      readingOf(after, "buttonwood_engine_commands_total"),
    );
    assert.equal(readingOf(after, "buttonwood_projection_lag_seconds"), 0);
    assert.equal(readingOf(after, "buttonwood_projection_live"), 1);
    assert.equal(readingOf(after, "buttonwood_reconciliation_difference"), 0);
    assert.equal(readingOf(after, "buttonwood_requests_in_flight"), 0);
    assert.ok(readingOf(after, 'buttonwood_thread_utilization_ratio{thread="engine"}')! >= 0);
    assert.ok(readingOf(after, "buttonwood_tls_certificate_expiry_timestamp_seconds")! > Date.now() / 1000);
  });

  it("tell of WebSockets: connections, requests by method, messages, closes by code", async () => {
    const client = await FrameClient.open(exchange, "/ws-api/v3");
    client.send({ id: 1, method: "time" });
    client.send({ id: 2, method: "no.such.method" });
    const statuses = [(await client.answer(1)).status, (await client.answer(2)).status];
    const open = await ofExchange();
    assert.equal(readingOf(open, "buttonwood_websocket_connections"), 1);
    assert.equal(readingOf(open, 'buttonwood_websocket_connections_by_kind{kind="api"}'), 1);
    assert.equal(readingOf(open, 'buttonwood_websocket_requests_total{method="time",status="200"}'), 1);
    const unknown = `buttonwood_websocket_requests_total{method="unknown",status="${statuses[1]}"}`;
    assert.deepEqual([statuses[0], readingOf(open, unknown)], [200, 1]);
    assert.equal(readingOf(open, "buttonwood_websocket_requests_in_flight"), 0);
    assert.equal(readingOf(open, "buttonwood_websocket_received_messages_total"), 2);
    assert.equal(readingOf(open, "buttonwood_websocket_sent_messages_total"), 2);
    // Any code that a client makes up.
    client.frame(Buffer.from([4321 >> 8, 4321 & 0xff]), { opcode: 8 });
    await eventually("the close to be counted", async () =>
      readingOf(await ofExchange(), 'buttonwood_websocket_closed_total{code="other"}') === 1
        ? true
        : undefined,
    );
  });

  it("name no path that a client makes up", async () => {
    for (const path of ["/made/up/1", "/made/up/2"]) await (await fetch(`${exchange.url}${path}`)).text();
    const text = await ofExchange();
    assert.doesNotMatch(text, /made\/up/);
    assert.ok(readingOf(text, 'buttonwood_requests_total{method="any",path="unknown",status="404"}')! >= 2);
  });

  it("tell of a cluster: who leads, the standby, the shard, the feed, the workers", async () => {
    await order(cluster);
    const engines = await Promise.all(["engine-0-a", "engine-0-b"].map(ofCluster));
    const leads = (text: string): number => readingOf(text, 'buttonwood_engine_leads{partition="0"}')!;
    assert.deepEqual(engines.map(leads).sort(), [0, 1]);
    const leader = engines.find((text) => leads(text) === 1)!;
    const standby = engines.find((text) => leads(text) === 0)!;
    assert.ok(readingOf(leader, "buttonwood_engine_commit_duration_seconds_count")! > 0);
    assert.equal(readingOf(leader, "buttonwood_reconciliation_difference"), 0);
    assert.equal(readingOf(standby, "buttonwood_reconciliation_difference"), undefined);
    assert.equal(readingOf(leader, "buttonwood_journal_connected"), 1);
    assert.equal(readingOf(leader, "buttonwood_journal_connects_total"), 1);
    assert.equal(readingOf(leader, "buttonwood_feed_publisher_connected"), 1);
    assert.ok(readingOf(leader, "buttonwood_feed_entries_total")! > 0);
    const projection = await eventually("the projection to have caught up", async () => {
      const text = await ofCluster("projection-0");
      return readingOf(text, "buttonwood_projection_lag_commands") === 0 ? text : undefined;
    });
    assert.ok(readingOf(projection, "buttonwood_projection_write_duration_seconds_count")! > 0);
    assert.equal(readingOf(projection, "buttonwood_feed_reader_connected"), 1);
    assert.equal(readingOf(projection, "buttonwood_tables_waiting_reads"), 0);
    const backend = await ofBackend();
    assert.equal(readingOf(backend, 'buttonwood_workers{state="listening"}'), 1);
    assert.equal(readingOf(backend, "buttonwood_workers_max"), 2);
    assert.equal(
      readingOf(backend, 'buttonwood_requests_total{method="POST",path="/api/v3/order",status="200"}'),
      1,
    );
  });
});

describe("rules and dashboards", () => {
  it("name only metrics that a real process exports", async () => {
    const texts = Object.values(await allTexts()).flat();
    const exported = new Set(texts.flatMap((text) => [...namesOf(text)]));
    const files = [
      ...["buttonwood.rules.yml", "buttonwood.rules.test.yml"].map((file) => join(PROMETHEUS, file)),
      ...readdirSync(GRAFANA).map((file) => join(GRAFANA, file)),
    ];
    for (const file of files) {
      const expressions = expressionsOf(file);
      assert.ok(expressions.length > 0, `${file} holds no expression`);
      for (const expression of expressions) {
        for (const name of namedBy(expression)) {
          assert.ok(exported.has(name), `${file} names ${name}, which no process exports`);
        }
      }
    }
  });
});
