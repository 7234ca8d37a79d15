// Random worlds: whatever Pods, Sidecars, clocks and people do, a plan never throws, never sends without its intent,
// never sends to a busy node, never has two racks at work, never leaves a final state, and never spins on the spot.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Node, Observation, Operation, Outcome, Plan, Run, RunStatus, SidecarView } from '../../src/core/model.ts';
import { plan } from '../../src/core/plan.ts';
import { isActive, isOver } from '../../src/core/run.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { id, NOW, observation, operation, racked, SECOND, spec } from '../support/builders.ts';
import { complaintsAbout } from '../support/crd-schema.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const RACKS = ['r1', 'r1', 'r2', 'r2'];
const STATES = ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED'] as const;
const TEXTS = [
  'Aborted cleaning up at least one table',
  'Failed marking some sstables compacting',
  'CompactionInterruptedException',
  'java.io.EOFException',
  'Keyspace shop does not exist',
  'Node is involved in cluster membership changes',
  'boom',
];

/** The first of these in most cases. */
function mostly<T>(usual: T, ...rest: T[]): fc.Arbitrary<T> {
  const others = fc.constantFrom(usual, ...rest);
  return fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: others });
}

const anOperation = fc.record({
  n: fc.integer({ min: 1, max: 6 }),
  state: fc.constantFrom(...STATES),
  text: fc.option(fc.constantFrom(...TEXTS), { nil: undefined }),
  torn: mostly(false, true),
  stranger: fc.integer({ min: 0, max: 3 }),
});

const aSidecar = fc.record({
  listAge: mostly(10, 0, 2_999, 5_000, 40_000, -60_000),
  list: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(anOperation, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  cassandra: mostly('NORMAL', 'LEAVING', 'DECOMMISSIONED', 'UNKNOWN', 'silent'),
  cassandraAge: mostly(10, 2_000, 8_000, 20_000),
  version: fc.constantFrom('4.1.0', '4.1.10', undefined),
  told: fc.option(anOperation, { nil: undefined }),
  known: mostly(true, false),
});

const aPod = fc.record({
  here: mostly(true, false),
  ready: mostly(true, false),
  replaced: mostly(false, true),
  restarted: mostly(false, true),
  sidecar: aSidecar,
});

const aStep = fc.record({
  pods: fc.tuple(aPod, aPod, aPod, aPod),
  passes: fc.constantFrom(0, 100, 1_000, 10_000, 40_000, 400_000, 4_000_000, -30_000),
  results: fc.array(fc.constantFrom('created', 'notSent', 'rejected', 'permanent', 'unknown', 'late'), {
    maxLength: 4,
  }),
  suspend: mostly(false, true),
  busy: mostly(false, true),
});

const aWorld = fc.record({
  steps: fc.array(aStep, { minLength: 1, maxLength: 14 }),
  parallelism: fc.integer({ min: 1, max: 4 }),
  backoffLimitPerNode: fc.integer({ min: 0, max: 2 }),
  maxFailedNodes: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  activeDeadlineSeconds: fc.option(fc.constantFrom(1, 600, 90_000), { nil: undefined }),
});

type World = typeof aWorld extends fc.Arbitrary<infer T> ? T : never;
type StepOf = World['steps'][number];

function operationOf(told: {
  n: number;
  state: Operation['state'];
  text: string | undefined;
  torn: boolean;
  stranger: number;
}) {
  const whole = operation(id(told.n), told.state, told.stranger === 0 ? { keyspace: 'elsewhere' } : {});
  const { completionTime: _c, ...torn } = whole;
  const said = told.torn ? torn : whole;
  return told.text === undefined || told.state !== 'FAILED' ? said : { ...said, failureCause: { message: told.text } };
}

function viewOf({ sidecar }: StepOf['pods'][number], now: number, asked: string | undefined): SidecarView | undefined {
  if (!sidecar.known) return undefined;
  const said = (age: number) => ({ askedAt: now - age - 1, answeredAt: now - age });
  const error = { kind: 'unreachable' as const, message: 'connect timed out' };
  const list = sidecar.list?.map(operationOf);
  const told = sidecar.told === undefined ? null : { ...operationOf(sidecar.told), id: asked ?? id(1) };
  return {
    list: { ...said(sidecar.listAge), ...(list === undefined ? { error } : { value: list }) },
    cassandra: {
      ...said(sidecar.cassandraAge),
      ...(sidecar.cassandra === 'silent' ? { error } : { value: sidecar.cassandra as 'NORMAL' }),
    },
    ...(sidecar.version === undefined ? {} : { version: { ...said(0), value: sidecar.version } }),
    ...(asked === undefined
      ? {}
      : {
          operation: {
            ...said(10),
            id: asked,
            firstAskedAt: now - 1_000,
            value: told,
            ...(told === null ? {} : { earlier: told }),
          },
        }),
  };
}

/** The world as one look sees it. */
function seen(world: World, step: StepOf, status: RunStatus, now: number): Observation {
  const operations = new Map((status.nodes ?? []).map((run) => [run.name, run.operation?.id]));
  const nodes = NAMES.flatMap((name, index): Node[] => {
    const pod = step.pods[index];
    if (pod === undefined || !pod.here) return [];
    const uid = pod.replaced ? `new-${name}` : `uid-${name}`;
    const sidecarContainer = pod.restarted ? 'another' : `container-of-${name}`;
    return [racked(name, RACKS[index] ?? '', { uid, sidecarContainer, ready: pod.ready })];
  });
  const views = Object.fromEntries(
    nodes.map(({ name }) => {
      const pod = step.pods[NAMES.indexOf(name as 'a')];
      return [name, (pod && viewOf(pod, now, operations.get(name))) ?? null];
    }),
  );
  const { steps: _steps, maxFailedNodes, activeDeadlineSeconds, ...limits } = world;
  return observation({
    nodes,
    views,
    status,
    now,
    reconcileId: `reconcile-${now}`,
    outcomes: outcomesOf(step, status, now),
    submitting: new Set(step.busy ? ['uid-a'] : []),
    intentAge: new Map(
      (status.nodes ?? []).flatMap(({ intent }) => (intent === undefined ? [] : [[intent.id, 31 * SECOND]])),
    ),
    spec: spec({
      ...limits,
      suspend: step.suspend,
      ...(maxFailedNodes === undefined ? {} : { maxFailedNodes }),
      ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }),
    }),
  });
}

function outcomesOf(step: StepOf, status: RunStatus, now: number): Outcome[] {
  const open = (status.nodes ?? []).filter((run) => run.intent !== undefined);
  return open.flatMap((run, index) => outcomeOf(run, step.results[index], now));
}

function outcomeOf({ name: node, intent }: Run, result: StepOf['results'][number] | undefined, now: number): Outcome[] {
  const base = { node, intentId: intent?.id ?? '' };
  const created = { result: 'created' as const, operation: operation(id(100 + (now % 50)), 'RUNNING') };
  switch (result) {
    case undefined:
      return [];
    case 'created':
      return [{ ...base, ...created }];
    case 'late':
      return [{ ...base, ...created, intentId: 'of-long-ago' }];
    case 'rejected':
    case 'permanent':
      return [{ ...base, result: 'rejected', permanent: result === 'permanent', message: 'HTTP 4xx' }];
    default:
      return [{ ...base, result, message: 'x' }];
  }
}

const entries = (status: RunStatus) => new Map((status.nodes ?? []).map((run) => [run.name, run]));

function check(seenNow: Observation, decided: Plan, before: RunStatus): void {
  expect(complaintsAbout(decided.status)).toEqual([]);
  const after = entries(decided.status);
  for (const submission of decided.submissions) {
    expect(after.get(submission.node.name)).toMatchObject({ state: 'Submitting', intent: { id: submission.intentId } });
    const list = seenNow.views.get(submission.node.uid)?.list?.value ?? [];
    expect(list.filter(({ state }) => state === 'PENDING' || state === 'RUNNING')).toEqual([]);
  }
  const racks = new Set([...after.values()].filter(isActive).map((run) => run.rack));
  // A Pod that comes back in the midst of its cleanup brings its rack with it.
  const mayBeActive = (run: Run) => isActive(run) || (run.state === 'Skipped' && run.reason === 'PodGone');
  const racksBefore = new Set((before.nodes ?? []).filter(mayBeActive).map((run) => run.rack));
  expect(racks.size).toBeLessThanOrEqual(Math.max(1, racksBefore.size));
  for (const [name, run] of entries(before)) checkEntry(run, after.get(name));
  expect(decided.status.progressPercent ?? 0).toBeGreaterThanOrEqual(before.progressPercent ?? 0);
  if (!ended(decided.status)) expect(decided.recheckAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(seenNow.now);
}

function checkEntry(before: Run, after: Run | undefined): void {
  if (isOver(before) && before.reason !== 'PodGone') expect(after?.state).toBe(before.state);
  expect(after?.attempts ?? 0).toBeGreaterThanOrEqual(Math.max(0, (before.attempts ?? 0) - 1));
}

function ended({ state }: RunStatus): boolean {
  return state === 'Completed' || state === 'Failed';
}

/** Where looking again at once would decide more, something must call for that look. */
function checkCalled(seenNow: Observation, decided: Plan): void {
  const again = plan({ ...seenNow, resource: { ...seenNow.resource, status: decided.status }, outcomes: [] }, cleanup);
  const states = (one: Plan) => (one.status.nodes ?? []).map((run) => `${run.name} ${run.state} ${run.reason}`);
  const isCalled = decided.needs.length + decided.wantsLive.length + decided.submissions.length > 0;
  if (!isCalled && decided.recheckAt === undefined) expect(states(again)).toEqual(states(decided));
}

/** Lives through a world; returns the states and reasons that it came to. */
function live(world: World): string[] {
  let status: RunStatus = { observedGeneration: -1, state: 'Pending' };
  let now = NOW;
  const reached: string[] = [];
  for (const step of world.steps) {
    now += step.passes;
    const seenNow = seen(world, step, status, now);
    const decided = plan(seenNow, cleanup);
    check(seenNow, decided, status);
    checkCalled(seenNow, decided);
    if (ended(status)) expect(decided.status).toEqual(status);
    status = decided.status;
    for (const run of status.nodes ?? []) reached.push(`${run.state} ${run.reason ?? ''}`);
  }
  return [...reached, status.state ?? ''];
}

test('the invariants hold in random worlds, and those worlds are wide', () => {
  const reached = new Set<string>();
  const world = (one: World) => {
    for (const word of live(one)) reached.add(word);
  };
  fc.assert(fc.property(aWorld, world), { numRuns: Number(process.env['RANDOM_WORLDS'] ?? 400) });
  const wide = ['Completed ', 'Failed', 'Submitting ', 'Running PodGone', 'Pending NotDelivered'];
  expect([...reached]).toEqual(expect.arrayContaining(wide));
});
