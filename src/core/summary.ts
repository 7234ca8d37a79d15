// The only place that builds a condition or a count: what `kubectl wait`, kstatus (Flux, Helm), Argo CD and people read.
import type { Condition } from '../api/generated.ts';
import type { ConditionType } from '../api/names.ts';
import type { Run, RunStatus } from './model.ts';
import { isActive, isOver, type Stop } from './run.ts';
import { cut } from './silence.ts';
import { rfc3339, rfc3339Seconds } from './time.ts';

export interface SummaryInput {
  now: number;
  generation: number;
  suspend: boolean;
  /** What the whole run waits for, where it waits as a whole. */
  waiting?: Stop | undefined;
  /** Ends the run without a look at its nodes: nothing that matches can ever be cleaned. */
  verdict?: Stop | undefined;
}

interface Counts {
  total: number;
  pending: number;
  active: number;
  completed: number;
  failed: number;
  skipped: number;
}

const UNFINISHED_SKIPS = ['DeadlineExceeded', 'MaxFailedNodesExceeded'];

/** The status of a run from its nodes. `previous` lends what must not go back: times, progress, transition times. */
export function summarize(runs: readonly Run[], previous: RunStatus, input: SummaryInput): RunStatus {
  const counts = countsOf(runs);
  const end = input.verdict === undefined ? endOf(runs, counts) : { ...input.verdict, complete: false };
  const suspended = input.suspend && counts.active === 0 && end === undefined;
  const conditions = conditionsOf({ end, suspended, waiting: waitingFor(runs, counts, input) }, previous, input);
  return {
    observedGeneration: input.generation,
    state: stateOf(runs, end, suspended),
    conditions,
    startTime: previous.startTime ?? rfc3339(input.now),
    ...(end === undefined ? {} : { completionTime: previous.completionTime ?? rfc3339(input.now) }),
    progressPercent: progressOf(runs, counts, previous, end?.complete === true),
    ...counts,
    nodes: [...runs],
  };
}

function countsOf(runs: readonly Run[]): Counts {
  const count = (test: (run: Run) => boolean) => runs.reduce((sum, run) => sum + (test(run) ? 1 : 0), 0);
  return {
    total: runs.length,
    pending: count((run) => run.state === 'Pending'),
    active: count(isActive),
    completed: count((run) => run.state === 'Completed'),
    failed: count((run) => run.state === 'Failed'),
    skipped: count((run) => run.state === 'Skipped'),
  };
}

interface End extends Stop {
  complete: boolean;
}

/** How the run ended, or undefined while a node is left. */
function endOf(runs: readonly Run[], counts: Counts): End | undefined {
  if (runs.length === 0 || !runs.every(isOver)) return undefined;
  const unstarted = runs.filter((run) => run.state === 'Skipped' && UNFINISHED_SKIPS.includes(run.reason ?? ''));
  const stopped = unstarted[0];
  const done = `${counts.completed} of ${counts.total} nodes completed`;
  if (stopped !== undefined || counts.failed > 0) {
    const failed = runs.filter((run) => run.state === 'Failed').map((run) => `${run.name} (${explain(run)})`);
    const text = failed.length === 0 ? done : `${done}, ${counts.failed} failed: ${listed(failed)}`;
    const left = stopped === undefined ? '' : `; ${stopped.reason}: ${unstarted.length} not started`;
    return { complete: false, reason: stopped?.reason ?? 'FailedNodes', message: text + left };
  }
  if (counts.skipped === 0) return { complete: true, reason: 'NodesCompleted', message: done };
  const skipped = runs.filter((run) => run.state === 'Skipped').map((run) => `${run.name} (${run.reason})`);
  return { complete: true, reason: 'NodesSkipped', message: `${done}, ${counts.skipped} skipped: ${listed(skipped)}` };
}

function explain(run: Run): string {
  return run.message === undefined ? (run.reason ?? 'no reason') : `${run.reason}: ${run.message}`;
}

/** At most five, then a count: messages stay short however large the cluster is. */
function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).join(', ');
  return texts.length <= 5 ? shown : `${shown} and ${texts.length - 5} more`;
}

/** Why work is left: what the run waits for as a whole, else what its nodes wait for, else how far it is. */
function waitingFor(runs: readonly Run[], counts: Counts, { waiting }: SummaryInput): Stop {
  const quiet = runs.some((run) => isActive(run) && run.reason === undefined);
  const troubled = runs.find((run) => isActive(run) && run.reason !== undefined);
  if (waiting !== undefined && counts.active === 0) return waiting;
  const held = troubled ?? runs.find((run) => run.state === 'Pending' && run.reason !== undefined);
  if (!quiet && held?.reason !== undefined) {
    return { reason: held.reason, message: `node ${held.name}: ${held.message ?? held.reason}` };
  }
  const running = runs.filter(isActive).map((run) => run.name);
  const text = running.length === 0 ? '' : `; running on ${listed(running)}`;
  return { reason: 'NodesRemaining', message: `${counts.completed} of ${counts.total} nodes completed${text}` };
}

function stateOf(runs: readonly Run[], end: End | undefined, suspended: boolean): NonNullable<RunStatus['state']> {
  if (end !== undefined) return end.complete ? 'Completed' : 'Failed';
  if (suspended) return 'Suspended';
  return runs.some((run) => run.state !== 'Pending' || (run.attempts ?? 0) > 0) ? 'Running' : 'Pending';
}

/** Percent of nodes, the live operations counted by their own progress; never falls; 100 only when Complete. */
function progressOf(runs: readonly Run[], counts: Counts, previous: RunStatus, complete: boolean): number {
  if (complete) return 100;
  if (counts.total === 0) return previous.progressPercent ?? 0;
  const live = runs.reduce((sum, run) => sum + (run.state === 'Running' ? (run.operation?.progress ?? 0) : 0), 0);
  const percent = Math.floor((100 * (counts.completed + counts.skipped + live)) / counts.total);
  return Math.min(99, Math.max(previous.progressPercent ?? 0, percent));
}

interface Standing {
  end: End | undefined;
  suspended: boolean;
  waiting: Stop;
}

function conditionsOf({ end, suspended, waiting }: Standing, previous: RunStatus, input: SummaryInput): Condition[] {
  const complete = end?.complete === true;
  const failed = end !== undefined && !complete;
  const why: Stop =
    end ?? (suspended ? { reason: 'Suspended', message: 'spec.suspend is true; nothing is running' } : waiting);
  const condition = (type: ConditionType, holds: boolean, { reason, message }: Stop = why): Condition =>
    kept({ type, status: holds ? 'True' : 'False', reason, message: cut(message, 4_096) }, previous, input);
  const held = { reason: 'NodesRemaining', message: 'spec.suspend is true; waiting for running operations to end' };
  const free = { reason: 'NotSuspended', message: end === undefined ? 'spec.suspend is false' : 'the run has ended' };
  const running: Stop = input.suspend && end === undefined ? held : free;
  return [
    condition('Complete', complete),
    condition('Failed', failed),
    condition('Finished', end !== undefined),
    condition('Suspended', suspended, suspended ? why : running),
    condition('Reconciling', end === undefined && !suspended),
    condition('Stalled', failed, failed ? why : { reason: 'NotStalled', message: 'the run has not failed' }),
  ];
}

/** A condition's time changes only when its status does. */
function kept(
  next: Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>,
  previous: RunStatus,
  input: SummaryInput,
): Condition {
  const before = (previous.conditions ?? []).find((condition) => condition.type === next.type);
  const same = before !== undefined && before.status === next.status;
  return {
    ...next,
    observedGeneration: input.generation,
    lastTransitionTime: same ? before.lastTransitionTime : rfc3339Seconds(input.now),
  };
}
