// The plan: from all that one reconcile observed to all that it will do, as plain data. Pure; read this file first.
import { bounded } from './bounds.ts';
import { members, restored } from './entries.ts';
import { exposureOf } from './exposure.ts';
import { gatesOf } from './gate.ts';
import { MAX_NODES } from './limits.ts';
import type { Need, Observation, OperationKind, Plan, Run, RunStatus, Submission } from './model.ts';
import { isFinished, waitsFor } from './queue.ts';
import { record } from './record.ts';
import { closePending, isActive, isAwaited, type Stop, step } from './run.ts';
import { type Schedule, schedule } from './schedule.ts';
import { impossible } from './selector.ts';
import { nodeOf, type Step, type StepContext } from './step.ts';
import { summarize } from './summary.ts';
import { earliest, millis } from './time.ts';

/** Decides one reconcile of an unfinished or finished run. */
export function plan(observation: Observation, kind: OperationKind): Plan {
  if (isFinished(observation.resource)) return finishedPlan(observation);
  const { spec } = observation.resource;
  const bad = impossible(spec.podSelector, 'podSelector') ?? impossible(spec.clusterSelector ?? {}, 'clusterSelector');
  const before = restored(observation);
  if (bad !== undefined) return ended(observation, before, { reason: 'InvalidRequest', message: bad });
  return runPlan(observation, kind, before);
}

function runPlan(observation: Observation, kind: OperationKind, before: RunStatus): Plan {
  const recorded = recordedRuns(observation, before);
  const context: StepContext = {
    observation,
    kind,
    gates: gatesOf(observation, absentNodes(recorded.runs, observation)),
  };
  const steps = recorded.runs.map((run) => step(run, context)).map((one) => closed(one, undefined, context));
  const stop = stopOf(runsOf(steps), before, observation);
  const ends = stop === undefined ? steps : steps.map((one) => closed(one, stop, context));
  const runs = runsOf(ends);
  const hold = holdOf(runs, observation);
  const starts = hold === undefined && stop === undefined ? schedule(runs, context) : idle(runs);
  const verdict = runs.length === 0 ? stop : undefined;
  const exposure = exposureOf(starts.runs, observation);
  const status = statusOf(starts.runs, before, observation, { waiting: hold ?? starts.blocked, verdict });
  const lasting = [...steps.flatMap(({ needs }) => needs), ...exposure.needs];
  const later = starts.needs.filter(({ at }) => at > observation.now);
  const gathered = starts.needs.filter(({ at }) => at <= observation.now);
  return {
    ...emptyPlan(status, observation),
    submissions: submissionsOf(runs, starts.runs, context),
    needs: distinct([...lasting, ...starts.needs]),
    lasting: distinct([...lasting, ...later]),
    gathering: distinct(gathered).length,
    wantsLive: [...names(steps.filter((one) => one.wantsLive)), ...starts.wantsLive],
    ...recheck([...ends, starts, stopAhead(before, observation), endOfLife(status, observation)]),
    strays: recorded.strays,
    unsafe: exposure.unsafe,
  };
}

/** The entries of all members, with what came back from submissions written in. */
function recordedRuns(observation: Observation, before: RunStatus) {
  const { now, outcomes, resource, settings } = observation;
  const { backoffLimitPerNode: backoffLimit } = resource.spec;
  return record(members(before, observation), outcomes, {
    now,
    backoffLimit,
    rejectedAfterMs: settings.unreachableAfterMs,
  });
}

function runsOf(steps: readonly Step[]): Run[] {
  return steps.map(({ run }) => run);
}

/** A look at a node, with what deadlines and limits say of it where it is Pending after that. */
function closed(one: Step, stop: Stop | undefined, context: StepContext): Step {
  if (one.run.state !== 'Pending') return one;
  const { run, recheckAt } = closePending(one.run, stop, context);
  const at = earliest(one.recheckAt, recheckAt);
  return { ...one, run, ...(at === undefined ? {} : { recheckAt: at }) };
}

function names(steps: readonly { run: Run }[]): string[] {
  return steps.map(({ run }) => run.name);
}

function recheck(timed: readonly ({ recheckAt?: number | undefined } | undefined)[]): { recheckAt?: number } {
  const at = timed.reduce<number | undefined>((first, one) => earliest(first, one?.recheckAt), undefined);
  return at === undefined ? {} : { recheckAt: at };
}

function idle(runs: readonly Run[]): Schedule {
  return { runs: [...runs], needs: [], wantsLive: [], recheckAt: undefined, blocked: undefined };
}

function emptyPlan(status: RunStatus, { outcomes }: Observation): Plan {
  return {
    status,
    submissions: [],
    needs: [],
    lasting: [],
    gathering: 0,
    wantsLive: [],
    expired: false,
    strays: [],
    unsafe: [],
    recorded: outcomes,
  };
}

function statusOf(
  runs: readonly Run[],
  before: RunStatus,
  { now, resource }: Observation,
  why: { waiting?: Stop | undefined; verdict?: Stop | undefined },
): RunStatus {
  const input = { now, generation: resource.metadata.generation ?? 0, suspend: resource.spec.suspend, ...why };
  return bounded(summarize(runs, before, input));
}

/** The run is over before it began: what it asks for cannot be. */
function ended(observation: Observation, before: RunStatus, verdict: Stop): Plan {
  const runs = (before.nodes ?? []).filter(isActive);
  if (runs.length > 0) return emptyPlan(before, observation);
  return emptyPlan(statusOf(before.nodes ?? [], before, observation, { verdict }), observation);
}

/** A finished run: only the generation it has seen, and the end of its time to live (hard case 31). */
function finishedPlan(observation: Observation): Plan {
  const { now, resource } = observation;
  const generation = resource.metadata.generation ?? 0;
  const conditions = (resource.status.conditions ?? []).map((condition) => ({
    ...condition,
    observedGeneration: generation,
  }));
  const status = { ...resource.status, observedGeneration: generation, conditions };
  const end = endOfLife(status, observation);
  return { ...emptyPlan(status, observation), ...end, expired: end !== undefined && now >= end.recheckAt };
}

/** When the time to live of a finished run is over. */
function endOfLife(status: RunStatus, { resource }: Observation): { recheckAt: number } | undefined {
  const ttl = resource.spec.ttlSecondsAfterFinished;
  const finishedAt = millis(status.completionTime);
  return ttl === undefined || finishedAt === undefined ? undefined : { recheckAt: finishedAt + ttl * 1_000 };
}

function absentNodes(runs: readonly Run[], { now, selected }: Observation): Run[] {
  return runs.filter((run) => !selected.has(run.name) && isAwaited(run, now));
}

/** A limit of the whole run that ends its Pending nodes. */
function stopOf(runs: readonly Run[], before: RunStatus, observation: Observation): Stop | undefined {
  const { now, resource } = observation;
  const deadline = stopTime(before, observation)?.recheckAt;
  if (deadline !== undefined && now >= deadline) {
    return { reason: 'DeadlineExceeded', message: 'activeDeadlineSeconds has passed' };
  }
  const { maxFailedNodes } = resource.spec;
  const failed = runs.filter((run) => run.state === 'Failed').length;
  if (maxFailedNodes === undefined || failed <= maxFailedNodes) return undefined;
  return { reason: 'MaxFailedNodesExceeded', message: `more than ${maxFailedNodes} nodes failed` };
}

function stopTime(before: RunStatus, { resource }: Observation): { recheckAt: number } | undefined {
  const startedAt = millis(before.startTime);
  const seconds = resource.spec.activeDeadlineSeconds;
  return startedAt === undefined || seconds === undefined ? undefined : { recheckAt: startedAt + seconds * 1_000 };
}

/** The deadline of the whole run while it is still to come: once it has passed there is nothing to look at again. */
function stopAhead(before: RunStatus, observation: Observation): { recheckAt: number } | undefined {
  const deadline = stopTime(before, observation);
  return deadline !== undefined && deadline.recheckAt > observation.now ? deadline : undefined;
}

/** Why this run starts nothing now, although it may later. */
function holdOf(runs: readonly Run[], observation: Observation): Stop | undefined {
  const { others, resource, selected } = observation;
  const hold = (reason: string, message: string) => ({ reason, message });
  if (resource.metadata.deletionTimestamp !== undefined) return hold('Deleting', 'the resource is being deleted');
  if (resource.spec.suspend) return hold('Suspended', 'spec.suspend is true');
  if (selected.size === 0 && runs.every((run) => !isActive(run)))
    return hold('NoNodesMatched', 'no Pod matches podSelector');
  const invalid = invalidSelection(observation);
  if (invalid !== undefined) return hold('InvalidRequest', invalid);
  // Its place is that of the status which is written now: nobody calls a run again for its own write.
  const first = waitsFor({ ...resource, status: { ...resource.status, nodes: runs } }, others);
  if (first === undefined) return undefined;
  return hold('WaitingForOtherCleanup', `waiting for ${first.name}, which cleans the same cluster`);
}

function invalidSelection({ selected }: Observation): string | undefined {
  if (selected.size > MAX_NODES) return `podSelector matches ${selected.size} Pods; at most ${MAX_NODES} are allowed`;
  for (const node of selected.values()) {
    if (node.port === undefined)
      return `Pod ${node.name} has no Sidecar: no port named sidecar or icarus, none with the configured port, no container of that name`;
    if (node.refused !== undefined) return `Pod ${node.name} cannot be called: ${node.refused}`;
  }
  return undefined;
}

function submissionsOf(before: readonly Run[], after: readonly Run[], context: StepContext): Submission[] {
  const body = context.kind.request(context.observation.resource.spec);
  return after.flatMap((run, index) => {
    const node = nodeOf(run, context.observation);
    if (run.state !== 'Submitting' || before[index]?.state !== 'Pending' || node === undefined) return [];
    return [{ node, intentId: run.intent?.id ?? '', intentAt: context.observation.now, body }];
  });
}

/** One need for each thing to hear: the earliest wish wins. */
function distinct(needs: readonly Need[]): Need[] {
  const first = new Map<string, Need>();
  for (const need of new Set(needs)) {
    const key = `${need.uid}/${need.what}/${need.id ?? ''}`;
    const known = first.get(key);
    if (known === undefined || need.at < known.at) first.set(key, need);
  }
  return [...first.values()];
}
