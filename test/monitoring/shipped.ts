// What deploy/monitoring ships, as data for tests: alerts, the queries of the dashboard, and the metrics they may name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MetricSpec } from '../../src/telemetry/metric-spec.ts';
import { metricList } from '../../src/telemetry/metrics.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MONITORING = join(ROOT, 'deploy', 'monitoring');

/** An alert of alerts.yaml. */
export interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export function readMonitoring(file: string): string {
  return readFileSync(join(MONITORING, file), 'utf8');
}

/** All alerts, in their order. */
export function alerts(): Alert[] {
  return parse(readMonitoring('alerts.yaml')).groups.flatMap(({ rules }: { rules: Alert[] }) => rules);
}

/** A query of the dashboard, with the panel that it is for. */
export interface PanelQuery {
  title: string;
  expr: string;
  legendFormat: string;
}

/** Every query of the dashboard, with Grafana's interval in place of its variable. */
export function panelQueries(): PanelQuery[] {
  const { panels } = JSON.parse(readMonitoring('dashboard.json'));
  return panels.flatMap(({ title, targets = [] }: { title: string; targets?: Omit<PanelQuery, 'title'>[] }) =>
    targets.map(({ expr, legendFormat }) => ({ title, expr: expr.replaceAll('$__rate_interval', '5m'), legendFormat })),
  );
}

/** Labels of a series, and their values where they are listed. */
export type Labels = ReadonlyMap<string, readonly string[] | undefined>;

/** What Prometheus adds to all that it scrapes from a Pod. */
const SCRAPED: [string, undefined][] = ['job', 'instance', 'namespace', 'pod'].map((label) => [label, undefined]);

/** Every series that a query may name: the operator's, and those that kube-state-metrics makes by our file. */
export function knownSeries(): ReadonlyMap<string, Labels> {
  return new Map([...operatorSeries(), ...resourceSeries()]);
}

function operatorSeries(): [string, Labels][] {
  return Object.entries<MetricSpec>(metricList).flatMap(([name, { type, labels }]) => {
    const listed = Object.entries(labels).map(([label, values]) => [
      label,
      typeof values === 'string' ? undefined : values,
    ]);
    const all = [...SCRAPED, ...(listed as [string, readonly string[] | undefined][])];
    const series = (suffix: string, ...more: [string, undefined][]): [string, Labels] => [
      name + suffix,
      new Map([...all, ...more]),
    ];
    if (type !== 'histogram') return [series('')];
    return [series('_bucket', ['le', undefined]), series('_sum'), series('_count')];
  });
}

/** A metric of kube-state-metrics.yaml. */
export interface ResourceMetric {
  name: string;
  help: string;
  each: Record<
    string,
    { path?: string[]; labelName?: string; list?: string[]; labelsFromPath?: Record<string, string[]> }
  > & {
    type: 'Gauge' | 'Info' | 'StateSet';
  };
}

/** The one resource of kube-state-metrics.yaml. */
export function resourceMetrics(): {
  metricNamePrefix: string;
  labelsFromPath: Record<string, string[]>;
  metrics: ResourceMetric[];
} {
  return parse(readMonitoring('kube-state-metrics.yaml')).spec.resources[0];
}

/** What a metric of that file does: the part that is named after its type. */
export function partOf({ each }: ResourceMetric) {
  return each[{ Gauge: 'gauge', Info: 'info', StateSet: 'stateSet' }[each.type]] ?? {};
}

function resourceSeries(): [string, Labels][] {
  const { metricNamePrefix, labelsFromPath, metrics } = resourceMetrics();
  return metrics.map((metric) => {
    const { labelName, list, labelsFromPath: own = {} } = partOf(metric);
    const names = [...Object.keys(labelsFromPath), ...Object.keys(own)].map((label) => [label, undefined] as const);
    const state = labelName === undefined ? [] : [[labelName, list] as const];
    return [`${metricNamePrefix}_${metric.name}`, new Map([...SCRAPED, ...names, ...state])];
  });
}
