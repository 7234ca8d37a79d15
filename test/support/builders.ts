// Values for tests of the pure core: nodes, views, runs, specs, observations, each whole by default and changed where
// a test says so. Three nodes `a`, `b`, `c`, healthy and just heard, make up the cluster unless a test names others.
import type { CassandraCleanupSpec } from '../../src/api/generated.ts';
import { membersOf } from '../../src/core/membership.ts';
import type {
  Answer,
  CassandraState,
  Node,
  Observation,
  Operation,
  OperationAnswer,
  OtherRun,
  Plan,
  Resource,
  Run,
  RunStatus,
  Settings,
  SidecarView,
} from '../../src/core/model.ts';
import { plan } from '../../src/core/plan.ts';
import { cleanup } from '../../src/operations/cleanup.ts';

/** The present of every test that does not say otherwise. */
export const NOW = Date.parse('2026-11-24T10:00:00.000Z');
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** RFC 3339, `ms` after the present (before it, where negative). */
export function time(ms = 0): string {
  return new Date(NOW + ms).toISOString();
}

/** A UUID that says which one it is. */
export function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export const settings: Settings = {
  rackLabels: ['cassandra.datastax.com/rack', 'topology.kubernetes.io/zone'],
  datacenterLabels: ['cassandra.datastax.com/datacenter'],
  clusterLabels: ['cassandra.datastax.com/cluster', 'app.kubernetes.io/instance'],
  unreachableAfterMs: 15 * MINUTE,
};

export function node(name: string, change: Partial<Node> = {}): Node {
  return {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    labels: { app: 'cassandra', 'app.kubernetes.io/instance': 'prod' },
    ip: '10.0.0.1',
    port: 4567,
    sidecarContainer: `container-of-${name}`,
    ready: true,
    terminating: false,
    live: true,
    ...change,
  };
}

/** A node whose rack label has this value. */
export function racked(name: string, rack: string, change: Partial<Node> = {}): Node {
  const base = node(name, change);
  return { ...base, labels: { ...base.labels, 'topology.kubernetes.io/zone': rack } };
}

export function spec(change: Partial<CassandraCleanupSpec> = {}): CassandraCleanupSpec {
  return {
    podSelector: { matchLabels: { app: 'cassandra' } },
    keyspace: 'shop',
    tables: ['items', 'orders'],
    jobs: 2,
    parallelism: 1,
    suspend: false,
    backoffLimitPerNode: 3,
    ...change,
  };
}

export interface ResourceChange {
  spec?: Partial<CassandraCleanupSpec>;
  status?: RunStatus;
  metadata?: Partial<Resource['metadata']>;
}

export function resource(change: ResourceChange = {}): Resource {
  return {
    plural: cleanup.plural,
    metadata: {
      name: 'orders',
      namespace: 'ns',
      uid: 'uid-of-orders',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: time(-5 * SECOND),
      ...change.metadata,
    },
    spec: spec(change.spec),
    status: change.status ?? { observedGeneration: -1, state: 'Pending' },
  };
}

/** A status with these entries, of a run that began a moment ago. */
export function status(nodes: readonly Run[], change: Partial<RunStatus> = {}): RunStatus {
  return { observedGeneration: 1, state: 'Running', startTime: time(-5 * SECOND), nodes, ...change };
}

export function run(name: string, state: Run['state'], change: Partial<Run> = {}): Run {
  return { name, state, ...change };
}

/** An entry with an open intent, formed `ageMs` ago. */
export function submitting(name: string, ageMs: number, change: Partial<Run> = {}): Run {
  const intent = { id: 'intent-1', time: time(-ageMs) };
  const begun = {
    attempts: 1,
    startTime: time(-ageMs),
    podUID: `uid-${name}`,
    sidecarContainer: `container-of-${name}`,
  };
  return { name, state: 'Submitting', ...begun, intent, ...change };
}

/** An entry with a live operation. */
export function running(name: string, operationId: string, change: Partial<Run> = {}): Run {
  return {
    ...{ name, state: 'Running', attempts: 1, startTime: time(-MINUTE) },
    ...{ podUID: `uid-${name}`, sidecarContainer: `container-of-${name}` },
    operation: { id: operationId, state: 'RUNNING', progress: 0 },
    ...change,
  };
}

/** A cleanup as `spec()` asks for it. */
export function operation(operationId: string, state: Operation['state'], change: Partial<Operation> = {}): Operation {
  const final = state === 'COMPLETED' || state === 'FAILED' || state === 'CANCELLED';
  return {
    id: operationId,
    type: 'cleanup',
    state,
    progress: final ? 1 : 0,
    creationTime: time(-MINUTE),
    startTime: time(-MINUTE),
    ...(final ? { completionTime: time(-SECOND) } : {}),
    keyspace: 'shop',
    tables: ['orders', 'items'],
    jobs: 2,
    ...change,
  };
}

/** A FAILED cleanup with this text. */
export function failedWith(operationId: string, message: string): Operation {
  return operation(operationId, 'FAILED', { failureCause: { message, source: 'host' } });
}

/** An answer that came `ageMs` ago. */
export function answer<T>(value: T, ageMs = 100): Answer<T> {
  return { askedAt: NOW - ageMs - 5, answeredAt: NOW - ageMs, value };
}

/** No answer: what was asked `ageMs` ago failed. */
export function silence(message = 'connect timed out', ageMs = 100, kind: 'unreachable' | 'invalid' = 'unreachable') {
  return { askedAt: NOW - ageMs - 5, answeredAt: NOW - ageMs, error: { kind, message } };
}

/** A view of a Sidecar with an empty list and a NORMAL Cassandra, both just heard. */
export function view(change: Partial<SidecarView> = {}): SidecarView {
  return { list: answer([]), cassandra: answer<CassandraState>('NORMAL'), ...change };
}

/** What a Sidecar says of one id, first asked for `sinceMs` ago. */
export function polled(
  operationId: string,
  value: OperationAnswer,
  change: { ageMs?: number; sinceMs?: number; earlier?: Operation } = {},
): NonNullable<SidecarView['operation']> {
  const { ageMs = 100, sinceMs = MINUTE, earlier } = change;
  const rest = earlier === undefined ? {} : { earlier };
  return { ...answer(value, ageMs), id: operationId, firstAskedAt: NOW - sinceMs, ...rest };
}

export function other(name: string, change: Partial<OtherRun> = {}): OtherRun {
  const created = NOW - MINUTE;
  return { name, uid: `uid-of-${name}`, created, started: false, active: false, couldStart: true, ...change };
}

export interface ObservationChange
  extends ResourceChange,
    Partial<Omit<Observation, 'resource' | 'views' | 'selected'>> {
  /** Pods of the namespace. */
  nodes?: readonly Node[];
  /** Entries of the status, in place of `status`. */
  runs?: readonly Run[];
  /** Views by name of the node; the others are healthy and just heard. `null` = never heard. */
  views?: Readonly<Record<string, SidecarView | null>>;
}

export function observation(change: ObservationChange = {}): Observation {
  const { nodes = [node('a'), node('b'), node('c')], runs, views = {}, spec: _spec, status: given, ...rest } = change;
  const { metadata: _metadata, ...direct } = rest;
  const told = given ?? (runs === undefined ? undefined : status(runs));
  const subject = resource({ ...change, ...(told === undefined ? {} : { status: told }) });
  const { selected, cluster } = membersOf(subject.spec, nodes, settings);
  const heard = nodes.map(({ name, uid }) => [uid, Object.hasOwn(views, name) ? views[name] : view()] as const);
  return {
    now: NOW,
    resource: subject,
    reconcileId: 'reconcile-1',
    selected,
    cluster,
    views: new Map(heard.flatMap(([uid, one]) => (one === null || one === undefined ? [] : [[uid, one] as const]))),
    others: [],
    claimed: new Set(),
    intentAge: new Map(),
    submitting: new Set(),
    guarded: new Set(),
    outcomes: [],
    settings,
    ...direct,
  };
}

/** The plan for an observation made of these changes. */
export function planned(change: ObservationChange = {}): Plan {
  return plan(observation(change), cleanup);
}

/** The entry of a node in a plan's status. */
export function entry({ status: { nodes } }: Plan, name: string): Run {
  const found = nodes?.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no entry for ${name}`);
  return found;
}

/** A condition of a plan's status. */
export function condition({ status: { conditions } }: { status: RunStatus }, type: string) {
  const found = conditions?.find((one) => one.type === type);
  if (found === undefined) throw new Error(`no condition ${type}`);
  return found;
}

/** Names of the nodes that a plan submits to. */
export function submitted({ submissions }: Plan): string[] {
  return submissions.map((submission) => submission.node.name);
}
