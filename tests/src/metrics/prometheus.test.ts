/** Debian's Prometheus loads and evaluates the rules: by their own tests, and over a real exchange. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { eventually } from "../support/eventually.js";
import { Exchange, freePort, ROOT } from "../support/exchange.js";
import { expressionsOf } from "./exported.js";

const PROMTOOL = "/usr/bin/promtool";
const PROMETHEUS = "/usr/bin/prometheus";
const FOLDER = join(ROOT, "deploy", "prometheus");
const skip = existsSync(PROMTOOL) ? false : `${PROMTOOL} is not installed: apt-get install prometheus`;

const run = promisify(execFile);

interface RulesFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly annotations: { readonly summary: string; readonly runbook: string };
    }[];
  }[];
}

async function alerts(): Promise<RulesFile["groups"][number]["rules"]> {
  const file = parse(await readFile(join(FOLDER, "buttonwood.rules.yml"), "utf8")) as RulesFile;
  return file.groups.flatMap(({ rules }) => rules);
}

async function dashboardQueries(): Promise<string[]> {
  const folder = join(ROOT, "deploy", "grafana");
  return (await readdir(folder)).flatMap((file) => expressionsOf(join(folder, file)));
}

describe("alert rules", () => {
  it("have a test each in which they fire", async () => {
    const { tests } = parse(await readFile(join(FOLDER, "buttonwood.rules.test.yml"), "utf8")) as RulesTests;
    const firing = tests
      .flatMap((test) => test.alert_rule_test)
      .filter((test) => (test.exp_alerts ?? []).length > 0)
      .map(({ alertname }) => alertname);
    const names = (await alerts()).map(({ alert }) => alert);
    assert.deepEqual([...new Set(firing)].sort(), names.sort());
  });

  it("have a runbook each, where they say it is", async () => {
    for (const { alert, annotations } of await alerts()) {
      const [page = "", anchor = ""] = annotations.runbook.split("#");
      const text = await readFile(join(ROOT, page), "utf8");
      assert.equal(anchor, alert.toLowerCase());
      assert.match(text, new RegExp(`^### ${alert}\\n\\n\\w`, "m"), `${page} has a section ${alert}`);
    }
  });
});

interface RulesTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly object[];
    }[];
  }[];
}

describe("Prometheus", { skip }, () => {
  it("takes the configuration and the rules", async () => {
    await run(PROMTOOL, ["check", "config", join(FOLDER, "prometheus.yml")]);
    await run(PROMTOOL, [
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      join(FOLDER, "buttonwood.rules.yml"),
    ]);
  });

  it("finds that the rules fire when they should, and only then", async () => {
    await run(PROMTOOL, ["test", "rules", join(FOLDER, "buttonwood.rules.test.yml")]);
  });

  it("finds nothing to complain of in what a real exchange exports, but for names that are Node's", async () => {
    await withExchange(async (exchange) => {
      const text = await (await fetch(`${exchange.url}/metrics`)).text();
      const checked = run(PROMTOOL, ["check", "metrics"]);
      checked.child.stdin!.end(text);
      const said = await checked.then(
        () => "",
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
      const ours = said.split("\n").filter((line) => line.startsWith("buttonwood_"));
      assert.deepEqual(ours, []);
      assert.doesNotMatch(said, /error while linting|parsing/);
    });
  });

  it("scrapes a real exchange, evaluates every rule and every dashboard's query, and raises no alert", async () => {
    await withExchange(async (exchange) => {
      const folder = await mkdtemp(join(tmpdir(), "buttonwood-prometheus-"));
      const port = await freePort();
      const config = {
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: [join(FOLDER, "buttonwood.rules.yml")],
        scrape_configs: [
          {
            job_name: "buttonwood-exchange",
            static_configs: [{ targets: [`127.0.0.1:${exchange.port}`] }],
          },
        ],
      };
      await writeFile(join(folder, "prometheus.yml"), stringify(config));
      const child = spawn(
        PROMETHEUS,
        [
          `--config.file=${join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: "ignore" },
      );
      const ended = once(child, "close");
      try {
        const ask = async <T>(path: string): Promise<T | undefined> => {
          const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
          return answer?.status === 200 ? ((await answer.json()) as { data: T }).data : undefined;
        };
        await eventually("two scrapes of the exchange", async () => {
          const told = await ask<{ result: { value: [number, string] }[] }>(
            `query?query=${encodeURIComponent("count_over_time(buttonwood_engine_sequence[5m])")}`,
          );
          return Number(told?.result[0]?.value[1] ?? 0) >= 2 ? true : undefined;
        });
        interface Rules {
          readonly groups: readonly { readonly rules: readonly RuleState[] }[];
        }
        interface RuleState {
          readonly name: string;
          readonly health: string;
          readonly lastError?: string;
          readonly state: string;
          readonly evaluationTime: number;
        }
        const rules = await eventually("every rule to be evaluated", async () => {
          const told = await ask<Rules>("rules");
          const all = told?.groups.flatMap((group) => group.rules);
          return all?.every(({ health }) => health !== "unknown") ? all : undefined;
        });
        for (const expression of await dashboardQueries()) {
          const asked = expression.replaceAll("$__rate_interval", "1m");
          const answer = await ask<object>(`query?query=${encodeURIComponent(asked)}`);
          assert.ok(answer, `a dashboard asks what Prometheus refuses: ${expression}`);
        }
        assert.equal(rules.length, (await alerts()).length);
        for (const { name, health, lastError, state } of rules) {
          assert.equal(health, "ok", `${name}: ${lastError}`);
          assert.notEqual(state, "firing", name);
        }
      } finally {
        child.kill("SIGTERM");
        await ended;
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
});

async function withExchange(check: (exchange: Exchange) => Promise<void>): Promise<void> {
  const exchange = await Exchange.start();
  try {
    await check(exchange);
  } finally {
    await exchange.remove();
  }
}
