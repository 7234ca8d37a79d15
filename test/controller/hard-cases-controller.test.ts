// Hard cases 11, 13, 18, 19 and 20 where a reconciler decides them: strays, restarts, deleted objects, wiped statuses,
// the end.
import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../src/controller/errors.ts';
import { id, MINUTE, NOW, node, operation, resource, SECOND, status, submitting } from '../support/builders.ts';
import { KEY, rig } from './reconciler-rig.ts';

describe('rule 11: the id answered is written only if the same intent still stands', () => {
  test('otherwise the operation is a stray: an Event, once, and the node waits until it has ended', async () => {
    const { resources, clock, events, reconciler, hear, answer, created, entry } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    resources.put(resource({ metadata: { uid: 'recreated' } }));
    await answer(0, created(1));
    hear({ a: { list: { askedAt: NOW, answeredAt: NOW, value: [operation(id(1), 'RUNNING')] } } });
    await reconciler.reconcile(KEY);
    await clock.advance(SECOND);
    await reconciler.reconcile(KEY);
    expect(events.reasons.filter((reason) => reason === 'StrayOperation')).toHaveLength(1);
    expect(entry('a')).toMatchObject({ state: 'Pending', reason: 'WaitingForNodeOperation' });
  });
});

describe('rule 13: a restart is no shortcut', () => {
  test('30 s count from when this process first saw the intent, by its own clock', async () => {
    const open = submitting('a', 60 * MINUTE, {
      reason: 'OutcomeUnknown',
      since: new Date(NOW - MINUTE).toISOString(),
    });
    const { clock, client, reconciler, hear, entry } = rig([node('a')], resource({ status: status([open]) }));
    hear();
    await reconciler.reconcile(KEY);
    await clock.advance(29 * SECOND);
    hear();
    await reconciler.reconcile(KEY);
    expect(entry('a').intent?.id).toBe('intent-1');
    clock.setWall(NOW + 60 * MINUTE);
    hear();
    await reconciler.reconcile(KEY);
    expect(entry('a').intent?.id).toBe('intent-1');
    await clock.advance(SECOND);
    hear();
    await reconciler.reconcile(KEY);
    await clock.advance(SECOND);
    hear();
    await reconciler.reconcile(KEY);
    expect(entry('a')).toMatchObject({ state: 'Pending', reason: 'NotDelivered' });
    await clock.advance(10 * SECOND);
    hear();
    await reconciler.reconcile(KEY);
    expect(client.posts).toHaveLength(1);
  });
});

describe('rule 18: an object deleted, or re-created under its name, while an intent is open', () => {
  test('the Pod gets nothing from the next object for 40 s', async () => {
    const { clock, resources, client, reconciler, hear, answer, entry } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    const old = resources.get(KEY);
    if (old === undefined) throw new Error('there is no object');
    resources.put(resource({ metadata: { uid: 'recreated', creationTimestamp: new Date(NOW).toISOString() } }));
    reconciler.deleted(old);
    await answer(0, { result: 'unknown', message: 'reset' });
    for (const ms of [0, 39 * SECOND, SECOND - 1]) {
      await clock.advance(ms);
      hear();
      await reconciler.reconcile(KEY);
      expect(client.posts).toHaveLength(1);
    }
    expect(entry('a').reason).toBe('WaitingForOtherCleanup');
    await clock.advance(1);
    hear();
    await reconciler.reconcile(KEY);
    expect(client.posts).toHaveLength(2);
  });

  test('what came back for an object that is gone is forgotten, and nothing is asked for it', async () => {
    const { resources, submissions, watcher, reconciler, hear, answer, created } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    resources.stored.clear();
    await answer(0, created(1));
    expect(await reconciler.reconcile(KEY)).toEqual({});
    expect(submissions.settled(KEY)).toEqual([]);
    expect(watcher.wanted.get(KEY)).toEqual([]);
  });
});

describe('rule 19: a status that someone wiped', () => {
  test('gets back what our last write had, before anything else is done', async () => {
    const { resources, client, reconciler, hear, answer, created, entry } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    await reconciler.reconcile(KEY);
    resources.put(resource());
    await reconciler.reconcile(KEY);
    expect(entry('a')).toMatchObject({ state: 'Running', operation: { id: id(1) } });
    expect(client.posts).toHaveLength(1);
  });
});

describe('rule 20: SIGTERM', () => {
  test('what came back is written, and intents known unsent are cleared', async () => {
    const nodes = [node('a', { live: false }), node('b', { live: false })];
    const { submissions, reconciler, hear, answer, created, entry } = rig(
      nodes,
      resource({ spec: { parallelism: 2 } }),
    );
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    await answer(1, { result: 'notSent', message: 'connection refused' });
    await submissions.close(1_500);
    await reconciler.flush();
    expect(entry('a')).toMatchObject({ state: 'Running', operation: { id: id(1) } });
    expect(entry('b')).toMatchObject({ state: 'Pending', reason: 'NotDelivered' });
    expect(entry('b').intent).toBeUndefined();
  });

  test('a write that fails then is no error: the next leader recovers the intent', async () => {
    const { resources, reconciler, hear, answer, created, entry } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    resources.failures.push(new ApiError('unavailable', 'x'));
    await reconciler.flush();
    expect(entry('a').state).toBe('Submitting');
  });

  test('a process that leads no more asks nothing of any Sidecar', async () => {
    const { watcher, reconciler } = rig();
    await reconciler.reconcile(KEY);
    expect(watcher.wanted.get(KEY)).not.toEqual([]);
    reconciler.standDown();
    expect(watcher.wanted.get(KEY)).toEqual([]);
  });
});
