// How an attempt on a node ends, and what follows from it: done, tried again later, or given up (hard cases 17, 21, 22).

import { failureBackoffMs, lossBackoffMs } from './backoff.ts';
import type { Failure } from './failure.ts';
import type { Gate } from './gate.ts';
import { POD_STATUS_LAG_MS } from './limits.ts';
import type { Run } from './model.ts';
import { cut, withoutReason } from './silence.ts';
import { millis, rfc3339 } from './time.ts';

/** What the end of an attempt is judged by. */
export interface Judgement {
  now: number;
  backoffLimit: number;
  /** Of the node, where its reading matters: `membership` counts only if the gate is open. */
  gate?: Gate;
}

const LOSSES = [
  'OperationLost',
  'OutcomeUnknown',
  'NotDelivered',
  'JmxBroken',
  'CompactionBusyAfterLoss',
  'InterruptedAfterLoss',
];

/** Whether the attempt before ended in a way that may have left a cleanup running. */
export function isLoss({ previous }: Run): boolean {
  return LOSSES.includes(previous?.reason ?? '');
}

/** How long a node is still left alone after a loss: what was forgotten may run there, for other runs as well (hard case 21). */
export function restMs(run: Run, now: number): number {
  return run.state === 'Pending' && isLoss(run) ? Math.max(0, (millis(run.notBefore) ?? now) - now) : 0;
}

/** The entry of a node that is done for good; what only an operation in progress needs is dropped. */
export function ended(run: Run, state: 'Completed' | 'Failed' | 'Skipped', reason?: string, message?: string): Run {
  const { intent: _intent, notBefore: _notBefore, sidecarContainer: _container, ...rest } = withoutReason(run);
  return {
    ...rest,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined || message === '' ? {} : { message: cut(message) }),
  };
}

/** A failure that counts: Pending with a pause, or Failed once `backoffLimitPerNode` further attempts are used up. */
export function failedOnce(run: Run, reason: string, message: string, judgement: Judgement): Run {
  const counted = { ...run, failures: (run.failures ?? 0) + 1 };
  if (counted.failures > judgement.backoffLimit) return ended(counted, 'Failed', reason, message);
  const pause = failureBackoffMs(counted.failures, seedOf(counted));
  return again(counted, { reason, message, at: judgement.now + pause });
}

/** An end that proves nothing against the node and may have left a cleanup running there: tried again, more and more slowly. */
export function lostOnce(run: Run, reason: string, message: string, now: number): Run {
  const losses = Math.max(1, (run.attempts ?? 0) - (run.failures ?? 0));
  return again(run, { reason, message, at: now + lossBackoffMs(losses, seedOf(run)) });
}

/** Two lists say that the request never arrived. The second may have come from a process that the Pod's status does not show
 *  yet: until it must, this node is left alone, and then its Pod is read again (candidate.ts). */
export function absentOnce(run: Run, now: number): Run {
  return again(run, {
    reason: 'NotDelivered',
    message: 'the request never reached the Sidecar',
    at: now + POD_STATUS_LAG_MS,
  });
}

/** What a FAILED operation leads to. */
export function afterFailure(run: Run, failure: Failure, message: string, judgement: Judgement): Run {
  const { now } = judgement;
  switch (failure.class) {
    case 'permanent':
      return ended(run, 'Failed', failure.reason, message);
    case 'refused':
      return waited(run, failure.reason, message, now);
    case 'membership':
      if (judgement.gate?.verdict === 'closed') return waited(run, failure.reason, message, now);
      return failedOnce(run, failure.reason, message, judgement);
    case 'broken':
      return lostOnce(run, failure.reason, message, now);
    case 'forgotten':
      if (!isLoss(run)) return failedOnce(run, failure.reason, message, judgement);
      return lostOnce(run, `${failure.reason}AfterLoss`, message, now);
    default:
      return failedOnce(run, failure.reason, message, judgement);
  }
}

/** The ring was in motion: no failure, looked at again soon and then behind the gate. */
function waited(run: Run, reason: string, message: string, now: number): Run {
  const waits = Math.max(1, (run.attempts ?? 0) - (run.failures ?? 0));
  return again(run, { reason, message, at: now + failureBackoffMs(waits, seedOf(run)) });
}

function again(run: Run, next: { reason: string; message: string; at: number }): Run {
  const { intent: _intent, ...rest } = withoutReason(run);
  const id = run.operation?.id;
  const previous =
    run.state === 'Pending' ? run.previous : { ...(id === undefined ? {} : { id }), reason: next.reason };
  return {
    ...rest,
    state: 'Pending',
    reason: next.reason,
    message: cut(next.message),
    notBefore: rfc3339(next.at),
    ...(previous === undefined ? {} : { previous }),
  };
}

function seedOf(run: Run): string {
  return `${run.name}/${run.podUID}/${run.attempts}/${run.failures}`;
}
