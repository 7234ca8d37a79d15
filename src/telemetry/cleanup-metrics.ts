// The operator's own metrics. No label names a Pod, an operation or a resource: those are in the status, for kube-state-metrics
// (deploy/monitoring), in Events and in logs.
import { type MetricList, OTHER } from './metric-spec.ts';

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As `status.state` says it. */
const runStates = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed', OTHER] as const;

/** As `status.nodes[].state` says it. */
const nodeStates = ['Pending', 'Submitting', 'Running', 'Completed', 'Failed', 'Skipped', OTHER] as const;

/** Why a run, or a node of it, is not going on: the reasons that an unfinished one may have, as docs/using.md lists them. */
const waitReasons = [
  ...['NoNodesMatched', 'InvalidRequest', 'Deleting', 'StatusWiped', 'PodGone', 'TooManyOperations'],
  ...['WaitingForOtherCleanup', 'WaitingForNodeOperation', 'ClusterUnstable', 'CassandraNotReady'],
  ...['SidecarUnreachable', 'SidecarInvalidAnswer', 'SidecarRejected', 'NotDelivered', 'OutcomeUnknown'],
  ...['OperationLost', 'JmxBroken', 'CompactionBusy', 'Interrupted', 'CompactionBusyAfterLoss', 'InterruptedAfterLoss'],
  ...['DiskFull', 'OperationFailed', 'OperationCancelled', 'SeveralOperations', 'CompletionTimeMissing', OTHER],
] as const;

/** Ways to lose sight of an operation. */
const losses = ['OperationLost', 'OutcomeUnknown', 'JmxBroken', 'NotDelivered'] as const;

/** The operator's own. */
export const cleanupMetrics = {
  cassandra_cleanup_operator_info: {
    type: 'gauge',
    help: 'Always 1; the label says which version runs.',
    labels: { version: "the operator's version" },
  },
  cassandra_cleanup_runs: {
    type: 'gauge',
    help: 'CassandraCleanups that there are, by state; from the leader only.',
    labels: { state: runStates },
  },
  cassandra_cleanup_nodes: {
    type: 'gauge',
    help: 'Nodes of all CassandraCleanups that there are, by state, and by the state of the run; from the leader only.',
    labels: { state: nodeStates, run_state: runStates },
  },
  cassandra_cleanup_waiting_runs: {
    type: 'gauge',
    help: 'Unfinished runs that do not go on, by what they wait for; from the leader only.',
    labels: { reason: waitReasons },
  },
  cassandra_cleanup_waiting_nodes: {
    type: 'gauge',
    help: 'Nodes of unfinished runs that do not go on, by why; from the leader only.',
    labels: { reason: waitReasons },
  },
  cassandra_cleanup_runs_ended_total: {
    type: 'counter',
    help: 'Runs that came to their end.',
    labels: { state: ['Completed', 'Failed'] },
  },
  cassandra_cleanup_run_duration_seconds: {
    type: 'histogram',
    help: 'How long a run took, from its start to its end.',
    labels: { state: ['Completed', 'Failed'] },
    buckets: [
      10,
      MINUTE,
      10 * MINUTE,
      30 * MINUTE,
      HOUR,
      3 * HOUR,
      6 * HOUR,
      12 * HOUR,
      DAY,
      2 * DAY,
      4 * DAY,
      7 * DAY,
    ],
  },
  cassandra_cleanup_nodes_ended_total: {
    type: 'counter',
    help: 'Nodes that came to their end.',
    labels: { state: ['Completed', 'Failed', 'Skipped'] },
  },
  cassandra_cleanup_operation_duration_seconds: {
    type: 'histogram',
    help: "How long an operation ran, by the Sidecar's word and clock.",
    labels: { state: ['COMPLETED', 'FAILED', 'CANCELLED'] },
    buckets: [1, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY],
  },
  cassandra_cleanup_submissions_total: {
    type: 'counter',
    help: 'Requests to start an operation, by what became of them.',
    labels: { outcome: ['created', 'notSent', 'rejected', 'unknown'] },
  },
  cassandra_cleanup_adopted_operations_total: {
    type: 'counter',
    help: 'Operations that were found at a Sidecar though this process has not seen the answer to their request.',
    labels: {},
  },
  cassandra_cleanup_lost_operations_total: {
    type: 'counter',
    help: 'Operations whose end was not seen, and requests that were proven not to have arrived (NotDelivered).',
    labels: { reason: losses },
  },
  cassandra_cleanup_stray_operations_total: {
    type: 'counter',
    help: 'Operations that run though no run stands for them any more.',
    labels: {},
  },
  cassandra_cleanup_unsafe_nodes_total: {
    type: 'counter',
    help: 'Nodes that stopped being NORMAL while a Cassandra that does not guard itself was being cleaned.',
    labels: {},
  },
  cassandra_cleanup_sidecar_request_duration_seconds: {
    type: 'histogram',
    help: 'How long a Sidecar took to answer, or until it was given up.',
    labels: {
      call: ['list', 'operation', 'status', 'version', 'submit'],
      outcome: [
        ...['ok', 'unreachable', 'invalid', 'error'], // of a read
        ...['created', 'notSent', 'rejected', 'unknown'], // of a submission
      ],
    },
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
} as const satisfies MetricList;
