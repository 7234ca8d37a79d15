// What metrics say of runs: how many there are in each state, from the cache, and what changed, from a status to the next.
// Pure functions, called only where metrics are served.
import type { NodeStatus } from './api/generated.ts';
import { isLoss } from './core/attempt.ts';
import type { Resource, RunStatus } from './core/model.ts';
import { isActive, isOver } from './core/run.ts';
import { isFinal } from './core/running.ts';
import { millis } from './core/time.ts';

/** How many there are, by what they are. */
type Counts = Map<string, number>;

/** The runs and nodes of all resources. */
export interface Census {
  /** By state. */
  readonly runs: Counts;
  /** By `state of the node/state of the run`. */
  readonly nodes: Counts;
  /** Unfinished ones that do not go on, by reason. */
  readonly waitingRuns: Counts;
  readonly waitingNodes: Counts;
}

/** Counts all resources. */
export function censusOf(resources: readonly Resource[]): Census {
  const census = { runs: new Map(), nodes: new Map(), waitingRuns: new Map(), waitingNodes: new Map() };
  for (const resource of resources) {
    const { state = 'Pending', completionTime } = resource.status;
    add(census.runs, state);
    for (const [node, count] of nodesOf(resource)) add(census.nodes, `${node}/${state}`, count);
    if (completionTime === undefined) addWaits(census, resource.status);
  }
  return census;
}

function addWaits({ waitingRuns, waitingNodes }: Census, status: RunStatus): void {
  for (const reason of waitsOf(status)) add(waitingRuns, reason);
  for (const node of status.nodes ?? []) if (!isOver(node)) add(waitingNodes, node.reason);
}

/** States of the nodes, and how many; a finished run that is kept without its entries tells the numbers. */
function nodesOf({ status, operationIds }: Resource): (readonly [state: string, count: number])[] {
  const { nodes = [], completed = 0, failed = 0, skipped = 0 } = status;
  if (operationIds === undefined) return nodes.map(({ state }) => [state, 1]);
  return Object.entries({ Completed: completed, Failed: failed, Skipped: skipped });
}

/** What an unfinished run waits for; nothing where it goes on, or is suspended. */
function waitsOf({ conditions = [] }: RunStatus): string[] {
  const waits = conditions.filter(({ type, status }) => type === 'Reconciling' && status === 'True');
  return waits.map(({ reason }) => reason).filter((reason) => reason !== 'NodesRemaining');
}

function add(counts: Map<string, number>, key: string | undefined, by = 1): void {
  if (key !== undefined && by > 0) counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Something that ended, and how long it took. */
export interface Ending {
  state: string;
  seconds: number;
}

/** What a write of a status tells. */
export interface Changes {
  /** The run, if it came to its end. */
  runs: readonly Ending[];
  /** Operations whose end their Sidecar told, with its times. */
  operations: readonly Ending[];
  /** States of the nodes that came to their end. */
  nodes: readonly string[];
  /** Ids of operations that an open intent found. */
  found: readonly string[];
  /** Reasons of losses. */
  losses: readonly string[];
}

/** What changed from one status to the next. */
export function changesBetween(before: RunStatus, after: RunStatus): Changes {
  const known = new Map((before.nodes ?? []).map((node) => [node.name, node]));
  const pairs = (after.nodes ?? []).map((node) => [known.get(node.name), node] as const);
  return {
    runs: before.completionTime === undefined ? endings(after) : [],
    operations: pairs.flatMap(([old, node]) => endOfOperation(old, node)),
    nodes: pairs.flatMap(([old, node]) => (isOver(node) && old?.state !== node.state ? [node.state] : [])),
    found: pairs.flatMap(([old, node]) => foundOperation(old, node)),
    losses: pairs.flatMap(([old, node]) => lossOf(old, node)),
  };
}

function endOfOperation(before: NodeStatus | undefined, { operation }: NodeStatus): Ending[] {
  if (operation === undefined || !isFinal(operation)) return [];
  const old = before?.operation;
  return old?.id === operation.id && isFinal(old) ? [] : endings(operation);
}

function foundOperation(before: NodeStatus | undefined, { operation }: NodeStatus): string[] {
  const isFound = before?.state === 'Submitting' && operation !== undefined && operation.id !== before.operation?.id;
  return isFound ? [operation.id] : [];
}

/** What surely did not leave takes its attempt back: that is no loss. Nor is what fails because of an earlier one. */
function lossOf(before: NodeStatus | undefined, after: NodeStatus): string[] {
  const { state, reason = '' } = after;
  if (before === undefined || !isActive(before) || reason.endsWith('AfterLoss')) return [];
  if (state === 'Failed') return reason === 'OutcomeUnknown' ? [reason] : [];
  const isNew = state === 'Pending' && reason === after.previous?.reason && after.attempts === before.attempts;
  return isNew && isLoss(after) ? [reason] : [];
}

/** The end, where both times are known. */
function endings({
  state,
  startTime,
  completionTime,
}: {
  state?: string;
  startTime?: string;
  completionTime?: string;
}) {
  const [from, to] = [millis(startTime), millis(completionTime)];
  if (state === undefined || from === undefined || to === undefined) return [];
  return [{ state, seconds: Math.max(0, to - from) / 1_000 }];
}
