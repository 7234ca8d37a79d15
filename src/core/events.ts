// Which changes are worth a person's look: the Kubernetes Events between two statuses, and the warnings of a plan.
import type { Plan, Run, RunStatus } from './model.ts';
import { cut } from './silence.ts';

/** One Event of `events.k8s.io/v1` about a resource. */
export interface RunEvent {
  type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  reason: string;
  /** What the operator was doing, CamelCase. */
  action: string;
  /** At most 1,024 characters. */
  note: string;
  /** Name of the Pod it is about, where it is about one. */
  node?: string;
  /** Id of the operation it is about, where it is about one. */
  operation?: string;
}

/** Events for the changes from one status to the next. Equal statuses give none. */
export function eventsBetween(before: RunStatus, after: RunStatus): RunEvent[] {
  const known = new Map((before.nodes ?? []).map((run) => [run.name, run]));
  const nodes = (after.nodes ?? []).flatMap((run) => nodeEvents(known.get(run.name), run));
  return [...waitEvents(before, after), ...nodes, ...endEvents(before, after)];
}

/** Events for what a plan saw and no status can hold. */
export function warnings(plan: Plan): RunEvent[] {
  const strays = plan.strays.map(({ node, id }) =>
    event('Warning/StrayOperation/Submit', `operation ${id} runs, but its intent was replaced`, node, id),
  );
  const unsafe = plan.unsafe.map(({ node, state }) =>
    event(
      'Warning/ClusterUnstable/Watch',
      `${state} while a cleanup runs that cannot be stopped; do not change the ring now`,
      node,
    ),
  );
  return [...strays, ...unsafe];
}

function nodeEvents(before: Run | undefined, after: Run): RunEvent[] {
  if (before?.state === after.state || (before === undefined && after.state === 'Pending'))
    return retried(before, after);
  const { name } = after;
  const operation = after.operation?.id;
  if (before?.state === 'Skipped') return [event('Normal/NodeReturned/Observe', 'its Pod is back', name, operation)];
  const id = operation ?? 'unknown';
  switch (after.state) {
    case 'Running':
      return [event('Normal/NodeStarted/Submit', `attempt ${after.attempts ?? 1}: operation ${id}`, name, operation)];
    case 'Completed':
      return [event('Normal/NodeCompleted/Poll', `operation ${id} completed`, name, operation)];
    case 'Failed':
    case 'Skipped':
      return [event(`Warning/Node${after.state}/Poll`, because(after), name, operation)];
    case 'Pending':
      return [event('Warning/NodeRetrying/Poll', `${previous(after)}${because(after)}`, name, after.previous?.id)];
    default:
      return [];
  }
}

/** A failure that counted while the node was Pending: its Sidecar was silent for too long. */
function retried(before: Run | undefined, after: Run): RunEvent[] {
  if (before === undefined || (before.failures ?? 0) >= (after.failures ?? 0)) return [];
  return [event('Warning/NodeRetrying/Observe', because(after), after.name)];
}

function previous(run: Run): string {
  return run.previous?.id === undefined ? '' : `operation ${run.previous.id}: `;
}

function because(run: Run): string {
  return `${run.reason ?? 'its turn comes again'}${run.message === undefined ? '' : `: ${run.message}`}`;
}

/** The run as a whole began to wait for something, or was suspended, or went on. */
function waitEvents(before: RunStatus, after: RunStatus): RunEvent[] {
  const now = conditionOf(after, 'Reconciling');
  const reason = conditionOf(before, 'Reconciling')?.reason;
  if (now === undefined || now.reason === reason) return [];
  if (now.reason === 'Suspended') return [event('Normal/Suspended/Reconcile', now.message)];
  if (reason === 'Suspended' && now.status === 'True') return [event('Normal/Resumed/Reconcile', now.message)];
  if (now.status !== 'True' || now.reason === 'NodesRemaining') return [];
  const type = now.reason === 'WaitingForOtherCleanup' ? 'Normal' : 'Warning';
  return [event(`${type}/${now.reason}/Reconcile`, now.message)];
}

function endEvents(before: RunStatus, after: RunStatus): RunEvent[] {
  const ends = { Complete: 'Normal/Completed/Finish', Failed: 'Warning/Failed/Finish' } as const;
  return (['Complete', 'Failed'] as const).flatMap((type) => {
    const end = conditionOf(after, type);
    if (end?.status !== 'True' || conditionOf(before, type)?.status === 'True') return [];
    return [event(ends[type], end.message)];
  });
}

function conditionOf(status: RunStatus, type: string) {
  return (status.conditions ?? []).find((condition) => condition.type === type);
}

/** `what` is `type/reason/action`. */
function event(
  what: `${RunEvent['type']}/${string}/${string}`,
  note: string,
  node?: string,
  operation?: string,
): RunEvent {
  const [type, reason = '', action = ''] = what.split('/');
  return {
    type: type === 'Warning' ? 'Warning' : 'Normal',
    reason: cut(reason, 128),
    action,
    note: cut(node === undefined ? note : `${node}: ${note}`, 1_000),
    ...(node === undefined ? {} : { node }),
    ...(operation === undefined ? {} : { operation }),
  };
}
