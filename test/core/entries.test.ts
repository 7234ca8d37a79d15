// The entries of a status before anything is decided: what somebody removed comes back, and each selected Pod has one.
import { describe, expect, test } from '@jest/globals';
import { members, restored } from '../../src/core/entries.ts';
import type { RunStatus } from '../../src/core/model.ts';
import {
  condition,
  entry,
  HOUR,
  MINUTE,
  NOW,
  node,
  observation,
  planned,
  racked,
  resource,
  run,
  running,
  SECOND,
  status,
  submitted,
  time,
} from '../support/builders.ts';

const created = (ageMs: number) => ({ metadata: { creationTimestamp: time(-ageMs) } });
const done = (name: string) => run(name, 'Completed', { attempts: 1 });

describe('a status that is read again', () => {
  const back = (now: RunStatus, lastWritten: RunStatus) =>
    restored({ resource: resource({ status: now }), lastWritten, now: NOW });

  test('an entry that is still there counts as it stands, and once', () => {
    const present = running('a', 'new');
    expect(back(status([present]), status([running('a', 'old')])).nodes).toEqual([present]);
  });

  test('of several entries only the one that somebody removed is put back', () => {
    const [a, b] = [done('a'), running('b', 'op')];
    expect(back(status([a]), status([a, b])).nodes).toEqual([a, b]);
  });

  test('a status without anything else keeps the start of the run and its progress', () => {
    const before = status([done('a')], { startTime: time(-HOUR), progressPercent: 40 });
    expect(back({}, before)).toMatchObject({ startTime: time(-HOUR), progressPercent: 40, nodes: [done('a')] });
  });

  test('one that nobody has written yet begins now, without entries', () => {
    expect(restored({ resource: resource({ status: {} }), now: NOW })).toEqual({ startTime: time(), nodes: [] });
  });

  test('a start in the year 9999 is taken for the present', () => {
    expect(back(status([], { startTime: '9999-01-01T00:00:00Z' }), {}).startTime).toBe(time());
  });
});

describe('one entry for each Pod', () => {
  const names = (before: RunStatus, order: readonly string[]) =>
    members(before, observation({ nodes: order.map((name) => node(name)) })).map(({ name }) => name);

  test.each([['a b c'], ['c b a'], ['b c a'], ['c a b']])('entries stand by name where Pods come as %s', (order) => {
    expect(names(status([]), order.split(' '))).toEqual(['a', 'b', 'c']);
  });

  test('a new Pod is sorted in among those known', () => {
    expect(names(status([done('z'), done('b')]), ['m', 'a'])).toEqual(['a', 'b', 'm', 'z']);
  });

  test('a status that has no list of nodes yet gets one', () => {
    expect(names({}, ['a', 'b'])).toEqual(['a', 'b']);
  });

  test('2,000 are known at most, and one more Pod has to wait outside', () => {
    const entries = Array.from({ length: 1_999 }, (_, index) => done(`n${index}`));
    const kept = names(status(entries), ['x', 'y']);
    expect(kept).toHaveLength(2_000);
    expect(kept.slice(-1)).toEqual(['x']);
  });
});

describe('the rack of a node is what its label says until it starts', () => {
  const rackAfter = (before: ReturnType<typeof run>, pod = racked('a', 'r2')) =>
    members(status([before]), observation({ nodes: [pod] }))[0];

  test('a Pending node moves with its label', () => {
    expect(rackAfter(run('a', 'Pending', { rack: 'r1' }))?.rack).toBe('r2');
  });

  test('a Running or Completed one stays where it was begun', () => {
    expect(rackAfter(running('a', 'op', { rack: 'r1' }))?.rack).toBe('r1');
    expect(rackAfter(run('a', 'Completed', { rack: 'r1' }))?.rack).toBe('r1');
  });

  test('a Pod that has lost its label leaves the node where it was', () => {
    expect(rackAfter(run('a', 'Pending', { rack: 'r1' }), node('a'))?.rack).toBe('r1');
  });

  test('a node without any label has no rack', () => {
    expect(rackAfter(run('a', 'Pending'), node('a'))).toStrictEqual({ name: 'a', state: 'Pending' });
  });

  test('also in a status that can take no further node in', () => {
    const nodes = Array.from({ length: 2_000 }, (_, index) => racked(`n${index}`, 'r2'));
    const entries = nodes.map(({ name }) => run(name, 'Pending', { rack: 'r1' }));
    const racks = members(status(entries), observation({ nodes })).map(({ rack }) => rack);
    expect(new Set(racks)).toEqual(new Set(['r2']));
  });
});

describe('a status without nodes', () => {
  test('says what it waits for, and until when, where its object is not new', () => {
    const plan = planned({ ...created(61 * SECOND), status: {} });
    expect(condition(plan, 'Reconciling').message).toContain('the status named no node although the object is not new');
    expect(entry(plan, 'a')).toMatchObject({ reason: 'StatusWiped', notBefore: time(40 * SECOND) });
    expect(members({}, observation({ ...created(HOUR), nodes: [node('a')] }))[0]?.reason).toBe('StatusWiped');
  });

  test.each([
    ['its object is a minute old', created(MINUTE)],
    ['nobody knows how old its object is', { metadata: { creationTimestamp: '' } }],
    ['this very process wrote it so, as no Pod matched', { ...created(HOUR), lastWritten: status([]) }],
  ])('lets nodes start at once where %s', (_why, change) => {
    expect(submitted(planned({ ...change, status: status([]) }))).toEqual(['a']);
  });

  test('is not one whose nodes are known: a Pod that joins an old run starts at once, after a restart of the operator too', () => {
    const runs = [done('a'), done('b')];
    expect(submitted(planned({ ...created(HOUR), runs }))).toEqual(['c']);
  });
});
