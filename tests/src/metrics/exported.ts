/** What processes export as metrics, and what pages, rules and dashboards say of them. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../support/exchange.js";

/** Kinds of processes, as docs/reference/metrics.md names them. */
export type Kind = "exchange" | "engine" | "projection" | "backend";

/** Where a process answers: a Unix socket, or an address. */
export type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

const ANSWER_MS_MAX = 20_000;

/** What a process answers for `/metrics`. */
export function scrape(place: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { ...place, path: "/metrics", agent: false, timeout: ANSWER_MS_MAX },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`/metrics answered ${response.statusCode}: ${text}`));
        });
      },
    );
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error("/metrics: no answer")));
    asked.end();
  });
}

/** Names of the metrics in a text, by their TYPE lines. */
export function namesOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!));
}

/** The value of a metric whose whole line begins so, with labels or without; undefined when it isn't told. */
export function readingOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The metrics that docs/reference/metrics.md lists for a kind of process. */
export function documentedFor(kind: Kind): Set<string> {
  const page = readFileSync(join(ROOT, "docs", "reference", "metrics.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` +\| \w+ +\|[^|]*\|([^|]*)\|/gm)];
  return new Set(
    rows
      .filter(([, , kinds]) => kinds!.split(",").some((own) => own.trim() === kind))
      .map(([, name]) => name!),
  );
}

/** Every PromQL expression of a dashboard, of a rules file, or of the tests of one. */
export function expressionsOf(file: string): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if ((key === "expr" || key === "series") && typeof inner === "string") found.push(inner);
      else look(inner);
    }
  };
  // JSON is YAML too.
  look(parse(readFileSync(file, "utf8")));
  return found;
}

/** Metrics that a PromQL expression names, histograms by their own name. */
export function namedBy(expression: string): Set<string> {
  const names = expression.replace(/"[^"]*"/g, '""').match(/\b(?:buttonwood|process|nodejs)_\w+/g) ?? [];
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
}
