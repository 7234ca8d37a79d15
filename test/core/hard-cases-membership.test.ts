// Hard cases 1 to 6: which Pods a run cleans, which make up its cluster, in which racks they stand, and who goes first.
import { describe, expect, test } from '@jest/globals';
import { membersOf } from '../../src/core/membership.ts';
import { otherRun, restingNodes } from '../../src/core/queue.ts';
import {
  condition,
  entry,
  HOUR,
  MINUTE,
  NOW,
  node,
  operation,
  other,
  planned,
  polled,
  racked,
  resource,
  run,
  running,
  SECOND,
  settings,
  silence,
  spec,
  status,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const done = (name: string) => run(name, 'Completed', { attempts: 1, podUID: `uid-${name}` });

describe('rule 1: membership is open until the run is final', () => {
  test('a Pod that appears while the run goes on gets an entry of its own', () => {
    const plan = planned({ runs: [done('a'), done('b')], nodes: [node('a'), node('b'), node('new')] });
    expect(submitted(plan)).toEqual(['new']);
    expect(condition(plan, 'Finished').status).toBe('False');
  });

  test('an entry is known by the name of its Pod: a Completed one stays so when its Pod is replaced', () => {
    const plan = planned({ runs: [done('a')], nodes: [node('a', { uid: 'another' })] });
    expect(entry(plan, 'a').state).toBe('Completed');
    expect(condition(plan, 'Complete').status).toBe('True');
  });

  test('a finished run takes no further Pod in', () => {
    const first = planned({ runs: [done('a')], nodes: [node('a')] });
    const plan = planned({ status: first.status, nodes: [node('a'), node('late')] });
    expect(plan.status.nodes).toHaveLength(1);
  });

  test('entries that are known are kept, however many new Pods sort before them', () => {
    const nodes = Array.from({ length: 2_000 }, (_, index) => node(`n${String(index).padStart(4, '0')}`));
    const plan = planned({ runs: [running('z', 'op')], nodes: [...nodes, node('z')] });
    expect(plan.status.nodes).toHaveLength(2_000);
    expect(entry(plan, 'z').operation?.id).toBe('op');
  });
});

describe('rule 2: a selected Pod must have a Sidecar, and there are at most 2,000', () => {
  test('a Pod without one makes the run wait as InvalidRequest, naming the Pod', () => {
    const { port: _port, ...bare } = node('b');
    const plan = planned({ nodes: [node('a'), bare] });
    expect(condition(plan, 'Reconciling')).toMatchObject({ status: 'True', reason: 'InvalidRequest' });
    expect(condition(plan, 'Reconciling').message).toContain('Pod b');
    expect(plan.submissions).toEqual([]);
  });

  test('a Pod that must not be called makes the run wait and says why', () => {
    const plan = planned({ nodes: [node('a', { refused: 'the Pod uses the network of its host' })] });
    expect(condition(plan, 'Reconciling').message).toContain('network of its host');
  });

  test('2,001 Pods are too many', () => {
    const nodes = Array.from({ length: 2_001 }, (_, index) => node(`n${index}`));
    const plan = planned({ nodes });
    expect(condition(plan, 'Reconciling')).toMatchObject({ reason: 'InvalidRequest' });
    expect(plan.submissions).toEqual([]);
  });
});

describe('rule 3: the cluster is clusterSelector, or what shares the first cluster label of the selected Pods', () => {
  const elsewhere = (name: string, labels: Record<string, string>) => node(name, { labels });
  const names = (selector: Parameters<typeof spec>[0], nodes: Parameters<typeof membersOf>[1]) =>
    membersOf(spec(selector), nodes, settings).cluster.map(({ name }) => name);

  test('Pods with the same value of the label belong, those with another do not', () => {
    const nodes = [node('a'), elsewhere('x', { 'app.kubernetes.io/instance': 'prod' }), elsewhere('y', { z: 'prod' })];
    expect(names({}, nodes)).toEqual(['a', 'x']);
  });

  test('a Pod of the same release without a Sidecar is no member', () => {
    const { port: _port, ...bare } = elsewhere('web', { 'app.kubernetes.io/instance': 'prod' });
    expect(names({}, [node('a'), bare])).toEqual(['a']);
  });

  test('with clusterSelector only that counts, beside the selected Pods themselves', () => {
    const nodes = [node('a'), elsewhere('x', { 'app.kubernetes.io/instance': 'prod' }), elsewhere('y', { ring: 'r' })];
    expect(names({ clusterSelector: { matchLabels: { ring: 'r' } } }, nodes)).toEqual(['a', 'y']);
  });

  test('a label whose value is the word undefined does not take in Pods without the label', () => {
    const nodes = [node('a', { labels: { app: 'cassandra', 'app.kubernetes.io/instance': 'undefined' } })];
    expect(names({}, [...nodes, elsewhere('x', {})])).toEqual(['a']);
  });
});

describe('rule 4: one run a cluster at a time', () => {
  test('a run waits for another one with an open intent or a live operation, whatever their order', () => {
    const plan = planned({ others: [other('later', { active: true, couldStart: false, created: Date.now() })] });
    expect(plan.submissions).toEqual([]);
    expect(condition(plan, 'Reconciling')).toMatchObject({ reason: 'WaitingForOtherCleanup' });
    expect(condition(plan, 'Reconciling').message).toContain('later');
  });

  test.each([
    ['an older one', { created: 0 }, 0],
    ['a younger one', { created: Date.parse(time(HOUR)) }, 1],
    ['a younger one that has started', { created: Date.parse(time(HOUR)), started: true }, 0],
    ['one of the same second with a smaller UID', { created: Date.parse(time(-5 * SECOND)), uid: 'a' }, 0],
    ['one of the same second with a larger UID', { created: Date.parse(time(-5 * SECOND)), uid: 'z' }, 1],
    ['an older one that cannot start now', { created: 0, couldStart: false }, 1],
  ])('beside %s', (_which, change, submissions) => {
    expect(planned({ others: [other('other', change)] }).submissions).toHaveLength(submissions);
  });

  const waitingFor = (reason: string) => ({
    conditions: [{ type: 'Reconciling', status: 'True' as const, reason, message: '', lastTransitionTime: time() }],
  });
  test.each([
    ['suspended', { spec: { suspend: true } }],
    ['invalid', { status: status([run('a', 'Pending')], waitingFor('InvalidRequest')) }],
    ['being deleted', { metadata: { deletionTimestamp: time() } }],
    ['in a pause on all its nodes', { status: status([run('a', 'Pending', { notBefore: time(MINUTE) })]) }],
    ['unheard by all its Sidecars', { status: status([run('a', 'Pending', { reason: 'SidecarUnreachable' })]) }],
  ])('a run that is %s could not start, so it blocks no other', (_why, change) => {
    expect(otherRun(resource(change), Date.parse(time())).couldStart).toBe(false);
  });

  test('a run whose entries somebody removed keeps its place: what is written back counts', () => {
    const whole = status([done('a'), run('b', 'Pending')]);
    const younger = other('younger', { created: Date.parse(time(HOUR)), started: true });
    const wiped = { status: status([run('b', 'Pending')]), nodes: [node('a'), node('b')], others: [younger] };
    expect(submitted(planned({ ...wiped, lastWritten: whole }))).toEqual(['b']);
    expect(submitted(planned(wiped))).toEqual([]);
  });

  test('a suspended run with an open intent blocks others all the same', () => {
    const seen = otherRun(resource({ spec: { suspend: true }, status: status([submitting('a', 0)]) }), 0);
    expect(seen).toMatchObject({ active: true, started: true });
  });

  test('one submission at a time goes to a Pod', () => {
    const plan = planned({ submitting: new Set(['uid-a']) });
    expect(submitted(plan)).toEqual(['b']);
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'WaitingForNodeOperation' });
  });

  test('a node on which another run waits out a loss is left alone until that wait is over (rule 21)', () => {
    const loss = {
      attempts: 1,
      previous: { reason: 'OperationLost' },
      reason: 'OperationLost',
      notBefore: time(MINUTE),
    };
    const lost = resource({ metadata: { name: 'other' }, status: status([run('a', 'Pending', loss), done('b')]) });
    const plan = planned({ guarded: new Set(restingNodes(lost, NOW)) });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'WaitingForOtherCleanup' });
    expect(submitted(plan)).toEqual(['b']);
    expect(submitted(planned({ guarded: new Set(restingNodes(lost, NOW + MINUTE)) }))).toEqual(['a']);
  });

  test('a node that waits after a failure of another run is not held back: nothing can run there', () => {
    const failed = { attempts: 1, previous: { reason: 'SidecarRejected' }, notBefore: time(MINUTE) };
    expect(restingNodes(resource({ status: status([run('a', 'Pending', failed)]) }), NOW)).toEqual([]);
  });
});

describe('rule 5: racks go one after another by name', () => {
  const nodes = [racked('a', 'r2'), racked('b', 'r1'), racked('c', 'r1')];

  test('the first rack by name starts, and only that one, whatever parallelism allows', () => {
    expect(submitted(planned({ nodes, spec: { parallelism: 9 } }))).toEqual(['b', 'c']);
  });

  test('racks are named datacenter/rack', () => {
    const labels = { 'cassandra.datastax.com/datacenter': 'dc1', 'topology.kubernetes.io/zone': 'z' };
    const plan = planned({ nodes: [node('a', { labels: { app: 'cassandra', ...labels } })] });
    expect(entry(plan, 'a').rack).toBe('dc1/z');
  });

  test('rack 2 may start while a node of rack 1 is in its pause', () => {
    const runs = [run('b', 'Pending', { rack: 'r1', notBefore: time(MINUTE) }), run('c', 'Completed', { rack: 'r1' })];
    expect(submitted(planned({ nodes, runs }))).toEqual(['a']);
  });

  test('but never while a node of rack 1 has a live operation or an open intent', () => {
    const live = view({ operation: polled('op', operation('op', 'RUNNING')) });
    for (const active of [running('b', 'op', { rack: 'r1' }), submitting('b', SECOND, { rack: 'r1' })]) {
      const runs = [active, run('c', 'Completed', { rack: 'r1' })];
      expect(submitted(planned({ nodes, runs, views: { b: live }, spec: { parallelism: 9 } }))).toEqual([]);
    }
  });
});

describe('rule 6: Ready means every container but the Sidecar’s, and not terminating', () => {
  test.each([
    ['a Pod that is not Ready', { ready: false }, 'Pod b is not Ready'],
    ['a terminating Pod', { terminating: true }, 'Pod b is terminating'],
  ])('%s closes the gate for every node, by name', (_what, change, message) => {
    const plan = planned({ nodes: [node('a'), node('b', change)] });
    expect(plan.submissions).toEqual([]);
    expect(condition(plan, 'Reconciling')).toMatchObject({ reason: 'ClusterUnstable', message });
  });

  test('a dead Sidecar alone does not make its node down: a guarded Cassandra beside it is cleaned', () => {
    const guarded = view({ version: { ...silence(), value: '4.1.10' } });
    const plan = planned({ views: { a: guarded, b: { list: silence(), cassandra: silence() } } });
    expect(submitted(plan)).toEqual(['a']);
  });
});
