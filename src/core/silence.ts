// What is the same wherever a node does not say what is needed: since when, and which words go into its entry.
import { REREAD_MS } from './limits.ts';
import type { Answer, Run, SidecarError } from './model.ts';
import { millis, rfc3339 } from './time.ts';

const SILENT = ['SidecarUnreachable', 'SidecarInvalidAnswer', 'SidecarRejected'];

/** The entry with a reason, a message, and `since` = the start of this spell (kept while the reason stays, or stays one of silence). */
export function withReason(run: Run, reason: string, message: string, now: number): Run {
  const continues = run.since !== undefined && (run.reason === reason || (isSilent(run.reason) && isSilent(reason)));
  return { ...run, reason, message: cut(message), since: continues ? run.since : rfc3339(now) };
}

/** The entry without reason, message, and the timers that belong to them. */
export function withoutReason(run: Run): Run {
  const { reason: _reason, message: _message, since: _since, ...rest } = run;
  return rest;
}

/** The entry of a node whose Sidecar gave no usable answer. */
export function silent(run: Run, error: SidecarError, now: number): Run {
  const reason = error.kind === 'invalid' ? 'SidecarInvalidAnswer' : 'SidecarUnreachable';
  return withReason(run, reason, error.message, now);
}

/** Reasons of a Pending node that hold only as long as they last: what its own Sidecar or Cassandra says, or does not. */
const WAITS = [
  'SidecarUnreachable',
  'SidecarInvalidAnswer',
  'WaitingForNodeOperation',
  'WaitingForOtherCleanup',
  'TooManyOperations',
  'CassandraNotReady',
  'StatusWiped',
];

/** The entry of a Pending node that nothing of its own stands in the way of any more. */
export function unhindered(run: Run): Run {
  return WAITS.includes(run.reason ?? '') ? withoutReason(run) : run;
}

export function isSilent(reason: string | undefined): boolean {
  return reason !== undefined && SILENT.includes(reason);
}

/** How long the reason of an entry has held, in milliseconds. */
export function heldFor(run: Run, now: number): number {
  return now - (millis(run.since) ?? now);
}

/** Whether an answer is there, good, and asked at or after `time`. */
export function saidAfter<T>(answer: Answer<T> | undefined, time: number): answer is Answer<T> & { value: T } {
  return answer !== undefined && answer.error === undefined && answer.askedAt >= time;
}

/** Whether an answer came at most `ms` ago. */
export function isFresh<T>(answer: Answer<T>, now: number, ms: number): boolean {
  return now - answer.answeredAt <= ms;
}

/** When to ask again after an answer that does not count (yet): at once, but never without a pause. */
export function askAgainAt<T>(answer: Answer<T> | undefined, now: number): number {
  return answer === undefined ? now : Math.max(now, answer.answeredAt + REREAD_MS);
}

/** At most 256 characters (code points), as the schema allows for a message. */
export function cut(text: string, length = 256): string {
  const points = [...text];
  return points.length <= length ? text : `${points.slice(0, length - 1).join('')}…`;
}
