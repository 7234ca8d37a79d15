// The life of one run on one node: one look at it, whatever state it is in. Pending nodes are only kept here; whether one of
// them starts is decided for all together in schedule.ts.
import { ended } from './attempt.ts';
import { POD_GONE_MS } from './limits.ts';
import type { Run } from './model.ts';
import { stepRunning } from './running.ts';
import { heldFor, withoutReason } from './silence.ts';
import { nodeOf, type Step, type StepContext } from './step.ts';
import { missing, stepSubmitting } from './submitting.ts';
import { earliest, millis, rfc3339 } from './time.ts';

/** Whether nothing can happen to this node any more. */
export function isOver(run: Run): boolean {
  return run.state === 'Completed' || run.state === 'Failed' || run.state === 'Skipped';
}

/** Whether an intent is open or an operation lives: such a node holds its slot, its rack and its cluster. */
export function isActive(run: Run): boolean {
  return run.state === 'Submitting' || run.state === 'Running';
}

/** Looks at one node. */
export function step(run: Run, context: StepContext): Step {
  const node = nodeOf(run, context.observation);
  if (isOver(run)) return over(run, node !== undefined, context);
  if (node === undefined) return gone(run, context);
  const present = run.reason === 'PodGone' ? withoutReason(run) : run;
  if (present.state === 'Submitting') return stepSubmitting(present, node, context);
  if (present.state === 'Running') return stepRunning(present, node, context);
  return { run: present, needs: [] };
}

/** Whether a node whose Pod is not there is still expected back: for ten minutes the whole cluster waits for it. */
export function isAwaited(run: Run, now: number): boolean {
  if (run.state === 'Skipped') return false;
  const isTimed = isOver(run) || run.reason === 'PodGone';
  return !isTimed || heldFor(run, now) < POD_GONE_MS;
}

/** A node that is done: noted is only since when its Pod is gone. One given up for that is cleaned after all if it is back. */
function over(run: Run, isPresent: boolean, { observation: { now } }: StepContext): Step {
  const wasGone = run.state === 'Skipped' && run.reason === 'PodGone';
  const { since, ...rest } = run;
  if (isPresent && wasGone) return { run: { ...withoutReason(run), state: 'Pending' }, needs: [] };
  if (run.state === 'Skipped') return { run, needs: [] };
  if (isPresent) return { run: since === undefined ? run : rest, needs: [] };
  const lookAgainAt = (millis(since) ?? now) + POD_GONE_MS;
  const marked = { ...rest, since: since ?? rfc3339(now) };
  return { run: marked, needs: [], ...(lookAgainAt > now ? { recheckAt: lookAgainAt } : {}) };
}

function gone(run: Run, { observation }: StepContext): Step {
  const { now } = observation;
  const marked = missing(run, now);
  if (heldFor(marked, now) < POD_GONE_MS) {
    return { run: marked, needs: [], recheckAt: (millis(marked.since) ?? now) + POD_GONE_MS };
  }
  return { run: ended(marked, 'Skipped', 'PodGone', `Pod ${run.name} was gone for 10 minutes`), needs: [] };
}

/** Why no further attempt is made in this run, on any node. */
export interface Stop {
  reason: string;
  message: string;
}

/** Ends a Pending node where a deadline or a limit says so; otherwise says when to look again. */
export function closePending(run: Run, stop: Stop | undefined, context: StepContext): Step {
  const { now, resource } = context.observation;
  const deadline = deadlineOf(run, resource.spec.nodeDeadlineSeconds);
  if (deadline !== undefined && now >= deadline) {
    return { run: ended(run, 'Failed', 'DeadlineExceeded', because('nodeDeadlineSeconds has passed', run)), needs: [] };
  }
  if (stop !== undefined) {
    const state = (run.attempts ?? 0) > 0 ? 'Failed' : 'Skipped';
    return { run: ended(run, state, stop.reason, because(stop.message, run)), needs: [] };
  }
  const pauseEnds = millis(run.notBefore) ?? 0;
  const recheckAt = earliest(deadline, pauseEnds > now ? pauseEnds : undefined);
  return { run, needs: [], ...(recheckAt === undefined ? {} : { recheckAt }) };
}

function deadlineOf(run: Run, seconds: number | undefined): number | undefined {
  const startedAt = millis(run.startTime);
  return startedAt === undefined || seconds === undefined ? undefined : startedAt + seconds * 1_000;
}

function because(text: string, run: Run): string {
  return run.message === undefined ? text : `${text}; before: ${run.message}`;
}
