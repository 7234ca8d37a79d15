// One reconcile in its order: what is written before what is sent, and what is not done where a write fails.
import { describe, expect, test } from '@jest/globals';
import { ApiError } from '../../src/controller/errors.ts';
import type { Resource } from '../../src/core/model.ts';
import { id, MINUTE, NOW, node, operation, resource, SECOND, status, submitting } from '../support/builders.ts';
import { settled } from '../support/virtual-clock.ts';
import { KEY, rig, saying } from './reconciler-rig.ts';

describe('the intent is written before its request is sent', () => {
  test('the status holds it, with the name that the submission carries', async () => {
    const { resources, client, reconciler, hear, entry } = rig();
    hear();
    let posts = -1;
    resources.onWrite = () => {
      posts = client.posts.length;
    };
    await reconciler.reconcile(KEY);
    expect(posts).toBe(0);
    expect(client.posts.map(({ target }) => target.uid)).toEqual(['uid-a']);
    expect(entry('a')).toMatchObject({ state: 'Submitting', intent: { time: new Date(NOW).toISOString() } });
  });

  test.each(['conflict', 'gone'] as const)(
    '%s: nothing is sent, and the key looks again at what is stored',
    async (kind) => {
      const { resources, client, reconciler, hear, status: stored } = rig();
      hear();
      resources.failures.push(new ApiError(kind, kind));
      expect(await reconciler.reconcile(KEY)).toEqual({ recheckAt: NOW, pauseMs: 0 });
      expect(client.posts).toEqual([]);
      expect(stored().nodes).toBeUndefined();
      await reconciler.reconcile(KEY);
      expect(resources.refreshed).toEqual([KEY]);
      expect(client.posts).toHaveLength(1);
    },
  );

  test('someone else writes first again and again: after three times it pauses, ever longer', async () => {
    const { resources, reconciler, hear } = rig();
    hear();
    const pauses: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      resources.failures.push(new ApiError('conflict', 'x'));
      pauses.push(((await reconciler.reconcile(KEY)).recheckAt ?? 0) - NOW);
    }
    expect(pauses).toEqual([0, 0, 0, 50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test('a write whose fate is unknown: nothing is sent, and it is an error that backs off', async () => {
    const { resources, client, reconciler, hear } = rig();
    hear();
    resources.failures.push(new ApiError('unavailable', 'no answer'));
    await expect(reconciler.reconcile(KEY)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(client.posts).toEqual([]);
  });

  test('the Pods of a batch are read from the API server, and what they are now counts', async () => {
    const { directory, client, reconciler, hear } = rig([node('a', { live: false, ip: '10.0.0.7' })]);
    hear();
    await reconciler.reconcile(KEY);
    expect(directory.read).toEqual(['a']);
    expect(client.posts[0]?.target.ip).toBe('10.0.0.7');
  });

  test('a Pod that is gone for the API server gets nothing', async () => {
    const { directory, client, reconciler, hear } = rig([node('a', { live: false }), node('b', { live: false })]);
    hear();
    directory.readLive = async () => undefined;
    await reconciler.reconcile(KEY);
    expect(client.posts).toEqual([]);
  });
});

describe('writes', () => {
  test('one for a batch of intents, one for their outcomes', async () => {
    const { resources, client, reconciler, hear, answer, created } = rig(
      [node('a', { live: false }), node('b', { live: false })],
      resource({ spec: { parallelism: 2 } }),
    );
    hear();
    await reconciler.reconcile(KEY);
    expect(resources.writes).toHaveLength(1);
    expect(client.posts).toHaveLength(2);
    await answer(0, created(1));
    await answer(1, created(2));
    await reconciler.reconcile(KEY);
    expect(resources.writes).toHaveLength(2);
    expect(resources.writes[1]?.nodes?.map(({ operation: told }) => told?.id)).toEqual([id(1), id(2)]);
  });

  test('none where nothing has changed', async () => {
    const { resources, reconciler, hear, harness, answer, created } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    await reconciler.reconcile(KEY);
    for (let n = 0; n < 5; n += 1) await reconciler.reconcile(KEY);
    expect(resources.writes).toHaveLength(2);
    expect(harness.outcomes).toEqual(['created']);
  });

  test('a change of state waits half a second for company, and the key comes up then', async () => {
    const { clock, resources, reconciler, hear, status: stored } = rig([node('a')]);
    await reconciler.reconcile(KEY);
    expect(resources.writes).toHaveLength(1);
    hear({ a: { list: { askedAt: NOW, answeredAt: NOW, error: { kind: 'unreachable', message: 'refused' } } } });
    expect(await reconciler.reconcile(KEY)).toEqual({ recheckAt: NOW + 500, pauseMs: 0 });
    expect(resources.writes).toHaveLength(1);
    await clock.advance(500);
    await reconciler.reconcile(KEY);
    expect(stored().nodes?.[0]?.reason).toBe('SidecarUnreachable');
  });

  test('events tell what a write changed, and only when it is stored', async () => {
    const { resources, reconciler, events, hear, answer, created } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    resources.failures.push(new ApiError('conflict', 'x'));
    await reconciler.reconcile(KEY);
    expect(events.reasons).not.toContain('NodeStarted');
    await reconciler.reconcile(KEY);
    expect(events.reasons).toContain('NodeStarted');
  });

  test('outcomes are kept until a write that holds them is stored', async () => {
    const { resources, submissions, reconciler, hear, answer, created, entry } = rig([node('a')]);
    hear();
    await reconciler.reconcile(KEY);
    await answer(0, created(1));
    resources.failures.push(new ApiError('unavailable', 'x'));
    await expect(reconciler.reconcile(KEY)).rejects.toThrow();
    expect(submissions.settled(KEY)).toHaveLength(1);
    await reconciler.reconcile(KEY);
    expect(submissions.settled(KEY)).toHaveLength(0);
    expect(entry('a').operation?.id).toBe(id(1));
  });
});

describe('a whole run', () => {
  test('goes from the first look to Complete, node after node, and asks for nothing more then', async () => {
    const { clock, client, reconciler, events, watcher, hear, status: stored, answer, created } = rig();
    for (const [index, name] of ['a', 'b'].entries()) {
      if (index === 0) hear();
      await reconciler.reconcile(KEY);
      expect(client.posts).toHaveLength(index + 1);
      await answer(index, created(index + 1));
      await reconciler.reconcile(KEY);
      await clock.advance(3 * SECOND);
      hear({ [name]: saying(clock.now(), operation(id(index + 1), 'COMPLETED')) });
    }
    await reconciler.reconcile(KEY);
    expect(stored()).toMatchObject({ state: 'Completed', progressPercent: 100, completed: 2 });
    expect(watcher.wanted.get(KEY)).toEqual([]);
    expect(events.reasons.filter((reason) => reason === 'Completed')).toHaveLength(1);
  });

  test('is deleted when its time to live is over, and a resource that is gone already is no error', async () => {
    const done = status([{ name: 'a', state: 'Completed' }], {
      completionTime: new Date(NOW - MINUTE).toISOString(),
      conditions: [
        { type: 'Complete', status: 'True', reason: 'x', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    });
    const look = () => rig([node('a')], resource({ spec: { ttlSecondsAfterFinished: 60 }, status: done }));
    const { resources, reconciler } = look();
    expect(await reconciler.reconcile(KEY)).toEqual({ pauseMs: 0 });
    expect(resources.deleted).toEqual(['uid-of-orders']);
    const again = look();
    again.resources.failures.push(new ApiError('gone', 'x'));
    expect(await again.reconciler.reconcile(KEY)).toEqual({ pauseMs: 0 });
  });
});

describe('two runs of one cluster', () => {
  test('never start together, though both are decided at the same time', async () => {
    const second = resource({ metadata: { name: 'other', uid: 'uid-2' } });
    const { resources, client, reconciler, hear } = rig([node('a', { live: false }), node('b', { live: false })]);
    resources.put(second);
    hear();
    await Promise.all([reconciler.reconcile(KEY), reconciler.reconcile('cassandracleanups/ns/other')]);
    expect(client.posts).toHaveLength(1);
  });

  test('one whose cluster has got another Pod by the time that its turn comes looks again first', async () => {
    const all = rig([node('a', { live: false })], resource({ spec: { parallelism: 2 } }));
    all.resources.put(resource({ metadata: { name: 'other', uid: 'uid-2' }, spec: { suspend: true } }));
    all.hear();
    const first = all.reconciler.reconcile(KEY);
    const second = all.reconciler.reconcile(KEY);
    all.directory.nodes = [node('a', { live: false }), node('b', { live: false })];
    all.hear();
    await first;
    expect(await second).toEqual({ recheckAt: NOW + SECOND });
  });

  test('one beside which another has begun while its intent was being written sends nothing', async () => {
    const { resources, client, reconciler, hear, entry } = rig();
    hear();
    const begun = status([submitting('b', 0)]);
    resources.onWrite = () => resources.put(resource({ metadata: { name: 'other', uid: 'uid-2' }, status: begun }));
    expect(await reconciler.reconcile(KEY)).toEqual({ recheckAt: NOW, pauseMs: 0 });
    expect(entry('a').state).toBe('Submitting');
    expect(client.posts).toEqual([]);
  });

  const theirs = status([{ name: 'a', state: 'Completed', operation: { id: id(9), state: 'COMPLETED' } }]);
  test.each<[string, Partial<Resource>]>([
    ['names', { status: theirs }],
    [
      'named before it was finished, and is kept without its entries',
      { status: {}, operationIds: `${id(8)} ${id(9)}` },
    ],
  ])('an id that the other one %s is not adopted', async (_how, other) => {
    const open = resource({ status: status([submitting('a', MINUTE)]) });
    const { resources, reconciler, hear, entry } = rig([node('a')], open);
    resources.put({ ...resource({ metadata: { name: 'other', uid: 'uid-2' } }), ...other });
    hear({ a: { list: { askedAt: NOW, answeredAt: NOW, value: [operation(id(9), 'RUNNING')] } } });
    await reconciler.reconcile(KEY);
    expect(entry('a').state).toBe('Submitting');
    await settled();
  });
});
