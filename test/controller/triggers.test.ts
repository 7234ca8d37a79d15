// From changes to keys.
import { describe, expect, test } from '@jest/globals';
import { Neighbours } from '../../src/controller/neighbours.ts';
import { createTriggers } from '../../src/controller/triggers.ts';
import type { Node, Resource } from '../../src/core/model.ts';
import {
  id,
  MINUTE,
  node,
  planned,
  resource,
  run,
  running,
  settings,
  status,
  submitting,
  time,
} from '../support/builders.ts';
import { TestNodes, TestResources } from '../support/ports.ts';
import { KEY } from './reconciler-rig.ts';

const PODS = [node('a'), node('b')];

function setUp(nodes: readonly Node[], ...resources: Resource[]) {
  const keys: string[] = [];
  const deleted: string[] = [];
  const store = new TestResources(...resources);
  const triggers = createTriggers({
    resources: store,
    neighbours: new Neighbours({ resources: store, nodes: new TestNodes(nodes), settings }),
    settings,
    enqueue: (key) => keys.push(key),
    deleted: ({ metadata }) => deleted.push(metadata.uid),
  });
  return { keys, deleted, triggers };
}

const waiting = resource({
  metadata: { name: 'later', uid: 'uid-2' },
  status: status([run('a', 'Pending')], {
    conditions: [
      {
        type: 'Reconciling',
        status: 'True',
        reason: 'WaitingForOtherCleanup',
        message: '',
        lastTransitionTime: time(),
      },
    ],
  }),
});
const active = resource({ status: status([running('a', id(1))]) });
const done = resource({ status: planned({ nodes: [node('a')], runs: [run('a', 'Completed')] }).status });

describe('a resource', () => {
  test('that changed is looked at, unless the change is our own', () => {
    const { keys, triggers } = setUp(PODS, active);
    triggers.resourceChanged(KEY, active, active, true);
    expect(keys).toEqual([]);
    triggers.resourceChanged(KEY, active, active, false);
    expect(keys).toEqual([KEY]);
  });

  test('that was created again under its name wakes those that wait: the order of the queue is another one', () => {
    const { keys, triggers } = setUp(PODS, waiting);
    const again = resource({ metadata: { uid: 'uid-3' }, status: active.status });
    triggers.resourceChanged(KEY, again, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('that frees its cluster wakes those that wait, also where the change is our own', () => {
    const { keys, triggers } = setUp(PODS, done, waiting);
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('that frees its cluster wakes also a run whose status does not say yet that it waits', () => {
    const unsaid = resource({ metadata: { name: 'unsaid', uid: 'uid-4' }, status: status([run('a', 'Pending')]) });
    const { keys, triggers } = setUp(PODS, done, unsaid);
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/unsaid']);
  });

  test('that frees its cluster wakes also a run that seems to run: it may be about to say that it waits', () => {
    const busy = resource({ metadata: { name: 'busy', uid: 'uid-5' }, status: active.status });
    const { keys, triggers } = setUp(PODS, done, busy);
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/busy']);
  });

  test('that frees its cluster wakes none that is over', () => {
    const { keys, triggers } = setUp(
      PODS,
      done,
      resource({ metadata: { name: 'over', uid: 'over' }, status: done.status }),
    );
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual([]);
  });

  test('that frees its cluster wakes a run whose request turns out never to have been sent: it goes behind again', () => {
    const first = { metadata: { name: 'first', uid: 'uid-1', creationTimestamp: time(-MINUTE) } };
    const key = 'cassandracleanups/ns/first';
    const [ready, unready] = [undefined, 'CassandraNotReady'].map((reason) =>
      resource({ ...first, status: status([run('a', 'Pending', reason === undefined ? {} : { reason })]) }),
    );
    const { keys, triggers } = setUp(PODS, resource({ status: status([submitting('a', 100)]) }));
    triggers.resourceChanged(key, unready, ready, true);
    expect(keys).toEqual([KEY]);
  });

  test('that goes on in front wakes nobody: its nodes come one after another, and all behind it wait on', () => {
    const between = resource({ status: status([run('a', 'Completed', { attempts: 1 }), run('b', 'Pending')]) });
    const { keys, triggers } = setUp(PODS, between, waiting);
    triggers.resourceChanged(KEY, between, active, true);
    expect(keys).toEqual([]);
  });

  test('whose pause begins or ends by one of the clocks wakes those behind it', () => {
    const paused = resource({ status: status([run('a', 'Pending', { attempts: 1, notBefore: time(MINUTE) })]) });
    const { keys, triggers } = setUp(PODS, paused, waiting);
    triggers.resourceChanged(KEY, paused, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('wakes nobody that has no Pods in common with it', () => {
    const elsewhere = { podSelector: { matchLabels: { app: 'other' } } };
    const { keys, triggers } = setUp(PODS, done, resource({ ...waiting, spec: elsewhere }));
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual([]);
  });

  test('whose spec is another one now wakes those that shared Pods with it before', () => {
    const gone = resource({
      ...active,
      metadata: { generation: 2 },
      spec: { podSelector: { matchLabels: { x: 'y' } } },
    });
    const { keys, triggers } = setUp(PODS, gone, waiting);
    triggers.resourceChanged(KEY, gone, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('that is deleted, or re-created under its name, is told', () => {
    const { keys, deleted, triggers } = setUp(PODS, waiting);
    triggers.resourceChanged(KEY, undefined, active, false);
    expect(deleted).toEqual(['uid-of-orders']);
    expect(keys).toEqual([KEY, 'cassandracleanups/ns/later']);
    triggers.resourceChanged(KEY, resource({ metadata: { uid: 'new' } }), active, false);
    expect(deleted).toHaveLength(2);
  });

  test('all are looked at when this process begins to lead', () => {
    const { keys, triggers } = setUp(PODS, active, waiting);
    triggers.enqueueAll();
    expect(keys).toEqual([KEY, 'cassandracleanups/ns/later']);
  });
});

describe('a Pod', () => {
  test('wakes the unfinished runs that select it, or whose cluster it may belong to', () => {
    const { keys, triggers } = setUp(PODS, active);
    triggers.nodeChanged(node('a'), undefined);
    triggers.nodeChanged(undefined, node('a'));
    triggers.nodeChanged(node('x', { labels: { 'app.kubernetes.io/instance': 'prod' } }), undefined);
    expect(keys).toEqual([KEY, KEY, KEY]);
  });

  test('that joins or leaves one run wakes all of the namespace: it may be why another one waits', () => {
    const apart = { podSelector: { matchLabels: { app: 'x' } }, clusterSelector: { matchLabels: { app: 'x' } } };
    const { keys, triggers } = setUp(PODS, active, resource({ ...waiting, spec: apart }));
    triggers.nodeChanged(node('a', { ready: false }), node('a'));
    expect(keys).toEqual([KEY]);
    triggers.nodeChanged(node('a', { labels: { app: 'cassandra' } }), node('a'));
    expect(keys).toEqual([KEY, KEY, 'cassandracleanups/ns/later']);
  });

  test('that is Ready or not wakes the runs in whose cluster it is, and none of another cluster', () => {
    const labels = { app: 'x', 'app.kubernetes.io/instance': 'other' };
    const other = resource({ ...waiting, spec: { podSelector: { matchLabels: { app: 'x' } } } });
    const { keys, triggers } = setUp([node('a'), node('b'), node('x', { labels })], active, other);
    triggers.nodeChanged(node('b', { ready: false }), node('b'));
    expect(keys).toEqual([KEY]);
    triggers.nodeChanged(node('x', { labels, ready: false }), node('x', { labels }));
    expect(keys).toEqual([KEY, 'cassandracleanups/ns/later']);
  });

  test('wakes no other', () => {
    const { keys, triggers } = setUp(PODS, active);
    triggers.nodeChanged(node('web', { labels: { app: 'web' } }), undefined);
    triggers.nodeChanged(node('a', { namespace: 'elsewhere' }), undefined);
    expect(keys).toEqual([]);
    const finished = setUp(PODS, done);
    finished.triggers.nodeChanged(node('a'), undefined);
    expect(finished.keys).toEqual([]);
  });
});
