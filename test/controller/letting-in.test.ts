// Runs are let in before they gather what a start asks for.
import { describe, expect, test } from '@jest/globals';
import { node, resource, SECOND } from '../support/builders.ts';
import { KEY, rig } from './reconciler-rig.ts';

describe('what a start asks for', () => {
  const OTHER = 'cassandracleanups/ns/other';
  const two = () => {
    const apart = (name: string) => node(name, { labels: { app: name } });
    const spec = (app: string) => ({ podSelector: { matchLabels: { app } } });
    const all = rig([apart('a'), apart('b')], resource({ spec: spec('a') }), { most: 1 });
    all.resources.put(resource({ metadata: { name: 'other', uid: 'uid-2' }, spec: spec('b') }));
    return all;
  };

  test('is asked by as many runs as may gather at once; the next is let in when an intent is written', async () => {
    const { reconciler, watcher, hear, admitted } = two();
    await reconciler.reconcile(KEY);
    await reconciler.reconcile(OTHER);
    expect([KEY, OTHER].map((key) => watcher.wanted.get(key)?.length)).toEqual([1, 0]);
    hear();
    watcher.views.delete('uid-b');
    await reconciler.reconcile(KEY);
    expect(admitted).toEqual([OTHER]);
    await reconciler.reconcile(OTHER);
    expect(watcher.wanted.get(OTHER)).toHaveLength(1);
  });

  test.each<[string, (rig: ReturnType<typeof two>) => unknown]>([
    ['its object is deleted', (all) => all.resources.stored.delete(KEY)],
    ['it is suspended', (all) => all.resources.put(resource({ spec: { suspend: true } }))],
    ['it has gathered for two seconds', (all) => all.clock.advance(2 * SECOND)],
    ['this process leads no more', (all) => all.reconciler.standDown()],
  ])('another run is let in when one inside wants nothing any more: %s', async (_why, happen) => {
    const all = two();
    await all.reconciler.reconcile(KEY);
    await all.reconciler.reconcile(OTHER);
    await happen(all);
    await all.reconciler.reconcile(KEY);
    expect(all.admitted).toEqual([OTHER]);
  });
});
