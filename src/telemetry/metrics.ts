// Counts what the list of metrics names, for Prometheus. prom-client is loaded only where metrics are served. A value that the
// list does not know becomes `other`: no label grows without bound, whatever is counted.
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { cleanupMetrics } from './cleanup-metrics.ts';
import { type LabelsOf, type MetricSpec, type NameOf, OTHER } from './metric-spec.ts';
import { standardMetrics } from './standard-metrics.ts';

/** Every metric there is. */
export const metricList = { ...standardMetrics, ...cleanupMetrics };
type List = typeof metricList;

/** Tells the present value of a metric; several with the same labels are added up. */
export type Report = <Name extends NameOf<List, 'gauge' | 'counter'>>(
  name: Name,
  labels: LabelsOf<List[Name]>,
  value: number,
) => void;

/** Where counts go. No call throws or waits. */
export interface Metrics {
  /** Adds 1. */
  count<Name extends NameOf<List, 'counter'>>(name: Name, labels: LabelsOf<List[Name]>): void;
  /** Notes one duration, in seconds. */
  observe<Name extends NameOf<List, 'histogram'>>(name: Name, labels: LabelsOf<List[Name]>, seconds: number): void;
  /** `read` is called whenever metrics are read. A gauge has the values that it reports then, and no others. */
  onRead(read: (report: Report) => void): void;
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/** Loads prom-client, and starts to count from zero. */
export async function createMetrics(): Promise<Metrics> {
  const registry = new (await import('prom-client')).Registry();
  const { counters, gauges, histograms } = await instrumentsIn(registry);
  const reads: ((report: Report) => void)[] = [];
  const report: Report = (name, labels, value) => {
    const known = bounded(metricList[name], labels);
    gauges.get(name)?.inc(known, value);
    counters.get(name)?.reset();
    counters.get(name)?.inc(known, value);
  };
  return {
    count: (name, labels) => counters.get(name)?.inc(bounded(metricList[name], labels)),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(bounded(metricList[name], labels), seconds),
    onRead: (read) => void reads.push(read),
    contentType: registry.contentType,
    text: () => {
      for (const gauge of gauges.values()) gauge.reset();
      for (const read of reads) read(report);
      return registry.metrics();
    },
  };
}

/** An instrument of prom-client for each metric of the list. */
async function instrumentsIn(registry: Registry) {
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const made = {
    counters: new Map<string, Counter>(),
    gauges: new Map<string, Gauge>(),
    histograms: new Map<string, Histogram>(),
  };
  for (const [name, spec] of Object.entries<MetricSpec>(metricList)) {
    const { help, labels, type, buckets = [] } = spec;
    const shape = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    if (type === 'counter') made.counters.set(name, fromZero(new Counter(shape), spec));
    else if (type === 'gauge') made.gauges.set(name, new Gauge(shape));
    else made.histograms.set(name, new Histogram({ ...shape, buckets: [...buckets] }));
  }
  return made;
}

/** A series that begins with its first count has no increase then: Prometheus must have seen it at zero. */
function fromZero(counter: Counter, { labels }: MetricSpec): Counter {
  for (const combination of combinationsOf(labels)) counter.inc(combination, 0);
  return counter;
}

/** Every combination of labels, where all their values are listed. */
function combinationsOf(labels: MetricSpec['labels']): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (combinations, [label, values]) =>
      typeof values === 'string'
        ? []
        : combinations.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}

function bounded({ labels }: MetricSpec, given: Readonly<Record<string, string>>): Record<string, string> {
  const value = (label: string, text: string) => {
    const values = labels[label];
    return typeof values === 'string' || values?.includes(text) ? text : OTHER;
  };
  return Object.fromEntries(Object.entries(given).map(([label, text]) => [label, value(label, text)]));
}
