// Reads what the API server stores as a Resource: by hand, field by field, for a status may have been written by someone
// else or by another version. Never throws. Where it must guess, it guesses so that no request is sent for it.
import {
  type LabelSelector,
  labelSelectorOperators,
  nodeRunStates,
  operationStates,
  runStates,
} from '../api/generated.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Resource, Run, RunSpec, RunStatus } from '../core/model.ts';
import {
  count,
  type Fields,
  integer,
  isObject,
  isText,
  type JsonObject,
  list,
  oneOf,
  pick,
  record,
  string,
  text,
  texts,
  time,
} from './fields.ts';

/** The object as a Resource with no more metadata than the operator needs; undefined = it has no identity. */
export function decodeResource(plural: string, raw: unknown): Resource | undefined {
  if (!isObject(raw)) return undefined;
  const metadata = decodeMeta(raw['metadata']);
  if (metadata === undefined) return undefined;
  const status = isObject(raw['status']) ? (pick(raw['status'], STATUS) as RunStatus) : {};
  return { plural, metadata, spec: decodeSpec(raw['spec']), status };
}

/** The metadata that the operator needs: no managedFields, labels or annotations. Undefined = not an object's. */
export function decodeMeta(raw: unknown): ObjectMeta | undefined {
  if (!isObject(raw)) return undefined;
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = raw;
  if (!isText(name) || !isText(namespace) || !isText(uid) || !isText(resourceVersion)) return undefined;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    generation: integer(generation) ?? 0,
    creationTimestamp: time(creationTimestamp) ?? LONG_AGO,
    ...(isText(deletionTimestamp) && { deletionTimestamp }),
  };
}

const LONG_AGO = '1970-01-01T00:00:00Z';

// Spec: the CRD has validated it. What is unusable all the same is read so that less is done, never more. Fields that
// only one type of operation has are kept as they are; its OperationKind reads them.

const SPEC: Fields = {
  rackLabel: text,
  parallelism: (value) => Math.max(1, count(value) ?? 1),
  suspend: (value) => value !== false,
  backoffLimitPerNode: (value) => count(value) ?? 0,
  maxFailedNodes: (value) => count(value) ?? 0,
  activeDeadlineSeconds: count,
  nodeDeadlineSeconds: count,
  ttlSecondsAfterFinished: count,
};
const DEFAULTS = { parallelism: 1, suspend: false, backoffLimitPerNode: 3 };
/** `In` an empty set. */
const SELECTS_NOTHING: LabelSelector = { matchExpressions: [{ key: 'unreadable', operator: 'In', values: [] }] };

function decodeSpec(raw: unknown): RunSpec {
  const { podSelector, clusterSelector, ...others } = isObject(raw) ? raw : {};
  const own = Object.fromEntries(Object.entries(others).filter(([name]) => !Object.hasOwn(SPEC, name)));
  const pods = decodeSelector(podSelector);
  const cluster = clusterSelector === undefined ? undefined : (decodeSelector(clusterSelector) ?? 'unreadable');
  return {
    ...own,
    ...DEFAULTS,
    ...pick(others, SPEC),
    podSelector: pods === undefined || cluster === 'unreadable' ? SELECTS_NOTHING : pods,
    ...(isObject(cluster) && { clusterSelector: cluster }),
  };
}

/** Undefined = unreadable or empty: an empty selector would select every Pod of the namespace. */
function decodeSelector(raw: unknown): LabelSelector | undefined {
  const selector = record({ matchLabels: labels, matchExpressions: requirements })(raw) as LabelSelector | undefined;
  if (selector === undefined || !isObject(raw)) return undefined;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const whole = ['matchLabels', 'matchExpressions'].every((name) => name in selector || raw[name] === undefined);
  const empty = Object.keys(matchLabels).length + matchExpressions.length === 0;
  return whole && !empty ? selector : undefined;
}

function labels(raw: unknown): JsonObject | undefined {
  return isObject(raw) && Object.values(raw).every((value) => typeof value === 'string') ? raw : undefined;
}

const REQUIREMENT: Fields = { key: text, operator: oneOf(labelSelectorOperators), values: texts };

function requirements(raw: unknown): unknown[] | undefined {
  const read = list(record(REQUIREMENT, ['key', 'operator']))(raw);
  return read !== undefined && read.length === (raw as unknown[]).length ? read : undefined;
}

// Status.

const OPERATION: Fields = {
  id: text,
  // An unknown word is no end: the Sidecar is asked again.
  state: (value) => oneOf(operationStates)(value) ?? 'RUNNING',
  progress: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined),
  creationTime: time,
  startTime: time,
  completionTime: time,
  failureCause: record({ message: string, source: string }),
};

/** As a condition may have it: the run's own take over that of a node. */
function word(value: unknown): string | undefined {
  return isText(value) && /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(value) ? value : undefined;
}

const NODE: Fields = {
  name: text,
  state: oneOf(nodeRunStates),
  rack: string,
  attempts: count,
  failures: count,
  startTime: time,
  since: time,
  notBefore: time,
  podUID: text,
  sidecarContainer: text,
  intent: record({ id: text, time, baseline: texts }, ['id', 'time']),
  operation: (raw) => record(OPERATION, ['id'])(isObject(raw) ? { state: '', ...raw } : undefined),
  previous: record({ id: text, reason: string }),
  reason: word,
  message: string,
};

const CONDITION: Fields = {
  type: text,
  status: oneOf(['True', 'False', 'Unknown']),
  observedGeneration: integer,
  lastTransitionTime: time,
  reason: string,
  message: string,
};

const STATUS: Fields = {
  conditions: list(record(CONDITION, ['type', 'status', 'lastTransitionTime', 'reason', 'message'])),
  observedGeneration: integer,
  state: oneOf(runStates),
  startTime: time,
  completionTime: time,
  progressPercent: count,
  total: count,
  pending: count,
  active: count,
  completed: count,
  failed: count,
  skipped: count,
  nodes: decodeNodes,
};

function decodeNodes(raw: unknown): Run[] | undefined {
  const entries = list(record(NODE, ['name']))(raw) as (Partial<Run> & { name: string })[] | undefined;
  if (entries === undefined) return undefined;
  const byName = new Map<string, Run>();
  for (const entry of entries) {
    if (!byName.has(entry.name)) byName.set(entry.name, { ...entry, ...safeState(entry) });
  }
  return [...byName.values()];
}

/**
 * What decides is whether a request may be out. An entry that says so but has no operation or intent, or whose state is no
 * word of ours, is recovered like a request whose answer was lost: two good lists without it before anything is sent.
 */
function safeState(entry: Partial<Run>): Pick<Run, 'state' | 'intent'> {
  const { state, operation, intent } = entry;
  if (state === 'Completed' || state === 'Failed' || state === 'Skipped') return { state };
  if (operation !== undefined && (state === 'Running' || state === undefined)) return { state: 'Running' };
  if (intent === undefined && !mayBeOut(entry)) return { state: 'Pending' };
  return { state: 'Submitting', intent: intent ?? { id: 'unreadable', time: entry.startTime ?? LONG_AGO } };
}

function mayBeOut({ state, attempts = 0 }: Partial<Run>): boolean {
  return state === undefined ? attempts > 0 : state !== 'Pending';
}
