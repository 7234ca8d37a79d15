// A node whose operation has an id: follows it to its end. What the Sidecar writes field by field is believed only when it is
// whole, and an id that it does not know is lost only when its list and the Pod agree (hard cases 21 to 24).
import { afterFailure, ended, failedOnce, lostOnce } from './attempt.ts';
import { pollDelayMs } from './backoff.ts';
import type { Failure } from './failure.ts';
import { gateFor } from './gate.ts';
import { COMPLETED_TORN_MS, FRESH_GUARDED_MS, REREAD_MS } from './limits.ts';
import type { Answer, Need, Node, Operation, Run } from './model.ts';
import { askAgainAt, cut, heldFor, isFresh, saidAfter, silent, withoutReason, withReason } from './silence.ts';
import type { Step, StepContext } from './step.ts';
import { at, oneOfSeveral, shown, unheard } from './submitting.ts';

/** A torn document is whole within a moment: so long it is read again at once. */
const HASTY_MS = 2_000;

const RANK = { PENDING: 0, RUNNING: 1, CANCELLED: 2, FAILED: 2, COMPLETED: 2 };

/** Polls the operation of a node and concludes what has ended. */
export function stepRunning(run: Run, node: Node, context: StepContext): Step {
  const { now, views } = context.observation;
  const id = run.operation?.id ?? '';
  if (node.uid !== run.podUID) return lostIfUnlisted(run, node, context, 0);
  const view = views.get(node.uid)?.operation;
  if (view === undefined || view.id !== id) return { run, needs: [{ uid: node.uid, what: 'operation', id, at: now }] };
  const next = (pause: number): Need => ({ uid: node.uid, what: 'operation', id, at: view.answeredAt + pause });
  const poll = next(pollDelayMs(view.answeredAt - view.firstAskedAt));
  if (view.error !== undefined) return unheard(silent(run, view.error, now), run, poll, now);
  if (view.value === null || view.value === undefined) return lostIfUnlisted(run, node, context, view.askedAt);
  if (!isFinal(view.value)) return { run: progressed(run, view.value), needs: [poll] };
  return isSettled(view.value, view.earlier)
    ? concluded(run, view.value, node, context)
    : halfWritten(run, view.value, { node, context, poll, reread: next(REREAD_MS) });
}

/** Whether an operation has come to its end, by its Sidecar's word. */
export function isFinal({ state }: Pick<Operation, 'state'>): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}

/** Whole, and for the two states that may still change: read twice alike. */
function isSettled(operation: Operation, earlier: Operation | undefined): boolean {
  if (operation.completionTime === undefined) return false;
  if (operation.state === 'COMPLETED') return true;
  if (operation.state === 'FAILED' && operation.failureCause !== undefined) return true;
  return earlier?.state === operation.state && earlier.completionTime === operation.completionTime;
}

/** Takes over what a running operation says; within an attempt its state never goes back and its progress never falls. */
function progressed(run: Run, operation: Operation): Run {
  const told = shown(operation);
  const before = run.operation ?? told;
  const state = RANK[told.state] < RANK[before.state] ? before.state : told.state;
  const progress = Math.max(before.progress ?? 0, told.progress ?? 0);
  const merged = { ...before, ...told, state, ...(told.progress === undefined ? {} : { progress }) };
  const kept = isOneOfSeveral(run) ? besideOthers(run) : withoutReason(run);
  return noted({ ...kept, operation: merged }, operation);
}

/** Its intent stands as long as another operation may be the one that was asked for (submitting.ts). */
function isOneOfSeveral(run: Run): boolean {
  return run.intent !== undefined || run.reason === 'SeveralOperations';
}

function besideOthers(run: Run): Run {
  return run.reason === 'SeveralOperations' ? run : oneOfSeveral(withoutReason(run), 'several');
}

/** What an operation that was one of several waits for before it counts as over, however it ended: the list shows none active. */
function twins(run: Run, node: Node, context: StepContext): Step | undefined {
  if (!isOneOfSeveral(run)) return undefined;
  const { now, resource, views } = context.observation;
  const list = views.get(node.uid)?.list;
  const at = list === undefined ? now : list.answeredAt + pollDelayMs(30_000);
  const waits: Step = { run: besideOthers(run), needs: [{ uid: node.uid, what: 'list', at }] };
  if (!saidAfter(list, now - FRESH_GUARDED_MS)) return waits;
  const others = list.value.filter(({ id }) => id !== run.operation?.id);
  const isBusy = others.some((other) => !isFinal(other) && context.kind.matches(resource.spec, other));
  return isBusy ? waits : undefined;
}

function noted(run: Run, operation: Operation): Run {
  const notes = operation.notes?.join('; ') ?? '';
  if (notes === '' || run.message?.includes(notes)) return run;
  return { ...run, message: cut(run.message === undefined ? notes : withNotes(run.message, operation)) };
}

/** A text with what had to be bounded of the operation (hard case 29). */
function withNotes(text: string, { notes = [] }: Operation): string {
  return [text, ...notes].join('; ');
}

/** A final state that is not whole, or may still change: read again, at first at once; after five minutes it is believed. */
function halfWritten(
  run: Run,
  operation: Operation,
  { node, context, poll, reread }: { node: Node; context: StepContext; poll: Need; reread: Need },
): Step {
  const { now } = context.observation;
  const message = `the Sidecar says ${operation.state}, but not all that goes with it yet; asking again`;
  const known = operation.state === 'COMPLETED' ? { ...run, operation: shown(operation) } : run;
  const waiting = withReason(known, 'CompletionTimeMissing', message, now);
  const held = heldFor(waiting, now);
  if (held < COMPLETED_TORN_MS) return { run: waiting, needs: [held < HASTY_MS ? reread : poll] };
  if (operation.state !== 'COMPLETED') return concluded(run, operation, node, context);
  const end = ended(waiting, 'Completed', 'CompletionTimeMissing', 'the Sidecar never gave a completionTime');
  return twins(waiting, node, context) ?? { run: end, needs: [] };
}

/** The Sidecar does not know the id (said after `since`): lost, if its list lacks it too and the Pod was just read. */
function lostIfUnlisted(run: Run, node: Node, context: StepContext, since: number): Step {
  const { now, views } = context.observation;
  const list = views.get(node.uid)?.list;
  if (list?.error !== undefined && list.askedAt >= since) {
    const askAt = list.answeredAt + pollDelayMs(heldFor(run, now));
    return unheard(silent(run, list.error, now), run, { uid: node.uid, what: 'list', at: askAt }, now);
  }
  if (!saidAfter(list, since)) return { run, needs: [{ uid: node.uid, what: 'list', at: askAgainAt(list, now) }] };
  const listed = list.value.find((operation) => operation.id === run.operation?.id);
  if (listed !== undefined) return listedOnly(run, node, { since, list, now });
  if (node.live !== true) return { run, needs: [], wantsLive: true };
  return { run: lost(run, node, now), needs: [] };
}

/** Its list has it. Where the entry named another Pod (another version may have named none), it runs here; else the Sidecar
 *  contradicts itself, which is no answer. */
function listedOnly(
  run: Run,
  node: Node,
  { since, list, now }: { since: number; list: Answer<readonly Operation[]>; now: number },
): Step {
  const ask = (at: number): Need => ({ uid: node.uid, what: 'operation', id: run.operation?.id ?? '', at });
  if (node.uid !== run.podUID) return { run: at(node, run), needs: [ask(askAgainAt(list, now))] };
  const message = 'the Sidecar lists the operation, but says that it does not know its id';
  const quiet = silent(run, { kind: 'invalid', message }, now);
  return unheard(quiet, run, ask(since + pollDelayMs(Math.max(6_000, heldFor(quiet, now)))), now);
}

function lost(run: Run, node: Node, now: number): Run {
  const sameProcess = node.uid === run.podUID && node.sidecarContainer === run.sidecarContainer;
  return sameProcess
    ? lostOnce(
        run,
        'OutcomeUnknown',
        'the Sidecar no longer lists the operation: it has ended and its result expired',
        now,
      )
    : lostOnce(run, 'OperationLost', 'the Sidecar was restarted and has forgotten the operation', now);
}

function concluded(run: Run, operation: Operation, node: Node, context: StepContext): Step {
  const waits = twins(run, node, context);
  if (waits !== undefined) return waits;
  const told = { ...run, operation: shown(operation) };
  if (operation.state === 'COMPLETED') return { run: completed(run, operation), needs: [] };
  const judgement = judgementOf(context);
  if (operation.state === 'CANCELLED') {
    const text = withNotes('the Sidecar says CANCELLED', operation);
    return { run: failedOnce(told, 'OperationCancelled', text, judgement), needs: [] };
  }
  const failure = context.kind.failure(operation.failureCause);
  const message = withNotes(operation.failureCause?.message ?? 'the Sidecar gave no reason', operation);
  const pending = evidenceFor(failure, node, context);
  if (pending.needs.length > 0) return { run, needs: pending.needs };
  return {
    run: afterFailure(told, pending.failure, message, {
      ...judgement,
      gate: gateFor(node, context.gates, context.observation),
    }),
    needs: [],
  };
}

function judgementOf({ observation }: StepContext) {
  return { now: observation.now, backoffLimit: observation.resource.spec.backoffLimitPerNode };
}

function completed(run: Run, operation: Operation): Run {
  const told = { ...withoutReason(run), operation: shown(operation) };
  return ended(told, 'Completed', undefined, noted(told, operation).message);
}

/** What must be heard before a failure can be judged: the ring's state for `membership`, the node's for `permanent`. */
function evidenceFor(failure: Failure, node: Node, context: StepContext): { failure: Failure; needs: readonly Need[] } {
  const { now, views } = context.observation;
  if (failure.class === 'membership') {
    const gate = gateFor(node, context.gates, context.observation);
    return { failure, needs: gate.verdict === 'asking' ? gate.needs : [] };
  }
  if (failure.class !== 'permanent') return { failure, needs: [] };
  const cassandra = views.get(node.uid)?.cassandra;
  if (cassandra === undefined || !isFresh(cassandra, now, FRESH_GUARDED_MS)) {
    return { failure, needs: [{ uid: node.uid, what: 'cassandra', at: now }] };
  }
  return { failure: cassandra.value === 'NORMAL' ? failure : { ...failure, class: 'refused' }, needs: [] };
}
