// A node with an intent and no id: was the operation created or not? Only the Sidecar's lists can tell, and a list that lacks
// it proves nothing at first (hard cases 13 to 15, 22). Nothing here ever leads to a second POST without that proof.

import { absentOnce, ended, lostOnce } from './attempt.ts';
import { pollDelayMs } from './backoff.ts';
import { ABSENCE_GAP_MS, ABSENCE_WAIT_MS, OUTCOME_UNKNOWN_MS } from './limits.ts';
import type { Need, Node, Operation, Run } from './model.ts';
import { askAgainAt, heldFor, isSilent, saidAfter, silent, withoutReason, withReason } from './silence.ts';
import type { Step, StepContext } from './step.ts';
import { millis, rfc3339 } from './time.ts';

const ABSENT = 'OutcomeUnknown';

/** Looks for the operation of an open intent: adopts it, proves it absent, or waits. */
export function stepSubmitting(run: Run, node: Node, context: StepContext): Step {
  const { now, submitting, views } = context.observation;
  if (submitting.has(run.podUID ?? node.uid)) return { run, needs: [], recheckAt: now + 1_000 };
  if (run.intent === undefined)
    return { run: lostOnce(run, ABSENT, 'its intent was removed from the status', now), needs: [] };
  const list = views.get(node.uid)?.list;
  const openedAt = Math.min(millis(run.intent.time) ?? now, seenAt(run, context));
  if (list?.error !== undefined && list.askedAt >= openedAt) {
    const quiet = silent(run, list.error, now);
    const askAt = list.answeredAt + pollDelayMs(heldFor(quiet, now));
    return unheard(quiet, run, { uid: node.uid, what: 'list', at: askAt }, now);
  }
  if (!saidAfter(list, openedAt)) return { run, needs: [{ uid: node.uid, what: 'list', at: askAgainAt(list, now) }] };
  const candidates = candidatesIn(list.value, run, context);
  const oldest = candidates[0];
  if (oldest !== undefined) {
    const poll: Need = { uid: node.uid, what: 'operation', id: oldest.id, at: now };
    return { run: adopted(at(node, run), oldest, candidates.length), needs: [poll] };
  }
  return absent(run, node, context, list.askedAt);
}

/** When this process first saw the intent, whatever the clock of the one that wrote it said. */
function seenAt(run: Run, { observation: { intentAge, now } }: StepContext): number {
  return now - (intentAge.get(run.intent?.id ?? '') ?? 0);
}

/** The entry with the Pod and the process in which the operation was found: they may be others than those it was sent to. */
export function at({ uid, sidecarContainer }: Node, run: Run): Run {
  const { sidecarContainer: _before, ...rest } = run;
  return { ...rest, podUID: uid, ...(sidecarContainer === undefined ? {} : { sidecarContainer }) };
}

/** Operations that may be the one this intent asked for, oldest first. */
function candidatesIn(list: readonly Operation[], run: Run, context: StepContext): Operation[] {
  const { observation, kind } = context;
  const known = new Set([...(run.intent?.baseline ?? []), run.previous?.id]);
  return list
    .filter((operation) => kind.matches(observation.resource.spec, operation))
    .filter((operation) => !known.has(operation.id) && !observation.claimed.has(operation.id))
    .sort((a, b) => (millis(a.creationTime) ?? 0) - (millis(b.creationTime) ?? 0) || (a.id < b.id ? -1 : 1));
}

/** The entry that has found its operation. Where that may be another one, the intent stays until none of them is active. */
export function adopted(run: Run, operation: Operation, candidates = 1): Run {
  const { intent, ...rest } = withoutReason(run);
  const running: Run = { ...rest, state: 'Running', operation: shown({ ...operation, state: opening(operation) }) };
  if (candidates === 1) return running;
  return oneOfSeveral(intent === undefined ? running : { ...running, intent }, candidates);
}

/** The entry that says that others look like its operation. */
export function oneOfSeveral(run: Run, howMany: number | 'several'): Run {
  const message = `${howMany} operations on this node look like ours; the oldest is followed`;
  return { ...run, reason: 'SeveralOperations', message };
}

/** A final state is believed only by the rules of running.ts: until then the operation counts as running. */
function opening(operation: Operation): Operation['state'] {
  return operation.state === 'PENDING' ? 'PENDING' : 'RUNNING';
}

/** The Sidecar's own words, as `status.nodes[].operation` holds them. */
export function shown(operation: Operation): NonNullable<Run['operation']> {
  const { id, state, progress, creationTime, startTime, completionTime, failureCause } = operation;
  const final = state !== 'PENDING' && state !== 'RUNNING';
  return {
    id,
    state,
    ...(progress === undefined ? {} : { progress }),
    ...(creationTime === undefined ? {} : { creationTime }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined || !final ? {} : { completionTime }),
    ...(failureCause === undefined || !final ? {} : { failureCause }),
  };
}

function absent(run: Run, node: Node, context: StepContext, askedAt: number): Step {
  const { now } = context.observation;
  const first = run.reason === ABSENT ? millis(run.since) : undefined;
  if (first === undefined) {
    const message =
      'the answer to the request was lost, and the Sidecar does not list the operation; asking again to be sure';
    const waiting: Run = { ...run, reason: ABSENT, message, since: rfc3339(askedAt) };
    return absent(waiting, node, context, askedAt);
  }
  const openedAt = Math.max(millis(run.intent?.time) ?? now, seenAt(run, context));
  const proof = Math.max(first + ABSENCE_GAP_MS, openedAt + ABSENCE_WAIT_MS);
  if (askedAt < proof) return { run, needs: [{ uid: node.uid, what: 'list', at: Math.max(now, proof) }] };
  return node.live === true ? { run: proven(run, node, now), needs: [] } : { run, needs: [], wantsLive: true };
}

/** Proven not to be there: the next attempt may be made, and nothing counts as a failure. */
function proven(run: Run, node: Node, now: number): Run {
  return node.uid !== run.podUID || isRestarted(run, node) ? forgotten(run, now) : absentOnce(run, now);
}

/** Whether the Pod has another process than the one that a request was meant for: that may have begun it and forgotten it. */
export function isRestarted(run: Run, node: Node): boolean {
  return node.uid === run.podUID && node.sidecarContainer !== run.sidecarContainer;
}

/** The entry of a node whose restarted Sidecar cannot tell what it had begun: a loss. */
export function forgotten(run: Run, now: number): Run {
  return lostOnce(run, 'OperationLost', 'the Sidecar was restarted and has forgotten what it may have begun', now);
}

/** No usable answer to what was needed: asked again, or given up after an hour. `before` = the entry as it was. */
export function unheard(quiet: Run, before: Run, need: Need, now: number): Step {
  if (isSilent(before.reason) && heldFor(quiet, now) >= OUTCOME_UNKNOWN_MS)
    return { run: unknownOutcome(quiet), needs: [] };
  return { run: quiet, needs: [need] };
}

/** Silent for an hour in mid-operation: what became of it cannot be said. */
function unknownOutcome(run: Run): Run {
  return ended(run, 'Failed', 'OutcomeUnknown', `no answer for an hour, outcome unknown: ${run.message ?? ''}`);
}

/** The Pod is gone while something was sent or runs there. */
export function missing(run: Run, now: number): Run {
  return withReason(run, 'PodGone', `Pod ${run.name} is gone`, now);
}
