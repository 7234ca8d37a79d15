// Where metrics are served, the ports are wrapped so that what goes through them is counted, and what there is is counted when
// Prometheus asks. Where they are not, every port stays what it is: an operator without metrics pays nothing.
import type { EventSink, Leadership, Resources, SidecarClient } from './controller/ports.ts';
import type { Outcome } from './core/model.ts';
import { countedClient } from './icarus/counted-client.ts';
import type { ApiRequestReport, KubeClientOptions } from './kube/client.ts';
import { type Census, type Changes, censusOf, changesBetween } from './main-counts.ts';
import type { ControllerOptions } from './runtime/controller.ts';
import { type Metrics, metricList, type Report } from './telemetry/metrics.ts';
import { reportProcess } from './telemetry/process-metrics.ts';
import { WorkMeter } from './telemetry/work-meter.ts';
import { version } from './version.ts';

/** How each part of the operator is counted. */
export interface Instruments {
  /** Options of the client of the API server. */
  api: Pick<KubeClientOptions, 'onRequest'>;
  resources(resources: Resources): Resources;
  events(events: EventSink): EventSink;
  sidecars(client: SidecarClient): SidecarClient;
  submitted(result: Outcome['result']): void;
  work(
    options: Pick<ControllerOptions, 'reconcile' | 'clock' | 'workers'>,
  ): Pick<ControllerOptions, 'reconcile' | 'queueMeter'>;
  /** Names what is asked whenever metrics are read. */
  watch(world: { resources: Pick<Resources, 'all'>; leadership: Leadership; leaseName: string }): void;
}

/** Counts nothing, changes nothing. */
const uncounted: Instruments = {
  api: {},
  resources: (resources) => resources,
  events: (events) => events,
  sidecars: (client) => client,
  submitted: () => {},
  work: ({ reconcile }) => ({ reconcile }),
  watch: () => {},
};

/** Instruments that count into `metrics`; undefined = nobody asks. */
export function instrumentsFor(metrics: Metrics | undefined): Instruments {
  if (metrics === undefined) return uncounted;
  metrics.onRead(reportProcess);
  metrics.onRead((report) => report('cassandra_cleanup_operator_info', { version }, 1));
  const created = new RecentIds();
  return {
    api: { onRequest: (request) => countRequest(metrics, request) },
    resources: (resources) => countedResources(resources, (changes) => countChanges(metrics, changes, created)),
    events: (events) => countedEvents(events, metrics),
    sidecars: (client) => countedSidecars(client, metrics, created),
    submitted: (outcome) => metrics.count('cassandra_cleanup_submissions_total', { outcome }),
    work: ({ reconcile, clock, workers }) => {
      const meter = new WorkMeter(metrics, clock, workers);
      return { reconcile: meter.measured(reconcile), queueMeter: meter };
    },
    watch: (world) => watch(metrics, world),
  };
}

function countRequest(metrics: Metrics, { method, code, ms, host }: ApiRequestReport): void {
  metrics.count('rest_client_requests_total', { code: code === 0 ? '<error>' : String(code), method, host });
  metrics.observe('rest_client_request_duration_seconds', { verb: method, host }, ms / 1_000);
}

/** The same resources; what each write of a status changed is told once it is stored. */
function countedResources(resources: Resources, told: (changes: Changes) => void): Resources {
  return {
    get: (key) => resources.get(key),
    inNamespace: (namespace) => resources.inNamespace(namespace),
    unfinished: (namespace) => resources.unfinished(namespace),
    resting: (namespace) => resources.resting(namespace),
    all: () => resources.all(),
    refresh: (key) => resources.refresh(key),
    delete: (resource) => resources.delete(resource),
    writeStatus: async (resource, status) => {
      const stored = await resources.writeStatus(resource, status);
      told(changesBetween(resource.status, status));
      return stored;
    },
  };
}

/** An operation that this process did not create itself, by an answer that it saw, was adopted. */
function countChanges(metrics: Metrics, changes: Changes, created: RecentIds): void {
  const { runs, nodes, operations, found, losses } = changes;
  for (const { state, seconds } of runs) {
    metrics.count('cassandra_cleanup_runs_ended_total', { state });
    metrics.observe('cassandra_cleanup_run_duration_seconds', { state }, seconds);
  }
  for (const { state, seconds } of operations) {
    metrics.observe('cassandra_cleanup_operation_duration_seconds', { state }, seconds);
  }
  for (const state of nodes) metrics.count('cassandra_cleanup_nodes_ended_total', { state });
  for (const id of found) if (!created.take(id)) metrics.count('cassandra_cleanup_adopted_operations_total', {});
  for (const reason of losses) metrics.count('cassandra_cleanup_lost_operations_total', { reason });
}

/** Strays and unsafe nodes stand in no status: they are told by Events only, once each. */
function countedEvents(sink: EventSink, metrics: Metrics): EventSink {
  return {
    emit: (resource, events) => {
      for (const { reason, action } of events) {
        if (reason === 'StrayOperation') metrics.count('cassandra_cleanup_stray_operations_total', {});
        if (reason === 'ClusterUnstable' && action === 'Watch')
          metrics.count('cassandra_cleanup_unsafe_nodes_total', {});
      }
      sink.emit(resource, events);
    },
  };
}

function countedSidecars(client: SidecarClient, metrics: Metrics, created: RecentIds): SidecarClient {
  const counted = countedClient(client, (call, outcome, ms) =>
    metrics.observe('cassandra_cleanup_sidecar_request_duration_seconds', { call, outcome }, ms / 1_000),
  );
  return {
    ...counted,
    submit: async (...request) => {
      const answer = await counted.submit(...request);
      if (answer.result === 'created') created.add(answer.operation.id);
      return answer;
    },
  };
}

/** Only the leader tells of runs and nodes: the sum over the replicas is right at any time, and nobody's word is old. */
function watch(metrics: Metrics, { resources, leadership, leaseName }: Parameters<Instruments['watch']>[0]): void {
  metrics.onRead((report) => {
    const leads = leadership.isLeader();
    report('leader_election_master_status', { name: leaseName }, leads ? 1 : 0);
    if (leads) reportCensus(report, censusOf(resources.all()));
  });
}

function reportCensus(report: Report, { runs, nodes, waitingRuns, waitingNodes }: Census): void {
  for (const state of metricList.cassandra_cleanup_runs.labels.state) report('cassandra_cleanup_runs', { state }, 0);
  for (const [state, count] of runs) report('cassandra_cleanup_runs', { state }, count);
  for (const [states, count] of nodes) {
    const [state = '', run_state = ''] = states.split('/');
    report('cassandra_cleanup_nodes', { state, run_state }, count);
  }
  for (const [reason, count] of waitingRuns) report('cassandra_cleanup_waiting_runs', { reason }, count);
  for (const [reason, count] of waitingNodes) report('cassandra_cleanup_waiting_nodes', { reason }, count);
}

/** Ids that wait to be asked for, the last ten thousand. */
class RecentIds {
  readonly #ids = new Set<string>();

  add(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > 10_000 && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Whether it is there; then it is no longer. */
  take(id: string): boolean {
    return this.#ids.delete(id);
  }
}
