import { get } from "node:http";
import type { MetricsAddress } from "./instruments.js";

/** An answer that takes longer than this is given up, in ms. */
const TIMEOUT_MS = 5_000;

/** What one `/metrics` says: values by name, labels left out, several of one name summed. */
export type Metrics = ReadonlyMap<string, number>;

/** Asks for metrics over TCP or a Unix socket. Rejects when there is no answer, or another than 200. */
export function readMetrics(address: MetricsAddress): Promise<Metrics> {
  const target =
    "path" in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    const request = get({ ...target, path: "/metrics", timeout: TIMEOUT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(parseMetrics(text));
        else reject(new Error(`/metrics answered ${response.statusCode}`));
      });
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error(`/metrics did not answer in ${TIMEOUT_MS} ms`)));
    request.on("error", reject);
  });
}

/** Reads Prometheus' text format, version 0.0.4. */
export function parseMetrics(text: string): Metrics {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
    const value = Number(line.slice(line.lastIndexOf(" ") + 1));
    if (name === undefined || Number.isNaN(value)) continue;
    values.set(name, (values.get(name) ?? 0) + value);
  }
  return values;
}
