// Which nodes start now: slots, batches, and the caps of both.
import { describe, expect, test } from '@jest/globals';
import type { Node, SidecarView } from '../../src/core/model.ts';
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
  silence,
  submitted,
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

  test('a node whose answers are on their way keeps its slot', () => {
    const plan = planned({ views: { a: null } });
    expect(plan.submissions).toEqual([]);
    expect(plan.needs).toEqual([{ uid: 'uid-a', what: 'list', at: NOW }]);
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

  test('but no longer', () => {
    const old: SidecarView = view({ list: answer([], 200) });
    expect(submitted(planned({ ...parallel, views: { a: old, b: old, c: stale } }))).toEqual(['a', 'b']);
  });

  test('and not at all for a node that will not start now anyway', () => {
    const busy = view({ list: answer([operation(id(9), 'RUNNING')]) });
    expect(submitted(planned({ ...parallel, views: { a: busy } }))).toEqual(['b', 'c']);
    expect(submitted(planned({ ...parallel, views: { a: view({ list: silence() }) } }))).toEqual(['b', 'c']);
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
