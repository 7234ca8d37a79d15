// The list of metrics as a page for people: docs/metrics.md (written by `npm run generate`).
import { cleanupMetrics } from './cleanup-metrics.ts';
import { type MetricList, type MetricSpec, OTHER } from './metric-spec.ts';
import { metricList } from './metrics.ts';
import { standardMetrics } from './standard-metrics.ts';

const introduction = `<!-- Generated from src/telemetry by \`npm run generate\`: do not edit. -->

# Metrics

Served on [\`--metrics-address\`](configuration.md#--metrics-address) at \`/metrics\`; with \`0\` nothing is counted. Alerts, a Grafana
dashboard, and single resources by kube-state-metrics: [deploy/monitoring](../deploy/monitoring/README.md).

Counters begin at zero when a process does, with every combination of labels that is listed here. Add them up over replicas: each
counts what it did itself. The gauges of runs and nodes come from the leader only, so that nothing is counted twice; they are
computed when they are asked for. Another value than those below becomes \`other\`. No label names a Pod, an operation or a resource.
`;

/** What docs/metrics.md holds. */
export function metricsPage(): string {
  const tables = [
    `\n## The operator's own\n\n${tableOf(cleanupMetrics)}`,
    `\n## As controllers have them\n\nUnder the names of controller-runtime, client-go and prom-client.\n\n${tableOf(standardMetrics)}`,
  ];
  return `${introduction}${tables.join('')}\n## Labels\n\n${labelsTable()}`;
}

function tableOf(list: MetricList): string {
  const rows = Object.entries(list).map(([name, { type, labels, help }]) => {
    const names = Object.keys(labels).map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${names.join(', ')} | ${help} |\n`;
  });
  return `| metric | type | labels | what it says |\n|---|---|---|---|\n${rows.join('')}`;
}

/** One row for each label; metrics that give it the same values share the row. */
function labelsTable(): string {
  const named = Object.entries<MetricSpec>(metricList).flatMap(([name, { labels }]) =>
    Object.entries(labels).map(([label, values]) => ({ name, label, values: valuesText(values) })),
  );
  const rows = Map.groupBy(named, ({ label, values }) => `${label}: ${values}`);
  const lines = [...rows.values()].map((row) => {
    const [first] = row;
    return `| \`${first?.label}\` | ${row.map(({ name }) => `\`${name}\``).join(', ')} | ${first?.values} |\n`;
  });
  return `| label | of | values |\n|---|---|---|\n${lines.join('')}`;
}

function valuesText(values: readonly string[] | string): string {
  if (typeof values === 'string') return values.replace('<error>', '`<error>`');
  const known = values.filter((value) => value !== OTHER).map((value) => `\`${value}\``);
  return known.length === values.length ? known.join(', ') : `${known.join(', ')}, or \`${OTHER}\``;
}
