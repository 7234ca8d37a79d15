// The watcher of Sidecars: when it asks, what it keeps, whom it wakes, and that a silent Sidecar holds up nobody else.
import { describe, expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { op, watcherRig } from '../support/watcher-rig.ts';

describe('asking', () => {
  test('what is due is asked at once, the answer is kept with its times, and the key is woken', async () => {
    const { clock, calls, asked, requeued, want, need, watcher } = watcherRig();
    const began = clock.now();
    want('k', need('list'));
    expect(asked).toEqual(['a list cleanup']);
    expect(watcher.view('a')?.list).toBeUndefined();
    clock.freeze(7);
    await calls[0]?.answer([op('1')]);
    expect(watcher.view('a')?.list).toEqual({ askedAt: began, answeredAt: began + 7, value: [op('1')] });
    expect(requeued).toEqual(['k']);
  });

  test('what is satisfied is not asked again until it is wanted again', async () => {
    const { clock, calls, asked, want, need, advance } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer([]);
    await advance(60_000);
    expect(asked).toHaveLength(1);
    want('k', need('list'));
    expect(asked).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  test('what lies in the future is asked then, with up to 10 % of jitter', async () => {
    const { asked, want, need, advance } = watcherRig({ random: () => 0.5 });
    want('k', need('list', { inMs: 1_000 }));
    await advance(1_049);
    expect(asked).toEqual([]);
    await advance(1);
    expect(asked).toEqual(['a list cleanup']);
  });

  test('without needs there is no timer, and a need that is taken back is not asked', async () => {
    const { clock, asked, want, need, watcher, advance } = watcherRig();
    expect(clock.pending()).toBe(0);
    want('k', need('list', { inMs: 1_000 }), need('cassandra', { inMs: 2_000 }));
    expect(clock.pending()).toBe(2);
    watcher.want('k', [], new Map());
    expect(clock.pending()).toBe(0);
    await advance(10_000);
    expect(asked).toEqual([]);
  });

  test('a key that says the same again does not put it off', async () => {
    const dice = [0, 1];
    const { clock, asked, want, need, advance } = watcherRig({ random: () => dice.shift() ?? 1 });
    const future = need('list', { inMs: 1_000 });
    want('k', future);
    await advance(900);
    want('k', future);
    expect(clock.pending()).toBe(1);
    await advance(100);
    expect(asked).toEqual(['a list cleanup']);
  });

  test('an answer that was asked too early is followed by another one, once its asker has looked', async () => {
    const { calls, asked, requeued, want, need, advance } = watcherRig();
    want('k', need('list'));
    await advance(500);
    const latest = need('list');
    want('k', latest);
    expect(asked).toHaveLength(1);
    await calls[0]?.answer([]);
    expect(requeued).toEqual(['k']);
    await advance(5_000);
    expect(asked).toHaveLength(1);
    want('k', latest);
    expect(asked).toHaveLength(2);
    await calls[0]?.answer([op('1')]);
    expect(requeued).toEqual(['k', 'k']);
    expect(calls).toHaveLength(0);
  });

  test('an answer that is on its way is heard by a key that wants nothing any more, once', async () => {
    const { calls, asked, requeued, watcher, want, need, nodes, advance } = watcherRig();
    want('k', need('list'), need('cassandra'));
    watcher.want('k', [], nodes);
    await calls[0]?.answer([]);
    watcher.want('k', [], nodes);
    await calls[0]?.answer('NORMAL');
    expect(requeued).toEqual(['k', 'k']);
    await advance(60_000);
    expect(asked).toEqual(['a list cleanup', 'a cassandra']);
  });

  test('but not within 50 ms of the one that came', async () => {
    const { calls, asked, want, need, advance } = watcherRig({ settleMs: 50 });
    want('k', need('list'));
    await calls[0]?.answer([]);
    await advance(1);
    want('k', need('list'));
    await advance(48);
    expect(asked).toHaveLength(1);
    await advance(1);
    expect(asked).toHaveLength(2);
  });

  test('several keys share one question, and all of them are woken', async () => {
    const { calls, asked, requeued, want, need } = watcherRig();
    want('k1', need('list'));
    want('k2', need('list'));
    want('k3', need('list', { inMs: 60_000 }));
    expect(asked).toHaveLength(1);
    await calls[0]?.answer([]);
    expect(requeued).toEqual(['k1', 'k2', 'k3']);
  });

  test('a key that asks for what came since its last look is woken once', async () => {
    const { clock, calls, asked, requeued, want, need } = watcherRig();
    const at = clock.now();
    want('k1', need('list'));
    clock.freeze(1);
    await calls[0]?.answer([]);
    requeued.length = 0;
    want('k2', need('list', { at }));
    expect(requeued).toEqual(['k2']);
    want('k2', need('list', { at }));
    expect(requeued).toEqual(['k2']);
    expect(asked).toHaveLength(1);
  });
});

describe('a wall clock that jumps', () => {
  test('back five minutes puts nothing off, and silences nobody', async () => {
    const { clock, calls, asked, requeued, want, need, advance } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer([]);
    want('k', need('list', { inMs: 1_000 }));
    clock.stepWall(-300_000);
    await advance(1_000);
    expect(asked).toHaveLength(2);
    await calls[0]?.answer([]);
    expect(requeued).toEqual(['k', 'k']);
    await advance(1_000);
    expect(asked).toHaveLength(2);
  });

  test.each([-300_000, 300_000])('by %d ms leaves an answer as old as it is', async (ms) => {
    const { clock, calls, watcher, want, need, advance } = watcherRig();
    want('k', need('list'), need('operation', { id: '1' }), need('cassandra'));
    for (const value of [[], 'NORMAL', op('1')]) await calls[0]?.answer(value);
    await advance(2_000);
    clock.stepWall(ms);
    const at = clock.now() - 2_000;
    const { list, cassandra, operation } = watcher.view('a') ?? {};
    expect([list, cassandra, operation].map((answer) => [answer?.askedAt, answer?.answeredAt])).toEqual([
      [at, at],
      [at, at],
      [at, at],
    ]);
    expect(operation?.firstAskedAt).toBe(at);
  });

  test.each([-300_000, 300_000])('by %d ms during a call counts it as begun when it was', async (ms) => {
    const { clock, calls, watcher, want, need, advance } = watcherRig();
    want('k', need('list'));
    await advance(3_000);
    clock.stepWall(ms);
    await calls[0]?.answer([]);
    expect(watcher.view('a')?.list).toMatchObject({ askedAt: clock.now() - 3_000, answeredAt: clock.now() });
  });

  test('leaves no answer from the future that would do', async () => {
    const { clock, calls, asked, want, need, advance } = watcherRig();
    want('k', need('list'));
    await advance(100);
    await calls[0]?.answer([]);
    clock.stepWall(-100);
    await advance(10);
    want('k2', need('list'));
    expect(asked).toHaveLength(2);
  });

  test('ahead hurries what waits only when it is wanted anew', async () => {
    const { clock, asked, want, need, advance } = watcherRig();
    want('k', need('list', { inMs: 60_000 }));
    clock.stepWall(300_000);
    await advance(1);
    expect(asked).toHaveLength(0);
    want('k', need('list'));
    expect(asked).toHaveLength(1);
  });
});

describe('lanes', () => {
  test('a Sidecar is asked two things at a time at most: one of its memory, one of Cassandra', async () => {
    const { calls, want, need } = watcherRig();
    want('k', need('list'), need('operation', { id: '1' }), need('cassandra'), need('version'));
    expect(calls.map(({ what }) => what).sort()).toEqual(['cassandra', 'list cleanup']);
    await calls.find(({ what }) => what === 'list cleanup')?.answer([]);
    expect(calls.map(({ what }) => what).sort()).toEqual(['cassandra', 'operation 1']);
    await calls.find(({ what }) => what === 'cassandra')?.answer('NORMAL');
    expect(calls.map(({ what }) => what).sort()).toEqual(['operation 1', 'version']);
  });

  test('a hanging /status holds up no list', async () => {
    const { calls, asked, want, need, advance } = watcherRig();
    want('k', need('cassandra'), need('list'));
    await calls.find(({ what }) => what.startsWith('list'))?.answer([]);
    await advance(1);
    want('k', need('cassandra'), need('list'));
    expect(asked).toEqual(['a list cleanup', 'a cassandra', 'a list cleanup']);
  });

  test('a silent Sidecar holds up no other', async () => {
    const { calls, requeued, want, need } = watcherRig();
    want('k', need('list'), need('list', { uid: 'b' }));
    await calls.find(({ target }) => target.uid === 'b')?.answer([]);
    expect(requeued).toEqual(['k']);
  });

  test('what is due first is asked first', async () => {
    const { calls, want, need, advance } = watcherRig();
    want('k', need('operation', { id: '1', inMs: 20 }), need('list', { inMs: 10 }));
    await advance(50);
    expect(calls.map(({ what }) => what)).toEqual(['list cleanup']);
  });

  test('calls over all Sidecars are limited, and the rest waits its turn', async () => {
    const { calls, asked, want, need } = watcherRig({ slots: new Slots(2) });
    want('k', ...['a', 'b', 'c', 'd'].map((uid) => need('list', { uid })));
    expect(asked).toEqual(['a list cleanup', 'b list cleanup']);
    await calls[1]?.answer([]);
    expect(asked.at(-1)).toBe('c list cleanup');
    await calls[0]?.fail(new SidecarFault('unreachable', 'gone'));
    expect(asked.at(-1)).toBe('d list cleanup');
  });

  test('a call that nobody needs any more when its turn comes is not made, and a later one is', async () => {
    const { calls, asked, want, need, watcher } = watcherRig({ slots: new Slots(1) });
    want('k1', need('list'));
    want('k2', need('list', { uid: 'b' }));
    watcher.want('k2', [], new Map());
    await calls[0]?.answer([]);
    expect(asked).toEqual(['a list cleanup']);
    want('k2', need('list', { uid: 'b' }));
    expect(asked).toEqual(['a list cleanup', 'b list cleanup']);
  });
});
