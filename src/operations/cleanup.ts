// What is particular to `cleanup`: the request, how to recognise it in a Sidecar's list, and what its failures mean.
import { type CassandraCleanupSpec, cassandraCleanupResource, type FailureCause } from '../api/generated.ts';
import type { Failure } from '../core/failure.ts';
import type { Operation, OperationKind, RunSpec } from '../core/model.ts';

/** Texts of Cassandra and of JMX, as seen on a running Icarus (docs: the recordings), the first that matches decides. */
const FAILURES: readonly (readonly [RegExp, Failure])[] = [
  [/Cleanup of the system keyspace is neither necessary nor wise/, { class: 'permanent', reason: 'InvalidRequest' }],
  [/Unknown keyspace\/cf pair/, { class: 'permanent', reason: 'InvalidRequest' }],
  [/Keyspace .*does not exist/, { class: 'permanent', reason: 'InvalidRequest' }],
  [/Node is involved in cluster membership changes/, { class: 'refused', reason: 'ClusterUnstable' }],
  [/Aborted cleaning up at least one table/, { class: 'membership', reason: 'ClusterUnstable' }],
  [/Failed marking some sstables compacting/, { class: 'forgotten', reason: 'CompactionBusy' }],
  [/CompactionInterruptedException/, { class: 'forgotten', reason: 'Interrupted' }],
  [
    /EOFException|RMIServer stub|Error unmarshaling|Connection refused|ConnectException/,
    { class: 'broken', reason: 'JmxBroken' },
  ],
  [/InstanceNotFoundException|org\.apache\.cassandra\.\w+:type=/, { class: 'broken', reason: 'JmxBroken' }],
  [
    /No space left|not enough (disk )?space|insufficient disk space|FSWriteError/i,
    { class: 'failed', reason: 'DiskFull' },
  ],
];

const OTHER: Failure = { class: 'failed', reason: 'OperationFailed' };

function specOf(spec: RunSpec): CassandraCleanupSpec {
  return spec as CassandraCleanupSpec;
}

/** A set of table names; absent and empty both mean every table. */
function tableSet(tables: readonly string[] | undefined): string {
  return [...new Set(tables ?? [])].sort().join(',');
}

/** Clean one keyspace, or some of its tables. `jobs` is always sent: left out, it would mean all compaction threads. */
export const cleanup: OperationKind = {
  type: 'cleanup',
  plural: cassandraCleanupResource.plural,
  kind: cassandraCleanupResource.kind,
  request(spec) {
    const { keyspace, tables, jobs } = specOf(spec);
    return { type: 'cleanup', keyspace, ...(tables === undefined ? {} : { tables }), jobs };
  },
  matches(spec, operation: Operation) {
    const { keyspace, tables, jobs } = specOf(spec);
    return (
      operation.type === 'cleanup' &&
      operation.keyspace === keyspace &&
      (operation.jobs ?? 0) === jobs &&
      tableSet(operation.tables) === tableSet(tables)
    );
  },
  failure(cause: FailureCause | undefined) {
    const text = cause?.message ?? '';
    return FAILURES.find(([pattern]) => pattern.test(text))?.[1] ?? OTHER;
  },
};
