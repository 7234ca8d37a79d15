// How urgent it is to look at a run, and to write its status: both cost in proportion to its nodes, so what can wait is batched.
import type { Run, RunStatus } from './model.ts';

/** - `none`: equal. - `progress`: only progress moved. - `state`: something a person waits for. - `now`: an intent, an id, the first or the last word. */
export type Change = 'none' | 'progress' | 'state' | 'now';

const URGENCY: Record<Change, number> = { none: 0, progress: 1, state: 2, now: 3 };

/** The most urgent difference between what is stored and what should be. */
export function changeOf(before: RunStatus, after: RunStatus): Change {
  const known = new Map((before.nodes ?? []).map((run) => [run.name, run]));
  const changes = (after.nodes ?? []).map((run) => runChange(known.get(run.name), run));
  return [summaryChange(before, after), ...changes].reduce((most, one) => (URGENCY[one] > URGENCY[most] ? one : most));
}

/** Milliseconds that a change may wait for others to share its write; at `nodes` nodes. Progress moves in steps of 5 points. */
export function patienceMs(change: Change, nodes: number): number {
  if (change === 'state') return Math.max(500, (nodes / 500) * 1_000);
  return change === 'progress' ? Math.max(5_000, (nodes / 100) * 1_000) : 0;
}

/**
 * Milliseconds for which changes are gathered after a look at a run: a look costs some microseconds for each node of the cluster, and
 * each answer of each node asks for one. 0 for small clusters.
 */
export function lookPauseMs(nodes: number): number {
  return Math.floor(nodes / 20);
}

function summaryChange(before: RunStatus, after: RunStatus): Change {
  const first = before.observedGeneration !== after.observedGeneration || before.startTime === undefined;
  if (first || before.completionTime !== after.completionTime) return 'now';
  const { nodes: _a, progressPercent: _b, ...old } = before;
  const { nodes: _c, progressPercent: _d, ...next } = after;
  if (!equal(old, next)) return 'state';
  return Math.abs((before.progressPercent ?? 0) - (after.progressPercent ?? 0)) >= 5 ? 'progress' : 'none';
}

function runChange(before: Run | undefined, after: Run): Change {
  if (before === after) return 'none';
  if (before === undefined) return 'state';
  if (before.intent?.id !== after.intent?.id && after.intent !== undefined) return 'now';
  if (before.operation?.id !== after.operation?.id && after.operation !== undefined) return 'now';
  return equal(withoutProgress(before), withoutProgress(after)) ? 'none' : 'state';
}

function withoutProgress(run: Run): Run {
  if (run.operation === undefined) return run;
  const { progress: _progress, ...operation } = run.operation;
  return { ...run, operation };
}

/** Deep equality of plain data, whatever the order of keys. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(Reflect.get(a, key), Reflect.get(b, key)));
}
