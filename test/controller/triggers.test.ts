// From changes to keys.
import { describe, expect, test } from '@jest/globals';
import { createTriggers } from '../../src/controller/triggers.ts';
import type { Resource } from '../../src/core/model.ts';
import { id, node, planned, resource, run, running, settings, status, time } from '../support/builders.ts';
import { TestResources } from '../support/ports.ts';
import { KEY } from './reconciler-rig.ts';

function setUp(...resources: Resource[]) {
  const keys: string[] = [];
  const deleted: string[] = [];
  const store = new TestResources(...resources);
  const triggers = createTriggers({
    resources: store,
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
    const { keys, triggers } = setUp(active);
    triggers.resourceChanged(KEY, active, active, true);
    expect(keys).toEqual([]);
    triggers.resourceChanged(KEY, active, active, false);
    expect(keys).toEqual([KEY]);
  });

  test('that was created again under its name wakes those that wait: the order of the queue is another one', () => {
    const { keys, triggers } = setUp(waiting);
    const again = resource({ metadata: { uid: 'uid-3' }, status: active.status });
    triggers.resourceChanged(KEY, again, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('that frees its cluster wakes those that wait, also where the change is our own', () => {
    const { keys, triggers } = setUp(done, waiting);
    triggers.resourceChanged(KEY, done, active, true);
    expect(keys).toEqual(['cassandracleanups/ns/later']);
  });

  test('that is deleted, or re-created under its name, is told', () => {
    const { keys, deleted, triggers } = setUp(waiting);
    triggers.resourceChanged(KEY, undefined, active, false);
    expect(deleted).toEqual(['uid-of-orders']);
    expect(keys).toEqual([KEY, 'cassandracleanups/ns/later']);
    triggers.resourceChanged(KEY, resource({ metadata: { uid: 'new' } }), active, false);
    expect(deleted).toHaveLength(2);
  });

  test('all are looked at when this process begins to lead', () => {
    const { keys, triggers } = setUp(active, waiting);
    triggers.enqueueAll();
    expect(keys).toEqual([KEY, 'cassandracleanups/ns/later']);
  });
});

describe('a Pod', () => {
  test('wakes the unfinished runs that select it, or whose cluster it may belong to', () => {
    const { keys, triggers } = setUp(active);
    triggers.nodeChanged(node('a'), undefined);
    triggers.nodeChanged(undefined, node('a'));
    triggers.nodeChanged(node('x', { labels: { 'app.kubernetes.io/instance': 'prod' } }), undefined);
    expect(keys).toEqual([KEY, KEY, KEY]);
  });

  test('wakes no other', () => {
    const { keys, triggers } = setUp(active);
    triggers.nodeChanged(node('web', { labels: { app: 'web' } }), undefined);
    triggers.nodeChanged(node('a', { namespace: 'elsewhere' }), undefined);
    expect(keys).toEqual([]);
    const finished = setUp(done);
    finished.triggers.nodeChanged(node('a'), undefined);
    expect(finished.keys).toEqual([]);
  });
});
