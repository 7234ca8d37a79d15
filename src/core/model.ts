// The vocabulary: every noun of a reconcile, as plain data. Nothing here acts; times are milliseconds since the epoch
// unless a field says RFC 3339. The words mean what docs and CONTRIBUTING.md say: resource, node, Sidecar, operation, run.
import type {
  CassandraCleanupStatus,
  FailureCause,
  LabelSelector,
  NodeStatus,
  OperationState,
} from '../api/generated.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Failure } from './failure.ts';

/** What every type of operation asks of a spec; what is particular to one type is read by its `OperationKind`. */
export interface RunSpec {
  podSelector: LabelSelector;
  clusterSelector?: LabelSelector;
  rackLabel?: string;
  parallelism: number;
  suspend: boolean;
  backoffLimitPerNode: number;
  maxFailedNodes?: number;
  activeDeadlineSeconds?: number;
  nodeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
}

/** Our record of one operation on one node: an entry of `status.nodes`. */
export type Run = NodeStatus;

/** `status`, the same for every operation type. */
export type RunStatus = CassandraCleanupStatus;

/** A custom resource as the store keeps it (managedFields dropped). `plural` tells which registered kind it is. */
export interface Resource {
  plural: string;
  metadata: ObjectMeta;
  spec: RunSpec;
  status: RunStatus;
  /** Of a finished run that is kept without its entries (`status.nodes`): the ids of its operations, with spaces between them. */
  operationIds?: string;
}

/** A Cassandra Pod with the Sidecar beside it, as far as the operator needs to know it. */
export interface Node {
  name: string;
  namespace: string;
  uid: string;
  labels: Readonly<Record<string, string>>;
  ip?: string;
  /** The Sidecar's port; absent = the Pod has no Sidecar container. */
  port?: number;
  /** containerID (with its restart) of the Sidecar's container: another one has forgotten its operations. */
  sidecarContainer?: string;
  /** Every container but the Sidecar's is Ready. */
  ready: boolean;
  terminating: boolean;
  /** Why the Sidecar of this Pod must not be called (hostNetwork, a loopback or link-local address, …). */
  refused?: string;
  /** Read from the API server in this reconcile, not from the cache. */
  live?: boolean;
}

/** An operation as a Sidecar told it, already bounded: unknown states, wild numbers and long texts never get this far. */
export interface Operation {
  id: string;
  type: string;
  state: OperationState;
  progress?: number;
  /** RFC 3339, as the Sidecar wrote it (up to nine decimals), or absent where unusable. */
  creationTime?: string;
  startTime?: string;
  completionTime?: string;
  failureCause?: FailureCause;
  /** Echo of the request, for `OperationKind.matches`. */
  keyspace?: string;
  tables?: readonly string[];
  jobs?: number;
  /** What had to be cut, clamped or dropped, in words a person understands. */
  notes?: readonly string[];
}

/** Why a Sidecar gave no usable answer. `unreachable`: no connection or no answer in time; `invalid`: an answer that is not Icarus'. */
export interface SidecarError {
  kind: 'unreachable' | 'invalid';
  message: string;
}

/** One answer of a Sidecar, or the lack of one. Its times are by the wall clock as it is set now, whatever was done to it since. */
export interface Answer<T> {
  askedAt: number;
  answeredAt: number;
  value?: T;
  error?: SidecarError;
}

/** What `/status` says of a Cassandra node. `UNKNOWN` = JMX failed: the Sidecar lives, its Cassandra does not answer. */
export type CassandraState =
  | 'NORMAL'
  | 'STARTING'
  | 'JOINING'
  | 'LEAVING'
  | 'MOVING'
  | 'DECOMMISSIONED'
  | 'DRAINING'
  | 'DRAINED'
  | 'UNKNOWN';

/** Answer to `GET /operations/{id}`: `null` = the Sidecar says that it does not know this id. */
export type OperationAnswer = Operation | null;

/** The last answers of one Sidecar (keyed by Pod UID). */
export interface SidecarView {
  /** Active operations of every type and all cleanups, one entry an id. */
  list?: Answer<readonly Operation[]>;
  cassandra?: Answer<CassandraState>;
  version?: Answer<string>;
  /** The last answer about one id, the good one before it, and when this process first asked for that id. */
  operation?: Answer<OperationAnswer> & { id: string; earlier?: Operation; firstAskedAt: number };
}

/** What the plan wants to hear from a Sidecar: an answer asked at `at` or later. */
export interface Need {
  uid: string;
  what: 'list' | 'cassandra' | 'version' | 'operation';
  at: number;
  /** With `operation` only. */
  id?: string;
}

/** Another resource whose cluster shares Pods with this one. */
export interface OtherRun {
  name: string;
  uid: string;
  created: number;
  /** At least one attempt was made. */
  started: boolean;
  /** An intent is open or an operation lives. */
  active: boolean;
  couldStart: boolean;
}

/** What became of a submission. `unknown` is never sent again from here: recovery decides. */
export type Outcome = { node: string; intentId: string } & (
  | { result: 'created'; operation: Operation }
  | { result: 'notSent'; message: string }
  | { result: 'rejected'; permanent: boolean; message: string }
  | { result: 'unknown'; message: string }
);

/** All that one reconcile has read, the time included. */
export interface Observation {
  now: number;
  resource: Resource;
  /** Random and fresh: names the intents of this reconcile. */
  reconcileId: string;
  /** Pods that match `podSelector`, by name; Succeeded and Failed Pods do not count. */
  selected: ReadonlyMap<string, Node>;
  /** Every Pod of the Cassandra cluster, the selected ones included. */
  cluster: readonly Node[];
  views: ReadonlyMap<string, SidecarView>;
  others: readonly OtherRun[];
  /** Operation ids that another resource's status names. */
  claimed: ReadonlySet<string>;
  /** Milliseconds (monotonic) since this process first saw an intent, by intent id. */
  intentAge: ReadonlyMap<string, number>;
  /** Pods (by UID) to which a submission of this process is under way. */
  submitting: ReadonlySet<string>;
  /** Pods (by name) on which something may run that no list shows: sent for an object that was deleted in mid-submission, or
   *  forgotten while another run waits out that loss (hard cases 18 and 21). */
  guarded: ReadonlySet<string>;
  /** Settled submissions that no status holds yet. */
  outcomes: readonly Outcome[];
  /** The status this process wrote last, to notice entries that someone removed (hard case 19). */
  lastWritten?: RunStatus;
  settings: Settings;
}

/** What the operator's configuration decides about runs. */
export interface Settings {
  rackLabels: readonly string[];
  datacenterLabels: readonly string[];
  clusterLabels: readonly string[];
  /** How long a Pending node's Sidecar may be silent before that counts as a failure. */
  unreachableAfterMs: number;
}

/** Send a node's operation to its Sidecar. The intent stands in the status already. */
export interface Submission {
  node: Node;
  intentId: string;
  /** Wall clock of the intent: nothing leaves more than 5 s after it. */
  intentAt: number;
  body: Readonly<Record<string, unknown>>;
}

/** What a reconcile decided, as plain data. */
export interface Plan {
  status: RunStatus;
  submissions: readonly Submission[];
  needs: readonly Need[];
  /** `needs` without what starts ask for now: all that is asked while the run waits to be let in (decision 0013). */
  lasting: readonly Need[];
  /** How many answers starts ask for now. */
  gathering: number;
  /** Pods whose live state the plan wants before it goes on. */
  wantsLive: readonly string[];
  /** Look again at this time at the latest; absent = when something changes. */
  recheckAt?: number;
  /** Delete the resource: its time to live after finishing is over. */
  expired: boolean;
  /** Operations that run on a node and that no intent of this resource stands for any more (hard case 11). */
  strays: readonly { node: string; id: string }[];
  /** Nodes that are not NORMAL while an unguarded Cassandra is being cleaned: nothing can stop it any more (hard case 9). */
  unsafe: readonly { node: string; state: CassandraState }[];
  /** Outcomes that `status` now holds. */
  recorded: readonly Outcome[];
}

/** What is particular to one type of operation. */
export interface OperationKind {
  /** The Sidecar's word for it, and the resource it belongs to. */
  type: string;
  plural: string;
  kind: string;
  /** The body of the POST. */
  request(spec: RunSpec): Readonly<Record<string, unknown>>;
  /** Whether an operation that a Sidecar lists is what `request(spec)` asks for. */
  matches(spec: RunSpec, operation: Operation): boolean;
  /** What a failed operation means: whether and when to try again. */
  failure(cause: FailureCause | undefined): Failure;
}
