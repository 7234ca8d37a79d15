// The metrics that every operator has, under the names of controller-runtime, client-go and prom-client, so that dashboards
// made for those work.
import type { MetricList } from './metric-spec.ts';

/** The one controller, and its queue: it reconciles resources of every kind. */
export const controllerName = 'cassandracleanup';

const controller = [controllerName] as const;
const name = [controllerName] as const;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const host = 'host and port of the API server';

/** From a few milliseconds to the five minutes that the longest backoff takes. */
const waits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

/** Names as others know them. */
export const standardMetrics = {
  controller_runtime_reconcile_total: {
    type: 'counter',
    help: 'Reconciles, by how they ended.',
    labels: { controller, result: ['success', 'requeue_after', 'error'] },
  },
  controller_runtime_reconcile_errors_total: {
    type: 'counter',
    help: 'Reconciles that failed, and are tried again after a backoff.',
    labels: { controller },
  },
  controller_runtime_reconcile_time_seconds: {
    type: 'histogram',
    help: 'How long a reconcile took.',
    labels: { controller },
    buckets: waits,
  },
  controller_runtime_active_workers: {
    type: 'gauge',
    help: 'Reconciles under way.',
    labels: { controller },
  },
  controller_runtime_max_concurrent_reconciles: {
    type: 'gauge',
    help: 'Reconciles that may be under way at the same time (--workers).',
    labels: { controller },
  },
  workqueue_depth: { type: 'gauge', help: 'Resources that wait for a worker.', labels: { name } },
  workqueue_adds_total: { type: 'counter', help: 'Resources that were put into the queue.', labels: { name } },
  workqueue_queue_duration_seconds: {
    type: 'histogram',
    help: 'How long a resource waited for a worker.',
    labels: { name },
    buckets: waits,
  },
  workqueue_work_duration_seconds: {
    type: 'histogram',
    help: 'How long a worker was busy with a resource.',
    labels: { name },
    buckets: waits,
  },
  workqueue_unfinished_work_seconds: {
    type: 'gauge',
    help: 'How long the reconciles under way have taken so far, together. What grows without end is stuck.',
    labels: { name },
  },
  workqueue_longest_running_processor_seconds: {
    type: 'gauge',
    help: 'How long the oldest reconcile under way has taken so far.',
    labels: { name },
  },
  workqueue_retries_total: {
    type: 'counter',
    help: 'Resources that a reconcile put back for later, after an error or because it has to look again.',
    labels: { name },
  },
  rest_client_requests_total: {
    type: 'counter',
    help: 'Requests to the API server that were answered, or not.',
    labels: { code: 'the HTTP status, or <error> where there was no answer', method: methods, host },
  },
  rest_client_request_duration_seconds: {
    type: 'histogram',
    help: 'How long the API server took to answer; of a watch, until it began.',
    labels: { verb: methods, host },
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30],
  },
  leader_election_master_status: {
    type: 'gauge',
    help: '1 while this process leads, else 0.',
    labels: { name: 'the name of the Lease (--lease-name)' },
  },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of this process.', labels: {} },
  process_start_time_seconds: { type: 'gauge', help: 'When this process began, in Unix time.', labels: {} },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of this process (RSS).', labels: {} },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: "What lives on Node's heap.", labels: {} },
  nodejs_heap_size_total_bytes: { type: 'gauge', help: "The size of Node's heap.", labels: {} },
  nodejs_external_memory_bytes: { type: 'gauge', help: "Buffers outside Node's heap.", labels: {} },
  nodejs_active_resources: {
    type: 'gauge',
    help: 'Sockets, timers and the like that are open. What grows without end is a leak.',
    labels: {},
  },
  nodejs_eventloop_active_seconds_total: {
    type: 'counter',
    help: 'How long the event loop was busy. A rate near 1 means that everything is late.',
    labels: {},
  },
} as const satisfies MetricList;
