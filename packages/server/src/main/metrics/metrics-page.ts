import { type MetricEntry, metricEntries } from "./registries.js";

const HEAD = `# Metrics

Written by \`packages/server/dist/main/metrics/write-metrics-page.js\` from what the processes register; a test compares it with what running ones export.

Every process answers \`/metrics\` in Prometheus' text format: the one-process exchange and a cluster's backends at their own address, engines and projections where the topology says \`metrics:\`. A backend answers with the sum of its workers; what one has counted stays in the sum after it has ended. Times are in seconds, sizes in bytes; what ends in \`_total\` counts since the process started. A histogram also has \`_bucket\`, \`_sum\` and \`_count\`. No label holds an account, a key, an order or an address. Figures are read where they are kept anyway, at the moment somebody asks; one that can't be read now is left out.

\`deploy/prometheus\` has a configuration and alert rules, \`deploy/grafana\` dashboards; what to do when an alert fires: [operating](../operating/metrics.md).

A standby is an engine process. \`buttonwood_tls_…\` is exported where the process itself serves TLS.
`;

/** The page docs/reference/metrics.md. */
export async function metricsPage(): Promise<string> {
  const entries = await metricEntries();
  const isOwn = ({ name }: MetricEntry): boolean => name.startsWith("buttonwood_");
  const own = entries.filter(isOwn);
  const others = entries.filter((entry) => !isOwn(entry));
  return `${HEAD}
## The exchange's own

${table(own)}
## Of the process and of Node

Measured by prom-client from the first question on: whoever is not asked is not woken.

${table(others)}`;
}

function table(entries: readonly MetricEntry[]): string {
  const rows = entries.map(({ name, type, labels, processes, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${named} | ${processes.join(", ")} | ${help} |`;
  });
  return [
    "| metric | type | labels | process | meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
