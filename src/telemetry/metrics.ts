// What the operator counts, for Prometheus: the names that controller-runtime's dashboards know, and a few of its own.
// prom-client is loaded only where metrics are served.
import type { Registry } from 'prom-client';

/** Where counts go. No call throws or waits. */
export interface Metrics {
  /** One reconcile ended. `result` is success, requeue, requeue_after, error or terminal_error. */
  reconciled(controller: string, result: string, seconds: number): void;
  /** `depth` is asked for the keys that wait, each time that metrics are read. */
  queue(name: string, depth: () => number): void;
  /** Whether this process leads is asked each time that metrics are read. */
  leader(leaseName: string, isLeader: () => boolean): void;
  /** One request to start an operation ended. `outcome` is created, notSent, rejected or unknown. */
  submitted(outcome: string): void;
  /** One request to a Sidecar ended. `call` is list, operation, status, version or submit; `outcome` ok or a fault. */
  sidecarRequest(call: string, outcome: string): void;
}

/** Metrics, and how they are read. */
export interface ServedMetrics extends Metrics {
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/** For an operator that serves no metrics: counts nothing. */
export const noMetrics: Metrics = {
  reconciled: () => {},
  queue: () => {},
  leader: () => {},
  submitted: () => {},
  sidecarRequest: () => {},
};

/** Loads prom-client, and starts to count from zero. */
export async function createMetrics(): Promise<ServedMetrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const reconciles = counter('controller_runtime_reconcile_total', 'Reconciles', 'controller', 'result');
  const reconcileTime = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a reconcile in seconds',
    labelNames: ['controller'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const submissions = counter('cassandra_cleanup_submissions_total', 'Requests to start an operation', 'outcome');
  const requests = counter('cassandra_cleanup_sidecar_requests_total', 'Requests to Sidecars', 'call', 'outcome');
  const gauge = asked(registry, Gauge);
  return {
    reconciled(controller, result, seconds) {
      reconciles.inc({ controller, result });
      reconcileTime.observe({ controller }, seconds);
    },
    queue: gauge('workqueue_depth', 'Keys that wait in the work queue'),
    leader: gauge('leader_election_master_status', '1 while this process leads, else 0'),
    submitted: (outcome) => submissions.inc({ outcome }),
    sidecarRequest: (call, outcome) => requests.inc({ call, outcome }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** Makes gauges with a label `name`, whose values are asked when metrics are read. */
function asked(registry: Registry, Gauge: typeof import('prom-client').Gauge) {
  return (name: string, help: string) => {
    const sources = new Map<string, () => number | boolean>();
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        for (const [source, value] of sources) this.set({ name: source }, Number(value()));
      },
    });
    return (source: string, value: () => number | boolean): void => void sources.set(source, value);
  };
}
