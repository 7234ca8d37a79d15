// May an attempt on this Pending node start now? Its own list is its lock, its own /status its licence, the gate the rest.
import { ended, failedOnce } from './attempt.ts';
import { pollDelayMs } from './backoff.ts';
import { gateFor } from './gate.ts';
import { FRESH_GUARDED_MS, FRESH_MS, MAX_BASELINE, ROUND_CLOSED_MS, SILENCE_STALE_MS } from './limits.ts';
import type { Need, Node, Operation, Run } from './model.ts';
import { isFinal } from './running.ts';
import { heldFor, isFresh, silent, withReason } from './silence.ts';
import type { StepContext } from './step.ts';
import { at, forgotten, isRestarted } from './submitting.ts';

/**
 * - `ready`: everything heard, fresh and good; `baseline` = ids that are not ours.
 * - `asking`: answers are on their way; keeps its slot.
 * - `live`: ready but for a fresh read of the Pod.
 * - `waiting`: something about this node stands in the way; gives up its slot; `run` says what.
 * - `blocked`: the whole cluster must wait (`reason`, `message`).
 */
export type Candidate =
  | { verdict: 'ready'; baseline: string[] }
  | { verdict: 'asking'; needs: readonly Need[] }
  | { verdict: 'live' }
  | { verdict: 'waiting'; run: Run; needs: readonly Need[]; recheckAt?: number }
  | { verdict: 'blocked'; reason: string; message: string; needs: readonly Need[] };

/** What makes a node busy, whoever asked for it (hard case 10). */
const BUSY = new Set(
  'cleanup decommission rebuild scrub upgradesstables refresh import truncate drain stop restore commitlog-restore'.split(
    ' ',
  ),
);

/** Judges a Pending node whose pause is over. */
export function candidate(run: Run, node: Node, context: StepContext): Candidate {
  return hindered(run, node, context) ?? listed(run, node, context) ?? standing(run, node, context);
}

function hindered(run: Run, node: Node, { observation }: StepContext): Candidate | undefined {
  const { now } = observation;
  const wait = (reason: string, message: string): Candidate => ({
    verdict: 'waiting',
    run: withReason(run, reason, message, now),
    needs: [],
    recheckAt: now + 1_000,
  });
  if (observation.submitting.has(node.uid))
    return wait('WaitingForNodeOperation', 'a request to this node is under way');
  if (!observation.guarded.has(node.name)) return undefined;
  return wait('WaitingForOtherCleanup', 'something may run on this node that its Sidecar does not list');
}

/** What the node's list of operations says; undefined = nothing against it. */
export function listed(run: Run, node: Node, context: StepContext): Candidate | undefined {
  const { now, views } = context.observation;
  const list = views.get(node.uid)?.list;
  if (list === undefined) return { verdict: 'asking', needs: [{ uid: node.uid, what: 'list', at: now }] };
  const later = (waiting: Run): Need[] => [
    { uid: node.uid, what: 'list', at: list.answeredAt + pollDelayMs(Math.max(6_000, heldFor(waiting, now))) },
  ];
  if (list.error !== undefined && isFresh(list, now, SILENCE_STALE_MS)) {
    return unreachable(silent(run, list.error, now), later, context);
  }
  const objection = objectionIn(list.value ?? [], context);
  if (objection !== undefined) {
    const waiting = withReason(run, objection.reason, objection.message, now);
    return { verdict: 'waiting', run: waiting, needs: later(waiting) };
  }
  const fresh = list.error === undefined && isFresh(list, now, FRESH_MS);
  return fresh ? undefined : { verdict: 'asking', needs: [{ uid: node.uid, what: 'list', at: now }] };
}

/** Silent for too long while Pending: a failure that counts (hard case 22). */
function unreachable(quiet: Run, later: (waiting: Run) => Need[], { observation }: StepContext): Candidate {
  const { now, resource, settings } = observation;
  if (heldFor(quiet, now) < settings.unreachableAfterMs) return { verdict: 'waiting', run: quiet, needs: later(quiet) };
  const judgement = { now, backoffLimit: resource.spec.backoffLimitPerNode };
  const run = failedOnce(quiet, quiet.reason ?? 'SidecarUnreachable', quiet.message ?? '', judgement);
  return { verdict: 'waiting', run, needs: [], recheckAt: now + 1_000 };
}

function objectionIn(
  list: readonly Operation[],
  context: StepContext,
): { reason: string; message: string } | undefined {
  const active = list.find((operation) => !isFinal(operation) && BUSY.has(operation.type));
  if (active !== undefined) {
    const message = `operation ${active.type} ${active.id} is ${active.state} on this node`;
    return { reason: 'WaitingForNodeOperation', message };
  }
  if (baselineOf(list, context).length <= MAX_BASELINE) return undefined;
  return { reason: 'TooManyOperations', message: `the Sidecar lists more than ${MAX_BASELINE} operations like ours` };
}

function baselineOf(list: readonly Operation[], { kind, observation }: StepContext): string[] {
  return list
    .filter((operation) => kind.matches(observation.resource.spec, operation))
    .map((operation) => operation.id);
}

/** What the node's own Cassandra and the cluster's gate say. */
function standing(run: Run, node: Node, context: StepContext): Candidate {
  const { now, views } = context.observation;
  const view = views.get(node.uid);
  const hindrance = ownState(run, node, context);
  if (hindrance !== undefined) return hindrance;
  const gate = gateFor(node, context.gates, context.observation);
  if (gate.verdict === 'closed')
    return { verdict: 'blocked', reason: gate.reason, message: gate.message, needs: gate.needs };
  if (gate.verdict === 'asking') return { verdict: 'asking', needs: gate.needs };
  // A guard of its own covers ranges that it receives, not a drain or a departure: the node's own word is always fresh.
  if (view?.cassandra?.value !== 'NORMAL' || !isFresh(view.cassandra, now, FRESH_MS)) {
    return { verdict: 'asking', needs: [{ uid: node.uid, what: 'cassandra', at: now }] };
  }
  if (node.live !== true) return { verdict: 'live' };
  if (run.previous?.reason === 'NotDelivered' && isRestarted(run, node)) {
    return { verdict: 'waiting', run: forgotten(at(node, run), now), needs: [], recheckAt: now + 1_000 };
  }
  return { verdict: 'ready', baseline: baselineOf(view.list?.value ?? [], context) };
}

/** What the node's own Cassandra says, or does not say; undefined = nothing against it (hard case 8). */
function ownState(run: Run, node: Node, { observation: { now, views } }: StepContext): Candidate | undefined {
  const cassandra = views.get(node.uid)?.cassandra;
  const need = (at: number): Need[] => [{ uid: node.uid, what: 'cassandra', at }];
  if (cassandra?.error !== undefined || cassandra?.value === 'UNKNOWN') {
    const text = cassandra.error?.message ?? 'the Sidecar cannot reach it';
    const waiting = withReason(run, 'CassandraNotReady', `Cassandra does not say how it is: ${text}`, now);
    return { verdict: 'waiting', run: waiting, needs: need(cassandra.answeredAt + ROUND_CLOSED_MS) };
  }
  if (cassandra?.value !== 'DECOMMISSIONED') return undefined;
  if (!isFresh(cassandra, now, FRESH_GUARDED_MS)) return { verdict: 'asking', needs: need(now) };
  const left = ended(run, 'Skipped', 'NotInRing', 'the node has left the ring');
  return { verdict: 'waiting', run: left, needs: [] };
}
