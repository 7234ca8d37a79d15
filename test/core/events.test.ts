// Which changes become Kubernetes Events.
import { describe, expect, test } from '@jest/globals';
import { eventsBetween, warnings } from '../../src/core/events.ts';
import type { Run } from '../../src/core/model.ts';
import { condition, id, node, planned, run, running, status, submitting } from '../support/builders.ts';

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
      ['Warning NodeRetrying: its turn comes again'],
    ],
    [
      'was silent for too long',
      run('a', 'Pending', { reason: 'SidecarUnreachable' }),
      run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'refused', failures: 1 }),
      ['Warning NodeRetrying: SidecarUnreachable: refused'],
    ],
    ['goes on as before', running('a', id(1)), running('a', id(1)), []],
  ])('%s', (_what, before, after, expected) => {
    expect(between(before, after)).toEqual(expected);
  });
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
  const seen = { ...planned(), strays: [{ node: 'a', id: id(1) }], unsafe: ['b'] };
  expect(warnings(seen)).toMatchObject([
    { type: 'Warning', reason: 'StrayOperation', node: 'a' },
    { type: 'Warning', reason: 'ClusterUnstable', node: 'b' },
  ]);
});
