// Long lists of many Sidecars: together they stay under a limit, the heaviest goes first, and nobody asks in a circle for it.
import { describe, expect, test } from '@jest/globals';
import { KeptLists } from '../../src/icarus/kept-lists.ts';
import { op, watcherRig } from '../support/watcher-rig.ts';

const list = (count: number) => Array.from({ length: count }, (_, n) => op(String(n)));
const OPERATION_BYTES = 300;

describe('the lists that are kept', () => {
  test('are put away, the heaviest first and the newest never, until the rest fits', () => {
    const kept = new KeptLists(10 * OPERATION_BYTES);
    expect(kept.keep('small', list(1))).toEqual([]);
    expect(kept.keep('heavy', list(5))).toEqual([]);
    expect(kept.keep('middle', list(3))).toEqual([]);
    expect(kept.keep('newest', list(4))).toEqual(['heavy']);
    expect(kept.keep('huge', list(50))).toEqual(['newest', 'middle', 'small']);
    expect(kept.keep('small', list(1))).toEqual(['huge']);
  });

  test('count once for each Pod, and not at all when they are forgotten', () => {
    const kept = new KeptLists(10 * OPERATION_BYTES);
    for (let round = 0; round < 5; round += 1) expect(kept.keep('a', list(9))).toEqual([]);
    kept.forget('a');
    expect(kept.keep('b', list(10))).toEqual([]);
  });

  test('weigh by their texts too', () => {
    const kept = new KeptLists(10 * OPERATION_BYTES);
    kept.keep('a', [op('1', { tables: ['t'.repeat(2_000)] })]);
    expect(kept.keep('b', list(1))).toEqual(['a']);
  });
});

describe('a watcher with two long lists that do not fit together', () => {
  const long = list(20_000);

  test('gives up the older one: for whoever waits for the next one that is silence, asked again only when it is due', async () => {
    const { calls, watcher, want, need, advance, asked } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer(long);
    want('k', need('list', { inMs: 5_000 }));
    want('other', need('list', { uid: 'b' }));
    await calls[0]?.answer(long);
    expect(watcher.view('b')?.list?.value).toHaveLength(20_000);
    expect(watcher.view('a')?.list).toMatchObject({ error: { kind: 'unreachable' } });
    expect(watcher.view('a')?.list).not.toHaveProperty('value');
    await advance(4_999);
    expect(asked).toHaveLength(2);
    await advance(1);
    expect(asked).toHaveLength(3);
  });

  test('forgets it where nobody waits, and asks again for the next one who does', async () => {
    const { calls, watcher, want, need, clock } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer(long);
    const seenAt = clock.now();
    want('other', need('list', { uid: 'b' }));
    await calls[0]?.answer(long);
    expect(watcher.view('a')).toEqual({});
    want('k', need('list', { at: seenAt }));
    expect(calls.map(({ target, what }) => `${target.uid} ${what}`)).toEqual(['a list cleanup']);
  });
});
