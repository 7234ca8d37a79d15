// The plan of one reconcile as a whole: what holds a run, what it sends, and whom it asks.
import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/core/model.ts';
import {
  answer,
  condition,
  entry,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  other,
  planned,
  polled,
  run,
  running,
  SECOND,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const done = (name: string) => run(name, 'Completed', { attempts: 1 });
const lone = [node('a')];
const live = (n: number) => view({ operation: polled(id(n), operation(id(n), 'RUNNING')) });

describe('a selector that no Pod can ever match', () => {
  const bad = { matchLabels: { app: 'a b' } };

  test.each([
    ['podSelector', { podSelector: bad }],
    ['clusterSelector', { clusterSelector: bad }],
  ])('%s ends the run as InvalidRequest before it has begun, and sends nothing', (field, change) => {
    const plan = planned({ spec: change });
    expect(condition(plan, 'Failed')).toMatchObject({ status: 'True', reason: 'InvalidRequest' });
    expect(condition(plan, 'Failed').message).toContain(`${field}.matchLabels: no Pod can`);
    expect(plan).toMatchObject({ submissions: [], needs: [], wantsLive: [], strays: [], unsafe: [], expired: false });
  });

  test('podSelector is named first where neither can be', () => {
    const plan = planned({ spec: { podSelector: bad, clusterSelector: bad } });
    expect(condition(plan, 'Failed').message).toMatch(/^podSelector/);
  });

  test('ends no run that has something going: its entries stay as they are', () => {
    const runs = [running('a', id(1)), run('b', 'Pending')];
    const plan = planned({ runs, spec: { podSelector: bad } });
    expect(plan.status.nodes).toEqual(runs);
    expect(plan.status.conditions).toBeUndefined();
  });

  test('ends one whose nodes all wait or are done', () => {
    const plan = planned({ runs: [done('a'), run('b', 'Pending')], spec: { podSelector: bad } });
    expect(condition(plan, 'Failed').status).toBe('True');
    expect(plan.status.nodes).toHaveLength(2);
  });
});

describe('why a run starts nothing', () => {
  const reasonOf = (change: Parameters<typeof planned>[0]) => condition(planned(change), 'Reconciling');
  const all = {
    metadata: { deletionTimestamp: time() },
    spec: { suspend: true },
    nodes: [] as ReturnType<typeof node>[],
    others: [other('x', { active: true })],
  };

  test('being deleted comes first', () => {
    expect(reasonOf({ ...all, spec: {} })).toMatchObject({
      reason: 'Deleting',
      message: 'the resource is being deleted',
    });
  });

  test('being deleted also stops a run that could start', () => {
    expect(submitted(planned({ metadata: { deletionTimestamp: time() } }))).toEqual([]);
  });

  test('no Pod comes before another run', () => {
    const { metadata: _m, spec: _s, ...rest } = all;
    expect(reasonOf(rest)).toMatchObject({ reason: 'NoNodesMatched', message: 'no Pod matches podSelector' });
  });

  test('nodes that are done or wait for their Pods say NoNodesMatched, a live one does not', () => {
    expect(reasonOf({ nodes: [], runs: [run('a', 'Pending')] }).reason).toBe('NoNodesMatched');
    expect(reasonOf({ nodes: [], runs: [run('b', 'Pending'), running('a', id(1))] }).reason).not.toBe('NoNodesMatched');
  });

  test('a suspended run asks nobody and reads no Pod', () => {
    expect(planned({ spec: { suspend: true } })).toMatchObject({ submissions: [], needs: [], wantsLive: [] });
  });

  test('another run is named', () => {
    expect(reasonOf({ others: all.others }).message).toBe('waiting for x, which cleans the same cluster');
  });

  test('a Pod without a Sidecar, or that must not be called, is named with what is missing', () => {
    const { port: _port, ...bare } = node('b');
    expect(reasonOf({ nodes: [node('a'), bare] }).message).toBe(
      'Pod b has no Sidecar: no port named sidecar or icarus, none with the configured port, no container of that name',
    );
    expect(reasonOf({ nodes: [node('a', { refused: 'it is not ours' })] }).message).toBe(
      'Pod a cannot be called: it is not ours',
    );
  });

  test('2,000 Pods are allowed, and 2,001 are counted in the message', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => node(`n${n}`));
    expect(planned({ nodes: many(2_000) }).submissions).toHaveLength(1);
    expect(reasonOf({ nodes: many(2_001) }).message).toBe('podSelector matches 2001 Pods; at most 2000 are allowed');
  });

  test('a gate that is closed is the reason of the whole run', () => {
    expect(reasonOf({ nodes: [node('a'), node('b', { ready: false })] }).reason).toBe('ClusterUnstable');
  });
});

describe('what is sent', () => {
  test('is the request of the spec, under the name of its intent and with its time', () => {
    expect(planned({ nodes: lone }).submissions).toEqual([
      {
        node: node('a'),
        intentId: 'reconcile-1',
        intentAt: NOW,
        body: { type: 'cleanup', keyspace: 'shop', tables: ['items', 'orders'], jobs: 2 },
      },
    ]);
  });

  test('is never an intent that stood there before', () => {
    const runs = [submitting('a', SECOND), run('b', 'Pending')];
    const plan = planned({ runs, spec: { parallelism: 2 }, nodes: [node('a'), node('b')] });
    expect(submitted(plan)).toEqual(['b']);
  });

  test('an outcome that came back is written in the same plan as what follows from it', () => {
    const created: Outcome = {
      node: 'a',
      intentId: 'intent-1',
      result: 'created',
      operation: operation(id(1), 'RUNNING'),
    };
    const plan = planned({ runs: [submitting('a', SECOND)], nodes: lone, outcomes: [created] });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Running', operation: { id: id(1) } });
    expect(plan.recorded).toEqual([created]);
    expect(plan.strays).toEqual([]);
  });

  test('an operation that no intent stands for is a stray', () => {
    const created: Outcome = {
      node: 'a',
      intentId: 'older',
      result: 'created',
      operation: operation(id(1), 'RUNNING'),
    };
    expect(planned({ outcomes: [created] }).strays).toEqual([{ node: 'a', id: id(1) }]);
  });

  test('a Sidecar that has refused for a quarter of an hour fails its node where backoffLimitPerNode is used up', () => {
    const refused: Outcome = { node: 'a', intentId: 'intent-1', result: 'rejected', permanent: false, message: 'busy' };
    const spell = { since: time(-15 * MINUTE), reason: 'SidecarRejected', failures: 3 };
    const plan = planned({ runs: [submitting('a', SECOND, spell)], nodes: lone, outcomes: [refused] });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Failed', reason: 'SidecarRejected' });
  });
});

describe('whom a plan asks', () => {
  test('each thing once, at the earliest time that anybody wants it', () => {
    const unguarded = { version: answer('4.1.0') };
    const runs = [running('a', id(1)), run('b', 'Pending')];
    const views = {
      a: { ...live(1), ...unguarded },
      b: view({ ...unguarded, cassandra: answer('NORMAL' as const, 5 * SECOND) }),
    };
    const { needs } = planned({ runs, views, spec: { parallelism: 2 }, nodes: [node('a'), node('b')] });
    expect(needs.filter(({ uid, what }) => uid === 'uid-b' && what === 'cassandra')).toEqual([
      { uid: 'uid-b', what: 'cassandra', at: NOW },
    ]);
  });

  test('two operations, of two nodes', () => {
    const runs = [running('a', id(1)), running('b', id(2))];
    const { needs } = planned({ runs, views: { a: live(1), b: live(2) }, nodes: [node('a'), node('b')] });
    const asked = needs.filter(({ what }) => what === 'operation').map((need) => `${need.uid} ${need.id}`);
    expect(asked).toEqual([`uid-a ${id(1)}`, `uid-b ${id(2)}`]);
  });
});

describe('a node whose Pod has gone', () => {
  test.each([
    ['Pending', run('b', 'Pending')],
    ['Running', running('b', id(2))],
    ['Completed', done('b')],
  ])('holds the gate while it is expected back: a %s one', (_state, gone) => {
    const plan = planned({ nodes: lone, runs: [run('a', 'Pending'), gone], spec: { parallelism: 2 } });
    expect(plan.submissions).toEqual([]);
  });

  test('and one that was skipped for it does not', () => {
    const gone = run('b', 'Skipped', { reason: 'PodGone' });
    expect(submitted(planned({ nodes: lone, runs: [run('a', 'Pending'), gone] }))).toEqual(['a']);
  });
});
