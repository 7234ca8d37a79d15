// Generated from crds/ by `npm run generate`: do not edit. `npm run check` fails where this file is out of date.
import type { ObjectMeta } from './meta.ts';

/** Every LabelSelectorOperator, in the order of the CRD. */
export const labelSelectorOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
/**
 * In and NotIn compare the label with values (a Pod without the label meets NotIn); Exists and DoesNotExist look at the
 * key alone.
 */
export type LabelSelectorOperator = (typeof labelSelectorOperators)[number];

/** One requirement on one label. */
export interface LabelSelectorRequirement {
  /** The key of the label, such as topology.kubernetes.io/zone. */
  readonly key: string;
  /**
   * In and NotIn compare the label with values (a Pod without the label meets NotIn); Exists and DoesNotExist look at
   * the key alone.
   */
  readonly operator: LabelSelectorOperator;
  /** The values for In and NotIn, at most 64. Default: none, which is what Exists and DoesNotExist ask for. */
  readonly values?: readonly string[];
}

/** Which Pods are meant: those that meet matchLabels and matchExpressions, both. */
export interface LabelSelector {
  /** Labels that a Pod must all carry, each with exactly this value. At most 16. Default: none. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Requirements on labels that a Pod must all meet, beside matchLabels. At most 16. Default: none. */
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/**
 * What to clean (immutable: podSelector, clusterSelector, keyspace, tables, rackLabel, jobs) and how to go about it
 * (changeable while it runs: all other fields).
 */
export interface CassandraCleanupSpec {
  /**
   * Immutable. The Pods to clean, in the namespace of this object only: a label selector as a Deployment has one, not
   * empty. Selection stays open until the run is final, so a matching Pod that becomes Ready later joins; while none
   * matches, the run waits (NoNodesMatched). Pods that have Succeeded or Failed do not count. At most 2,000 Pods, and
   * each must have a container of the Sidecar: else nothing is started (InvalidRequest).
   */
  readonly podSelector: LabelSelector;
  /**
   * Immutable. Every Pod of the Cassandra cluster, for the safety gate: no node is cleaned while one of these is not
   * Ready or not NORMAL. Default: the selected Pods, and all Pods of the namespace that share the value of their
   * cluster label (operator setting --cluster-labels), as far as they have a Sidecar. Set it where Pods carry no such
   * label.
   */
  readonly clusterSelector?: LabelSelector;
  /**
   * Immutable. The keyspace to clean: 1 to 48 letters, digits and underscores, in the case it was created with. The
   * local system keyspaces are refused, for they hold nothing to clean up. A keyspace that a NORMAL node does not know
   * fails that node at once.
   */
  readonly keyspace: string;
  /**
   * Immutable. The tables of the keyspace to clean, as a set, at most 256. Default: all tables of the keyspace. A table
   * that a NORMAL node does not know fails that node at once.
   */
  readonly tables?: readonly string[];
  /**
   * Immutable. The key of the Pod label whose value names a node's rack. Racks are cleaned one after another, by name.
   * Default: the first label of the operator's list (setting --rack-labels) that the Pods carry. Pods without the label
   * all count as one rack.
   */
  readonly rackLabel?: string;
  /**
   * Immutable. How many SSTables a node cleans at the same time (nodetool cleanup --jobs), 1 to 1,024; 0 = all
   * compaction threads of the node. Default 2. More is quicker, loads the node more, and needs more free disk: about
   * the size of the largest SSTable for each.
   */
  readonly jobs: number;
  /**
   * How many nodes are cleaned at once, 1 to 2,000. Default 1. Only nodes of one rack ever run together: racks go one
   * after another whatever this says. A smaller value takes effect as running nodes finish.
   */
  readonly parallelism: number;
  /**
   * true = start no further node; the nodes that run finish, and then the run is Suspended. Back to false, it goes on
   * where it stopped. Deadlines go on meanwhile. Default false.
   */
  readonly suspend: boolean;
  /**
   * How many further attempts a node gets after its first one has failed, 0 to 100; then the node is Failed for good.
   * They follow after 10 s, 30 s, 1, 2 and then 5 minutes each. Waiting for the safety gate, a request that was surely
   * not delivered, and a restart of the Sidecar or of Cassandra are no failed attempts. Default 3; 0 = a single
   * attempt.
   */
  readonly backoffLimitPerNode: number;
  /**
   * How many nodes may fail for good before no further node is started, 0 to 2,000; 0 = stop at the first that fails.
   * Those not started are Skipped (MaxFailedNodesExceeded). Default: none, every node is tried. One failed node is
   * enough to make the run Failed in the end, whatever this says.
   */
  readonly maxFailedNodes?: number;
  /**
   * Seconds from status.startTime after which no further node is started and no attempt repeated. What runs then is
   * waited for and counts; what may run, forgotten by a Sidecar, is waited out. Nodes never started are Skipped and the
   * run is Failed (DeadlineExceeded). Default: none. At most 31,536,000 (a year).
   */
  readonly activeDeadlineSeconds?: number;
  /**
   * Seconds from a node's first attempt, over all its attempts and waits, after which it gets no further attempt and is
   * Failed unless the attempt that runs completes. Default: none. At most 31,536,000 (a year).
   */
  readonly nodeDeadlineSeconds?: number;
  /**
   * Seconds after status.completionTime at which the operator deletes this object, and with it the record of the run; 0
   * = at once. Default: never. At most 2,147,483,647 (68 years). Leave it unset for objects under GitOps: what deletes
   * itself there is created again, and runs again.
   */
  readonly ttlSecondsAfterFinished?: number;
}

/** Every ConditionStatus, in the order of the CRD. */
export const conditionStatusValues = ['True', 'False', 'Unknown'] as const;
/** Whether it holds. The operator never writes Unknown. */
export type ConditionStatus = (typeof conditionStatusValues)[number];

/** One aspect of the run, true or false. */
export interface Condition {
  /** Which aspect: Complete, Failed, Finished, Suspended, Reconciling or Stalled. */
  readonly type: string;
  /** Whether it holds. The operator never writes Unknown. */
  readonly status: ConditionStatus;
  /** The metadata.generation that the condition was derived from. */
  readonly observedGeneration?: number;
  /** When status last changed; RFC 3339. */
  readonly lastTransitionTime: string;
  /** Why, as one CamelCase word for programs, such as WaitingForOtherCleanup. */
  readonly reason: string;
  /** Why, as a sentence for people, with the names of the nodes concerned. */
  readonly message: string;
}

/** Every RunState, in the order of the CRD. */
export const runStates = ['Pending', 'Running', 'Suspended', 'Completed', 'Failed'] as const;
/**
 * The conditions in one word. Pending: nothing has started. Running: nodes are being cleaned or wait. Suspended:
 * spec.suspend, and nothing runs. Completed: every node is done. Failed: ended without that. Completed and Failed are
 * final. Usable as a field selector: kubectl get cclean --field-selector status.state=Running.
 */
export type RunState = (typeof runStates)[number];

/** Every NodeRunState, in the order of the CRD. */
export const nodeRunStates = ['Pending', 'Submitting', 'Running', 'Completed', 'Failed', 'Skipped'] as const;
/**
 * What the operator concluded. Pending: not started, or waiting for another attempt. Submitting: a request is about to
 * be sent or its answer is not known yet. Running: the Sidecar has the operation. Completed: the Sidecar said so.
 * Failed: no attempt is left. Skipped: the node needs no cleanup (gone, not in the ring) or its turn never came.
 */
export type NodeRunState = (typeof nodeRunStates)[number];

/**
 * A request that is about to be sent, written before it is; there only while the node is Submitting, follows one of
 * several operations that may be its own, or was skipped in the midst of that as its Pod was gone. After a crash it
 * tells what may have been sent.
 */
export interface Intent {
  /** A random name for this one request. */
  readonly id: string;
  /** When the intent was formed; the request is sent within 5 s of it or never. RFC 3339. */
  readonly time: string;
  /** Ids of like operations that the Sidecar listed before the request: those are not the one it creates. */
  readonly baseline?: readonly string[];
}

/** Every OperationState, in the order of the CRD. */
export const operationStates = ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const;
/** The state that the Sidecar last reported. */
export type OperationState = (typeof operationStates)[number];

/** Why it failed, as the Sidecar puts it; absent unless it failed. */
export interface FailureCause {
  /** The Sidecar's message, cut at 256 characters. */
  readonly message?: string;
  /** The endpoint or class that the Sidecar names as the origin. */
  readonly source?: string;
}

/**
 * The operation of the latest attempt in the Sidecar's own words, cut only where they are longer than this schema
 * allows.
 */
export interface OperationStatus {
  /** The id that the Sidecar gave the operation. */
  readonly id: string;
  /** The state that the Sidecar last reported. */
  readonly state: OperationState;
  /** How much of it is done, 0.0 to 1.0. Icarus reports 0 until a cleanup has ended, then 1. */
  readonly progress?: number;
  /** When the Sidecar accepted it, by the Sidecar's clock. RFC 3339. */
  readonly creationTime?: string;
  /** When the Sidecar began it, by the Sidecar's clock. RFC 3339. */
  readonly startTime?: string;
  /** When the Sidecar ended it, by the Sidecar's clock. RFC 3339. */
  readonly completionTime?: string;
  /** Why it failed, as the Sidecar puts it; absent unless it failed. */
  readonly failureCause?: FailureCause;
}

/** The attempt before the latest one; older ones are to be found as Events only. */
export interface PreviousAttempt {
  /** The id of its operation; absent = none was created. */
  readonly id?: string;
  /** Why it did not complete, in one CamelCase word. */
  readonly reason?: string;
}

/** One node of the run, with the operation that its Sidecar runs or ran for it. */
export interface NodeStatus {
  /** The name of the Pod. */
  readonly name: string;
  /**
   * What the operator concluded. Pending: not started, or waiting for another attempt. Submitting: a request is about
   * to be sent or its answer is not known yet. Running: the Sidecar has the operation. Completed: the Sidecar said so.
   * Failed: no attempt is left. Skipped: the node needs no cleanup (gone, not in the ring) or its turn never came.
   */
  readonly state: NodeRunState;
  /**
   * The value of the Pod's rack label, after the value of its datacenter label and a slash where it has one; absent =
   * no rack.
   */
  readonly rack?: string;
  /** How many times the cleanup was requested at the Sidecar, those that were lost included. */
  readonly attempts?: number;
  /** How many attempts failed in a way that counts to backoffLimitPerNode. */
  readonly failures?: number;
  /** When the first attempt began; nodeDeadlineSeconds counts from here. RFC 3339. */
  readonly startTime?: string;
  /** Since when reason has held (unreachable, gone, lost). RFC 3339. */
  readonly since?: string;
  /** The next attempt begins no earlier than this. RFC 3339; absent = as soon as it is its turn. */
  readonly notBefore?: string;
  /** The UID of the Pod that the operation was requested at; another UID is another Pod. */
  readonly podUID?: string;
  /**
   * The container ID of the Sidecar that the operation was requested at; a Sidecar in another container has forgotten
   * it.
   */
  readonly sidecarContainer?: string;
  /**
   * A request that is about to be sent, written before it is; there only while the node is Submitting, follows one of
   * several operations that may be its own, or was skipped in the midst of that as its Pod was gone. After a crash it
   * tells what may have been sent.
   */
  readonly intent?: Intent;
  /**
   * The operation of the latest attempt in the Sidecar's own words, cut only where they are longer than this schema
   * allows.
   */
  readonly operation?: OperationStatus;
  /** The attempt before the latest one; older ones are to be found as Events only. */
  readonly previous?: PreviousAttempt;
  /**
   * Why the operator concluded what it did, or what the node waits for, in one CamelCase word such as
   * SidecarUnreachable; absent while a node simply runs.
   */
  readonly reason?: string;
  /** The same as a sentence for people, at most 256 characters. */
  readonly message?: string;
}

/**
 * What the operator has done and seen. Written by the operator alone, and read back by it after a restart: it is the
 * journal of the run, so do not edit it.
 */
export interface CassandraCleanupStatus {
  /**
   * Complete (every node done), Failed (ended with a failed node or past its deadline), Finished (either of the two;
   * for kubectl wait), Suspended (spec.suspend, and nothing runs), Reconciling (work is left; its reason says what it
   * waits for) and Stalled (ended as Failed). All six are there from the first reconcile on.
   */
  readonly conditions?: readonly Condition[];
  /** The metadata.generation that this status answers; -1 = the operator has not seen the object yet. */
  readonly observedGeneration?: number;
  /**
   * The conditions in one word. Pending: nothing has started. Running: nodes are being cleaned or wait. Suspended:
   * spec.suspend, and nothing runs. Completed: every node is done. Failed: ended without that. Completed and Failed are
   * final. Usable as a field selector: kubectl get cclean --field-selector status.state=Running.
   */
  readonly state?: RunState;
  /** When the operator first took up the object; activeDeadlineSeconds counts from here. RFC 3339. */
  readonly startTime?: string;
  /** When the run became final, on success as on failure. RFC 3339. */
  readonly completionTime?: string;
  /**
   * 0 to 100: nodes Completed or Skipped, plus the progress of those that run, over all nodes; rounded down, never
   * falling, and 100 only when the run is Completed.
   */
  readonly progressPercent?: number;
  /** Nodes of the run, the length of nodes. */
  readonly total?: number;
  /** Nodes that have not started, or wait for another attempt. */
  readonly pending?: number;
  /** Nodes that are Submitting or Running. */
  readonly active?: number;
  /** Nodes that are Completed, by the word of their Sidecars. */
  readonly completed?: number;
  /** Nodes that are Failed, with no attempt left. */
  readonly failed?: number;
  /** Nodes that are Skipped. They do not make a run Failed, unless their turn never came. */
  readonly skipped?: number;
  /** One entry for each node, by the name of its Pod; at most 2,000. */
  readonly nodes?: readonly NodeStatus[];
}

/**
 * CassandraCleanup runs a cleanup (nodetool cleanup) once on every selected node of a Cassandra cluster, through the
 * Sidecar beside each node: rack by rack, and only while the whole cluster is healthy. One object is one run: what is
 * cleaned cannot be changed, and to run again you create an object with another name. Deleting the object starts no
 * further node; operations that already run at a Sidecar go on, for a Sidecar cannot cancel them.
 */
export interface CassandraCleanup {
  readonly apiVersion: 'cassandra-sidecar.io/v1alpha1';
  readonly kind: 'CassandraCleanup';
  readonly metadata: ObjectMeta;
  /**
   * What to clean (immutable: podSelector, clusterSelector, keyspace, tables, rackLabel, jobs) and how to go about it
   * (changeable while it runs: all other fields).
   */
  readonly spec: CassandraCleanupSpec;
  /**
   * What the operator has done and seen. Written by the operator alone, and read back by it after a restart: it is the
   * journal of the run, so do not edit it.
   */
  readonly status: CassandraCleanupStatus;
}

/** How the API server calls the resource CassandraCleanup. */
export const cassandraCleanupResource = {
  group: 'cassandra-sidecar.io',
  version: 'v1alpha1',
  apiVersion: 'cassandra-sidecar.io/v1alpha1',
  kind: 'CassandraCleanup',
  plural: 'cassandracleanups',
  singular: 'cassandracleanup',
} as const;

/** The longest text (characters) and the longest list (items) that the API server stores, by type and field. */
export const limits = {
  LabelSelectorRequirement: { key: 317, values: 64 },
  LabelSelector: { matchExpressions: 16 },
  CassandraCleanupSpec: { keyspace: 48, tables: 256, rackLabel: 317 },
  Condition: { type: 316, reason: 1024, message: 32768 },
  Intent: { id: 36, baseline: 64 },
  FailureCause: { message: 256, source: 253 },
  OperationStatus: { id: 64 },
  PreviousAttempt: { id: 64, reason: 64 },
  NodeStatus: { name: 253, rack: 127, podUID: 64, sidecarContainer: 128, reason: 64, message: 256 },
  CassandraCleanupStatus: { conditions: 16, nodes: 2000 },
} as const;
