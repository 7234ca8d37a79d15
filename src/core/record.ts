// What came back from submissions, written into the entries they belong to. An id is taken only if the same intent still
// stands; otherwise the operation is a stray (hard case 11).
import { ended } from './attempt.ts';
import { undeliveredBackoffMs } from './backoff.ts';
import type { Outcome, Run } from './model.ts';
import { cut, heldFor, withoutReason, withReason } from './silence.ts';
import { adopted } from './submitting.ts';
import { rfc3339 } from './time.ts';

export interface Recorded {
  runs: Run[];
  strays: { node: string; id: string }[];
}

/** Applies settled submissions. `rejectedAfterMs`: how long a Sidecar may refuse requests before that counts as a failure. */
export function record(
  runs: readonly Run[],
  outcomes: readonly Outcome[],
  judgement: { now: number; backoffLimit: number; rejectedAfterMs: number },
): Recorded {
  const byIntent = new Map(outcomes.map((outcome) => [`${outcome.node}/${outcome.intentId}`, outcome]));
  const strays = outcomes.flatMap((outcome) => strayOf(outcome, runs));
  const next = runs.map((run) => {
    const outcome = byIntent.get(`${run.name}/${run.intent?.id}`);
    return outcome !== undefined && stands(run, outcome) ? after(run, outcome, judgement) : run;
  });
  return { runs: next, strays };
}

function stands(run: Run, outcome: Outcome): boolean {
  return run.state === 'Submitting' && run.intent?.id === outcome.intentId;
}

function strayOf(outcome: Outcome, runs: readonly Run[]): { node: string; id: string }[] {
  if (outcome.result !== 'created') return [];
  const { id } = outcome.operation;
  const run = runs.find((entry) => entry.name === outcome.node);
  const known = run !== undefined && (stands(run, outcome) || run.operation?.id === id || run.previous?.id === id);
  return known ? [] : [{ node: outcome.node, id }];
}

function after(
  run: Run,
  outcome: Outcome,
  judgement: { now: number; backoffLimit: number; rejectedAfterMs: number },
): Run {
  switch (outcome.result) {
    case 'created':
      return adopted(run, outcome.operation);
    case 'notSent':
      return undelivered(run, 'NotDelivered', outcome.message, judgement.now);
    case 'rejected':
      return rejected(run, outcome, judgement);
    default:
      return { ...run, message: cut(outcome.message) };
  }
}

/** Surely not delivered: the same attempt again after a pause (hard case 17). */
function undelivered(run: Run, reason: string, message: string, now: number): Run {
  const spell = run.reason === undefined ? run.since : undefined;
  const { intent: _intent, ...rest } = withReason(run, reason, message, now);
  const told = spell === undefined ? rest : { ...rest, since: spell };
  const pause = undeliveredBackoffMs(heldFor(told, now));
  return { ...told, state: 'Pending', attempts: Math.max(0, (run.attempts ?? 1) - 1), notBefore: rfc3339(now + pause) };
}

function rejected(
  run: Run,
  outcome: { permanent: boolean; message: string },
  judgement: { now: number; backoffLimit: number; rejectedAfterMs: number },
): Run {
  if (outcome.permanent) return ended(run, 'Failed', 'InvalidRequest', outcome.message);
  const waiting = undelivered(run, 'SidecarRejected', outcome.message, judgement.now);
  if (heldFor(waiting, judgement.now) < judgement.rejectedAfterMs) return waiting;
  const failures = (run.failures ?? 0) + 1;
  const counted = { ...waiting, failures };
  if (failures > judgement.backoffLimit) return ended(counted, 'Failed', 'SidecarRejected', outcome.message);
  return { ...withoutReason(counted), reason: 'SidecarRejected', message: cut(outcome.message) };
}
