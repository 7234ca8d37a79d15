// Which changes become Kubernetes Events.
import { describe, expect, test } from '@jest/globals';
import { eventsBetween, warnings } from '../../src/core/events.ts';
import type { Run } from '../../src/core/model.ts';
import { condition, id, node, other, planned, run, running, status, submitting } from '../support/builders.ts';

const between = (before: Run | undefined, after: Run) =>
  eventsBetween(status(before === undefined ? [] : [before]), status([after])).map(
    ({ type, reason, note }) => `${type} ${reason}: ${note.replace(/^a: /, '')}`,
  );
const back = { attempts: 1, previous: { id: id(1), reason: 'CompactionBusy' } };

describe('a node', () => {
  test.each<[string, Run | undefined, Run, string[]]>([
    ['appears', undefined, run('a', 'Pending'), []],
    ['gets an intent', run('a', 'Pending'), submitting('a', 0), []],
    ['starts', submitting('a', 0), running('a', id(1)), [`Normal NodeStarted: attempt 1: operation ${id(1)}`]],
    [
      'completes',
      running('a', id(1)),
      running('a', id(1), { state: 'Completed' }),
      [`Normal NodeCompleted: operation ${id(1)} completed`],
    ],
    [
      'tries again',
      running('a', id(1)),
      run('a', 'Pending', { ...back, reason: 'CompactionBusy', message: 'busy' }),
      [`Warning NodeRetrying: operation ${id(1)}: CompactionBusy: busy`],
    ],
    ['fails', running('a', id(1)), run('a', 'Failed', { reason: 'DiskFull' }), ['Warning NodeFailed: DiskFull']],
    ['is skipped', run('a', 'Pending'), run('a', 'Skipped', { reason: 'PodGone' }), ['Warning NodeSkipped: PodGone']],
    [
      'is back',
      run('a', 'Skipped', { reason: 'PodGone' }),
      run('a', 'Pending'),
      ['Normal NodeReturned: its Pod is back'],
    ],
    [
      'was silent for too long',
      run('a', 'Pending', { reason: 'SidecarUnreachable' }),
      run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'refused', failures: 1 }),
      ['Warning NodeRetrying: SidecarUnreachable: refused'],
    ],
    ['goes on as before', running('a', id(1)), running('a', id(1)), []],
    [
      'starts its second attempt',
      submitting('a', 0),
      running('a', id(2), { attempts: 2 }),
      [`Normal NodeStarted: attempt 2: operation ${id(2)}`],
    ],
    [
      'appears with an operation',
      undefined,
      running('a', id(1)),
      [`Normal NodeStarted: attempt 1: operation ${id(1)}`],
    ],
    [
      'is out of room',
      running('a', id(1)),
      run('a', 'Failed', { reason: 'DiskFull', message: 'no space' }),
      ['Warning NodeFailed: DiskFull: no space'],
    ],
    [
      'waits on after its first failure',
      run('a', 'Pending', { reason: 'SidecarUnreachable', failures: 1 }),
      run('a', 'Pending', { reason: 'SidecarUnreachable', failures: 1 }),
      [],
    ],
    [
      'fails once more while it waits',
      run('a', 'Pending', { reason: 'SidecarUnreachable', failures: 1 }),
      run('a', 'Pending', { reason: 'SidecarUnreachable', failures: 2 }),
      ['Warning NodeRetrying: SidecarUnreachable'],
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(between(before, after)).toEqual(expected);
  });
});

test('a message names the node, and what the operator was doing to it', () => {
  const went = (before: Run, after: Run) => eventsBetween(status([before]), status([after]));
  const [pending, submitted, live] = [run('a', 'Pending'), submitting('a', 0), running('a', id(1))];
  expect(went(submitted, live)).toEqual([
    {
      ...{ type: 'Normal', reason: 'NodeStarted', action: 'Submit', node: 'a', operation: id(1) },
      note: `a: attempt 1: operation ${id(1)}`,
    },
  ]);
  const completed = { action: 'Poll', node: 'a', note: 'a: operation unknown completed' };
  expect(went(live, run('a', 'Completed'))).toMatchObject([completed]);
  expect(went(live, run('a', 'Failed'))).toMatchObject([{ action: 'Poll', node: 'a' }]);
  expect(went(live, pending)).toMatchObject([{ action: 'Poll', node: 'a' }]);
  expect(went(pending, { ...pending, failures: 1 })).toMatchObject([{ action: 'Observe', node: 'a' }]);
});

describe('the run', () => {
  const waiting = planned({ nodes: [node('a'), node('b', { ready: false })] }).status;
  const suspended = planned({ spec: { suspend: true } }).status;
  const going = planned().status;
  const reasons = (before: Parameters<typeof eventsBetween>[0], after: typeof before) =>
    eventsBetween(before, after).map(({ type, reason }) => `${type} ${reason}`);

  test('begins to wait, once', () => {
    expect(reasons({}, waiting)).toEqual(['Warning ClusterUnstable']);
    expect(reasons(waiting, waiting)).toEqual([]);
  });

  test('waits for another cleanup, which is nothing to worry about', () => {
    const queued = planned({ others: [other('first', { started: true, active: true })] });
    expect(condition(queued, 'Reconciling').reason).toBe('WaitingForOtherCleanup');
    expect(reasons({}, queued.status)).toEqual(['Normal WaitingForOtherCleanup']);
  });

  test('goes on after it has waited, and no event but the ones of its nodes says so', () => {
    const again = { ...waiting, conditions: going.conditions ?? [] };
    expect(reasons(waiting, again)).toEqual([]);
  });

  test('says nothing where no condition is known yet', () => {
    expect(reasons(waiting, {})).toEqual([]);
    expect(reasons({}, {})).toEqual([]);
  });

  test('is said of the resource as a whole, in the words of its condition', () => {
    const message = (one: typeof going) => condition({ status: one }, 'Reconciling').message;
    expect(eventsBetween({}, waiting)).toStrictEqual([
      { type: 'Warning', reason: 'ClusterUnstable', action: 'Reconcile', note: message(waiting) },
    ]);
    expect(eventsBetween(going, suspended)).toContainEqual({
      ...{ type: 'Normal', reason: 'Suspended', action: 'Reconcile' },
      note: 'spec.suspend is true; nothing is running',
    });
    const resumed = { type: 'Normal', reason: 'Resumed', action: 'Reconcile', note: message(waiting) };
    expect(eventsBetween(suspended, waiting)).toEqual([resumed]);
  });

  test('ends while it is suspended: it was not resumed', () => {
    const done = planned({ nodes: [node('a')], runs: [run('a', 'Completed')] }).status;
    expect(reasons({ ...suspended, nodes: done.nodes ?? [] }, done)).toEqual(['Normal Completed']);
  });

  test('fails: a warning, with what the condition says, and once', () => {
    const failed = planned({ nodes: [node('a')], runs: [run('a', 'Failed', { reason: 'DiskFull' })] });
    const note = condition(failed, 'Failed').message;
    const before = { ...going, nodes: failed.status.nodes ?? [] };
    expect(eventsBetween(before, failed.status)).toEqual([
      { type: 'Warning', reason: 'Failed', action: 'Finish', note },
    ]);
    expect(eventsBetween({}, failed.status).map(({ reason }) => reason)).toContain('Failed');
    expect(eventsBetween(failed.status, failed.status)).toEqual([]);
    expect(eventsBetween(failed.status, { ...failed.status, conditions: going.conditions ?? [] })).toEqual([]);
  });

  test('has an event cut to what an Event may hold', () => {
    const conditions = (waiting.conditions ?? []).map((one) => ({ ...one, message: 'm'.repeat(4_096) }));
    expect(eventsBetween({}, { ...waiting, conditions })[0]?.note).toHaveLength(1_000);
    const named = conditions.map((one) => ({ ...one, reason: 'R'.repeat(200) }));
    expect(eventsBetween({}, { ...waiting, conditions: named })[0]?.reason).toHaveLength(128);
  });

  test('is suspended and resumed', () => {
    expect(reasons(going, suspended)).toContain('Normal Suspended');
    expect(reasons(suspended, going)).toContain('Normal Resumed');
  });

  test('ends once, as the condition says', () => {
    const done = planned({ nodes: [node('a')], runs: [run('a', 'Completed')] });
    const [event] = eventsBetween(going, done.status).filter(({ reason }) => reason === 'Completed');
    expect(event).toMatchObject({ type: 'Normal', note: condition(done, 'Complete').message });
    expect(eventsBetween(done.status, done.status)).toEqual([]);
  });
});

test('warnings name the node and what is wrong there', () => {
  const seen = { ...planned(), strays: [{ node: 'a', id: id(1) }], unsafe: [{ node: 'b', state: 'LEAVING' as const }] };
  expect(warnings(planned())).toEqual([]);
  expect(warnings(seen)).toEqual([
    {
      ...{ type: 'Warning', reason: 'StrayOperation', action: 'Submit', node: 'a', operation: id(1) },
      note: `a: operation ${id(1)} runs, but its intent was replaced`,
    },
    {
      ...{ type: 'Warning', reason: 'ClusterUnstable', action: 'Watch', node: 'b' },
      note: 'b: LEAVING while a cleanup runs that cannot be stopped; do not change the ring now',
    },
  ]);
});
