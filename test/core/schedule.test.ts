// Which nodes start now: slots, batches, and the caps of both.
import { describe, expect, test } from '@jest/globals';
import type { Node, Run, SidecarView } from '../../src/core/model.ts';
import {
  answer,
  entry,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  polled,
  racked,
  run,
  running,
  SECOND,
  silence,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const many = (count: number): Node[] =>
  Array.from({ length: count }, (_, index) => node(`n${String(index).padStart(3, '0')}`));
const live = (n: number) => view({ operation: polled(id(n), operation(id(n), 'RUNNING')) });

describe('slots', () => {
  test.each([1, 2, 3, 50])('parallelism %i', (parallelism) => {
    expect(submitted(planned({ spec: { parallelism } }))).toEqual(['a', 'b', 'c'].slice(0, parallelism));
  });

  test('live operations hold theirs, also where parallelism was lowered meanwhile', () => {
    const runs = [running('a', id(1)), running('b', id(2)), run('c', 'Pending')];
    const views = { a: live(1), b: live(2) };
    expect(submitted(planned({ runs, views, spec: { parallelism: 3 } }))).toEqual(['c']);
    expect(submitted(planned({ runs, views, spec: { parallelism: 1 } }))).toEqual([]);
  });

  test('a slot that becomes free is used in the very plan that sees it', () => {
    const views = { a: view({ operation: polled(id(1), operation(id(1), 'COMPLETED')) }) };
    const plan = planned({ runs: [running('a', id(1)), run('b', 'Pending')], views, nodes: [node('a'), node('b')] });
    expect(entry(plan, 'a').state).toBe('Completed');
    expect(submitted(plan)).toEqual(['b']);
  });

  test('200 intents stand in a status at most', () => {
    expect(planned({ nodes: many(250), spec: { parallelism: 250 } }).submissions).toHaveLength(200);
  });

  test('those that stand there already count, live operations do not', () => {
    const old = (name: string) => submitting(name, MINUTE, { reason: 'OutcomeUnknown', since: time(-SECOND) });
    const runs = many(250).map(({ name }, n) => (n < 150 ? old(name) : running(name, id(n))));
    const nodes = [...many(250), ...Array.from({ length: 100 }, (_, n) => node(`x${n}`))];
    const views = Object.fromEntries(many(250).map(({ name }, n) => [name, live(n)]));
    const plan = planned({ nodes, runs, views, spec: { parallelism: 2_000 } });
    expect(plan.submissions).toHaveLength(50);
  });

  test.each([
    ['nobody has asked yet', null],
    ['has said nothing of its list', { cassandra: answer('NORMAL' as const) }],
  ])('a node that %s keeps its slot until it is heard', (_what, a) => {
    const plan = planned({ views: { a } });
    expect(plan.submissions).toEqual([]);
    expect(plan.needs).toEqual([{ uid: 'uid-a', what: 'list', at: NOW }]);
    expect(plan.lasting).toEqual([]);
  });

  test('what a start asks for now is told from what is asked of live operations, and from what is asked later', () => {
    const runs = [running('a', id(1)), run('b', 'Pending'), run('c', 'Pending')];
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    const plan = planned({ runs, views: { a: live(1), b: busy, c: null }, spec: { parallelism: 3 } });
    const asked = (needs: typeof plan.needs) => needs.map(({ uid, what }) => `${uid} ${what}`);
    expect(asked(plan.needs)).toEqual(['uid-a operation', 'uid-a version', 'uid-b list', 'uid-c list']);
    expect(asked(plan.lasting)).toEqual(['uid-a operation', 'uid-a version', 'uid-b list']);
  });

  test('beside a live operation its rack goes on, and no other', () => {
    const nodes = [racked('a', 'r1'), racked('b', 'r0'), racked('c', 'r1')];
    const runs = [running('a', id(1), { rack: 'r1' })];
    expect(submitted(planned({ nodes, runs, views: { a: live(1) }, spec: { parallelism: 3 } }))).toEqual(['c']);
  });

  test('no more Pods are read than slots are free', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name, { live: false }));
    expect(planned({ nodes, spec: { parallelism: 2 } }).wantsLive).toEqual(['a', 'b']);
  });

  test('beside live operations in two racks, as where a Pod came back in the midst of its cleanup, nothing starts', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((name, index) => racked(name, `r${index % 2}`));
    const runs = [running('a', id(1), { rack: 'r0' }), running('b', id(2), { rack: 'r1' })];
    const plan = planned({ nodes, runs, views: { a: live(1), b: live(2) }, spec: { parallelism: 4 } });
    expect(submitted(plan)).toEqual([]);
    expect(
      submitted(planned({ nodes, runs: [runs[0] as Run], views: { a: live(1) }, spec: { parallelism: 4 } })),
    ).toEqual(['c']);
  });

  test('a rack that takes only some of the slots leaves none to the next one', () => {
    const nodes = [racked('a', 'r1'), racked('b', 'r1'), racked('c', 'r2')];
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    expect(submitted(planned({ nodes, views: { a: busy }, spec: { parallelism: 3 } }))).toEqual(['b']);
  });

  test('a rack all of whose nodes must wait leaves its slots to the next one', () => {
    const nodes = [racked('a', 'r1'), racked('b', 'r2'), racked('c', 'r2'), racked('d', 'r2')];
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    expect(submitted(planned({ nodes, views: { a: busy }, spec: { parallelism: 2 } }))).toEqual(['b', 'c']);
  });

  test('nodes without a rack are one of their own, the first', () => {
    const nodes = [racked('a', 'r1'), node('b'), node('c')];
    expect(submitted(planned({ nodes, spec: { parallelism: 3 } }))).toEqual(['b', 'c']);
    const runs = [running('c', id(1)), run('a', 'Pending'), run('b', 'Pending')];
    expect(submitted(planned({ nodes, runs, views: { c: live(1) }, spec: { parallelism: 3 } }))).toEqual(['b']);
  });

  test('the next rack starts in the same plan as the last node of the one before ends', () => {
    const nodes = [racked('a', 'r1'), racked('b', 'r2')];
    const views = { a: view({ operation: polled(id(1), operation(id(1), 'COMPLETED')) }) };
    const runs = [running('a', id(1), { rack: 'r1' }), run('b', 'Pending', { rack: 'r2' })];
    expect(submitted(planned({ nodes, runs, views }))).toEqual(['b']);
  });
});

describe('batches', () => {
  const parallel = { spec: { parallelism: 3 } };
  const stale = view({ list: answer([], 4_000) });

  test('nodes that are ready wait 200 ms for those that are being asked, so that one write holds all', () => {
    const plan = planned({ ...parallel, views: { c: stale } });
    expect(plan.submissions).toEqual([]);
    expect(plan.recheckAt).toBe(NOW + 100);
    expect(plan.needs).toContainEqual({ uid: 'uid-c', what: 'list', at: NOW });
  });

  test('counted from the first answer of those that are ready', () => {
    const views = { a: view({ list: answer([], 50) }), b: view({ list: answer([], 150) }), c: stale };
    expect(planned({ ...parallel, views }).recheckAt).toBe(NOW + 50);
  });

  test('but no longer', () => {
    const old: SidecarView = view({ list: answer([], 200) });
    expect(submitted(planned({ ...parallel, views: { a: old, b: old, c: stale } }))).toEqual(['a', 'b']);
  });

  test('and not at all for a node that will not start now anyway', () => {
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    expect(submitted(planned({ ...parallel, views: { a: busy } }))).toEqual(['b', 'c']);
    expect(submitted(planned({ ...parallel, views: { a: view({ list: silence() }) } }))).toEqual(['b', 'c']);
  });

  test('nor for one whose Cassandra is asked, as all of them are asked by then', () => {
    const old = { version: answer('4.1.10'), cassandra: answer('NORMAL' as const, 4_000) };
    const plan = planned({ ...parallel, views: { a: view({ version: answer('4.1.10') }), b: view(old) } });
    expect(submitted(plan)).not.toContain('b');
    expect(submitted(plan)).toContain('a');
  });

  test('nor for an open intent of an earlier batch', () => {
    const before = submitting('a', MINUTE, { reason: 'OutcomeUnknown', since: time(-SECOND) });
    const runs = [before, run('b', 'Pending'), run('c', 'Pending')];
    const views = { a: view({ list: answer([], 250) }), c: stale };
    const plan = planned({ ...parallel, runs, views });
    expect(plan.submissions).toEqual([]);
    expect(entry(plan, 'b')).toEqual(run('b', 'Pending'));
    expect(plan.recheckAt).toBe(NOW + 100);
  });

  test('meanwhile no Pod is read, and what stands in the way of others is written', () => {
    const nodes = [node('a', { live: false }), node('b'), node('c'), node('d')];
    const views = { b: view({ list: answer([operation(id(9), 'RUNNING')]) }), d: stale };
    const plan = planned({ spec: { parallelism: 4 }, nodes, views });
    expect(plan.wantsLive).toEqual([]);
    expect(plan.submissions).toEqual([]);
    expect(entry(plan, 'b').reason).toBe('WaitingForNodeOperation');
    expect(plan.recheckAt).toBe(NOW + 100);
  });

  test('the Pods of a batch are read together', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name, { live: false }));
    const plan = planned({ ...parallel, nodes });
    expect(plan.wantsLive).toEqual(['a', 'b', 'c']);
    expect(plan.submissions).toEqual([]);
  });

  test('all intents of a batch have its name, each node its own baseline', () => {
    const listed = view({ list: answer([operation(id(4), 'COMPLETED')]) });
    const plan = planned({ ...parallel, views: { b: listed } });
    expect(plan.submissions.map(({ intentId }) => intentId)).toEqual(['reconcile-1', 'reconcile-1', 'reconcile-1']);
    expect(entry(plan, 'a').intent?.baseline).toBeUndefined();
    expect(entry(plan, 'b').intent?.baseline).toEqual([id(4)]);
  });
});

describe('pauses', () => {
  test('end at the very moment that they name', () => {
    const runs = [run('a', 'Pending', { notBefore: time(), reason: 'OperationFailed' })];
    expect(submitted(planned({ nodes: [node('a')], runs }))).toEqual(['a']);
  });

  test('a node in its pause is left alone until it is over, and the plan says when', () => {
    const runs = [run('a', 'Pending', { notBefore: new Date(NOW + MINUTE).toISOString(), reason: 'OperationFailed' })];
    const plan = planned({ nodes: [node('a')], runs });
    expect(plan).toMatchObject({ submissions: [], needs: [], recheckAt: NOW + MINUTE });
  });

  test('a pause that is over is no reason to look again and again while something else stands in the way', () => {
    const runs = [run('a', 'Pending', { notBefore: new Date(NOW - MINUTE).toISOString(), reason: 'OperationFailed' })];
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    expect(planned({ nodes: [node('a')], runs, views: { a: busy } }).recheckAt).toBeUndefined();
  });
});
