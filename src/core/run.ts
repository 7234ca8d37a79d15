// The life of one run on one node: one look at it, whatever state it is in. Pending nodes are only kept here; whether one of
// them starts is decided for all together in schedule.ts.
import { ended, restMs } from './attempt.ts';
import { POD_GONE_MS } from './limits.ts';
import type { Node, Observation, Run } from './model.ts';
import { stepRunning } from './running.ts';
import { cut, heldFor, withoutReason } from './silence.ts';
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
  if (isOver(run)) return over(run, node, context);
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

/** A node that is done: noted is only since when its Pod is gone. One given up for that goes on where it was if it is back. */
function over(run: Run, node: Node | undefined, { observation }: StepContext): Step {
  const { now } = observation;
  const wasGone = run.state === 'Skipped' && run.reason === 'PodGone';
  const { since, ...rest } = run;
  if (node !== undefined && wasGone) return returned(run, node, observation);
  if (run.state === 'Skipped') return { run, needs: [] };
  if (node !== undefined) return { run: since === undefined ? run : rest, needs: [] };
  const lookAgainAt = (millis(since) ?? now) + POD_GONE_MS;
  const marked = { ...rest, since: since ?? rfc3339(now) };
  return { run: marked, needs: [], ...(lookAgainAt > now ? { recheckAt: lookAgainAt } : {}) };
}

/** Its Pod is back. What is to be asked follows from the state once that is stored: hence another look. */
function returned(run: Run, node: Node, { now, others }: Observation): Step {
  // Meanwhile another run may have begun on this node: its operation must not be taken for the one that was asked for.
  const waits = run.intent !== undefined && others.some(({ active }) => active);
  if (waits) return { run, needs: [], recheckAt: now + 10_000 };
  return { run: back(run, node), needs: [], recheckAt: now + 1_000 };
}

/** What the same Pod was asked for before it left the selection runs on there, or is over: it is not asked for again. */
function back(run: Run, { uid }: Node): Run {
  const known = withoutReason(run);
  const { intent, ...rest } = known;
  // An operation that was given up is the previous one as well (attempt.ts).
  const isOpen = run.operation !== undefined && run.operation.id !== run.previous?.id;
  if (uid === run.podUID && isOpen) return { ...known, state: 'Running' };
  if (uid === run.podUID && intent !== undefined) return { ...known, state: 'Submitting' };
  return { ...rest, state: 'Pending' };
}

function gone(run: Run, { observation }: StepContext): Step {
  const { now } = observation;
  const marked = missing(run, now);
  if (heldFor(marked, now) < POD_GONE_MS) {
    return { run: marked, needs: [], recheckAt: (millis(marked.since) ?? now) + POD_GONE_MS };
  }
  const { since: _since, ...kept } = marked;
  const message = cut(`Pod ${run.name} was gone for 10 minutes`);
  return { run: { ...kept, state: 'Skipped', message }, needs: [] };
}

/** Why no further attempt is made in this run, on any node. */
export interface Stop {
  reason: string;
  message: string;
}

/** Ends a Pending node where a deadline or a limit says so; otherwise says when to look again. What may still run there, forgotten,
 *  is waited for like what runs: the next run of the cluster would start on top of it. */
export function closePending(run: Run, stop: Stop | undefined, context: StepContext): Step {
  const { now, resource } = context.observation;
  const rest = restMs(run, now);
  if (rest > 0) return { run, needs: [], recheckAt: now + rest };
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
