// Which nodes start now: rack by rack, at most `parallelism` of one rack, behind the gate (hard cases 5, 23).
import { type Candidate, candidate, listed } from './candidate.ts';
import { BATCH_MS, MAX_INTENTS } from './limits.ts';
import type { Need, Node, Observation, Run } from './model.ts';
import { isActive } from './run.ts';
import { isSilent, unhindered, withoutReason } from './silence.ts';
import { nodeOf, type StepContext } from './step.ts';
import { earliest, millis, rfc3339 } from './time.ts';

export interface Schedule {
  /** The entries after this: started ones carry an intent, waiting ones say why. */
  runs: Run[];
  needs: Need[];
  wantsLive: string[];
  recheckAt: number | undefined;
  /** The whole cluster must wait. */
  blocked: { reason: string; message: string } | undefined;
}

/** Decides the starts of a run that may start nodes. */
export function schedule(runs: readonly Run[], context: StepContext): Schedule {
  const result: Schedule = { runs: [...runs], needs: [], wantsLive: [], recheckAt: undefined, blocked: undefined };
  const active = runs.filter(isActive);
  const { parallelism } = context.observation.resource.spec;
  const slots = Math.min(
    parallelism - active.length,
    MAX_INTENTS - active.filter((run) => run.state === 'Submitting').length,
  );
  for (const rack of racksOf(runs, active)) if (fill(rack, slots, context, result) < slots) break;
  const { now } = context.observation;
  const isAsking = result.needs.some((need) => need.what === 'list' && need.at <= now);
  return watchSilent(runs, isAsking ? gathered(runs, result, context) : result, context);
}

/** A Pending node that was silent is asked on, though no slot is free for it: so its silence ends, or counts, in time. */
function watchSilent(runs: readonly Run[], result: Schedule, context: StepContext): Schedule {
  for (const [index, run] of runs.entries()) {
    const wasTried = result.runs[index] !== run;
    const node = run.state === 'Pending' && isSilent(run.reason) && !wasTried ? startable(run, context) : undefined;
    if (node === undefined) continue;
    const verdict = listed(run, node, context);
    const isHeard = context.observation.views.get(node.uid)?.list?.value !== undefined;
    if (isHeard || verdict === undefined) result.runs[index] = unhindered(run);
    else apply(verdict, index, node, { context, result });
  }
  return result;
}

/** The Pod of a Pending node whose pause is over. */
function startable(run: Run, { observation }: StepContext): Node | undefined {
  return (millis(run.notBefore) ?? 0) > observation.now ? undefined : nodeOf(run, observation);
}

/** While other nodes of the batch are being asked, those that are ready wait a moment for them: one write for all. */
function gathered(runs: readonly Run[], result: Schedule, { observation }: StepContext): Schedule {
  const started = result.runs.filter((run, index) => run.state === 'Submitting' && runs[index]?.state === 'Pending');
  const names = [...result.wantsLive, ...started.map((run) => run.name)];
  const heard = names.map((name) => listedAt(name, observation));
  const waitUntil = Math.min(...heard) + BATCH_MS;
  if (names.length === 0 || observation.now >= waitUntil) return result;
  const runsAsBefore = result.runs.map((run, index) => (started.includes(run) ? (runs[index] ?? run) : run));
  return { ...result, runs: runsAsBefore, wantsLive: [], recheckAt: earliest(result.recheckAt, waitUntil) };
}

function listedAt(name: string, { selected, views }: Observation): number {
  const node = selected.get(name);
  return (node === undefined ? undefined : views.get(node.uid)?.list?.answeredAt) ?? 0;
}

/** Indices of the entries of each rack that may start, in the order of the racks: only the active rack, if one is. Two are where a Pod
 *  came back in the midst of its cleanup (run.ts): then none may. */
function racksOf(runs: readonly Run[], active: readonly Run[]): number[][] {
  const racks = new Map<string, number[]>();
  runs.forEach((run, index) => {
    const rack = run.rack ?? '';
    const members = racks.get(rack);
    if (members === undefined) racks.set(rack, [index]);
    else members.push(index);
  });
  const busy = new Set(active.map((run) => run.rack ?? ''));
  if (busy.size > 1) return [];
  const names = busy.size === 1 ? [...busy] : [...racks.keys()].sort();
  return names.map((name) => racks.get(name) ?? []);
}

/** Starts what it can of one rack; returns the slots that are left (a node whose answers are on their way keeps one). */
function fill(rack: readonly number[], slots: number, context: StepContext, result: Schedule): number {
  let left = slots;
  for (const index of rack) {
    if (left <= 0 || result.blocked !== undefined) break;
    if (tryNode(index, context, result)) left -= 1;
  }
  return left;
}

/** Judges one node, if it may start at all; true = it takes a slot. */
function tryNode(index: number, context: StepContext, result: Schedule): boolean {
  const run = result.runs[index];
  if (run === undefined || run.state !== 'Pending') return false;
  const node = startable(run, context);
  if (node === undefined) return false;
  return apply(candidate(run, node, context), index, node, { context, result });
}

/** Writes a verdict into the result; true = the node takes a slot. */
function apply(
  verdict: Candidate,
  index: number,
  node: Node,
  { context, result }: { context: StepContext; result: Schedule },
): boolean {
  const run = result.runs[index];
  if (run === undefined) return false;
  const isHeard = context.observation.views.get(node.uid)?.list?.value !== undefined;
  if (isHeard) result.runs[index] = unhindered(run);
  switch (verdict.verdict) {
    case 'ready':
      result.runs[index] = intended(run, node, verdict.baseline, context);
      return true;
    case 'live':
      result.wantsLive.push(node.name);
      return true;
    case 'asking':
      result.needs.push(...verdict.needs);
      return true;
    case 'waiting':
      result.runs[index] = verdict.run;
      result.needs.push(...verdict.needs);
      result.recheckAt = earliest(result.recheckAt, verdict.recheckAt);
      // A node that fails for good may be one too many: the limits are looked at before another one starts.
      if (verdict.run.state === 'Failed') result.blocked = failureOf(verdict.run);
      return false;
    default:
      result.blocked = { reason: verdict.reason, message: verdict.message };
      result.needs.push(...verdict.needs);
      return false;
  }
}

function failureOf(run: Run): NonNullable<Schedule['blocked']> {
  return { reason: run.reason ?? 'FailedNodes', message: `node ${run.name} failed: ${run.message ?? ''}` };
}

/** What keeps its time over several requests: a spell of requests that never got through. */
const UNDELIVERED = ['NotDelivered', 'SidecarRejected'];

/** The entry with an intent: written before the request is sent, so that no crash can lose what was begun. */
function intended(run: Run, node: Node, baseline: string[], { observation }: StepContext): Run {
  const { notBefore: _n, operation: _o, sidecarContainer: _c, ...rest } = withoutReason(run);
  const time = rfc3339(observation.now);
  const spell = UNDELIVERED.includes(run.reason ?? '') ? run.since : undefined;
  return {
    ...rest,
    ...(spell === undefined ? {} : { since: spell }),
    state: 'Submitting',
    attempts: (run.attempts ?? 0) + 1,
    startTime: run.startTime ?? time,
    podUID: node.uid,
    ...(node.sidecarContainer === undefined ? {} : { sidecarContainer: node.sidecarContainer }),
    intent: { id: observation.reconcileId, time, ...(baseline.length === 0 ? {} : { baseline }) },
  };
}
