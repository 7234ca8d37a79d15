// What a watcher keeps: operations with what was known before, versions, lists of several types, errors, and for how long.
import { describe, expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import { op, pod, settle, watcherRig } from '../support/watcher-rig.ts';

const MINUTE = 60_000;

describe('an operation', () => {
  test('comes with the time of the first question about it, and with the good answer before', async () => {
    const { clock, calls, want, need, watcher, advance } = watcherRig();
    const first = clock.now();
    const hear = async (value: unknown) => {
      want('k', need('operation', { id: '1' }));
      if (value instanceof Error) await calls[0]?.fail(value);
      else await calls[0]?.answer(value);
      const { askedAt: _askedAt, answeredAt: _answeredAt, ...view } = watcher.view('a')?.operation ?? { id: '' };
      await advance(100);
      return view;
    };
    const running = op('1');
    const failed = op('1', { state: 'FAILED' });
    const error = { kind: 'unreachable', message: 'gone' };
    expect(await hear(running)).toEqual({ id: '1', firstAskedAt: first, value: running });
    expect(await hear(failed)).toEqual({ id: '1', firstAskedAt: first, earlier: running, value: failed });
    expect(await hear(new SidecarFault('unreachable', 'gone'))).toEqual({
      id: '1',
      firstAskedAt: first,
      earlier: failed,
      error,
    });
    expect(await hear(null)).toEqual({ id: '1', firstAskedAt: first, earlier: failed, value: null });
    expect(await hear(failed)).toEqual({ id: '1', firstAskedAt: first, earlier: failed, value: failed });
  });

  test('of another id takes its place, and has no past of its own', async () => {
    const { calls, want, need, watcher, advance, clock } = watcherRig();
    want('k', need('operation', { id: '1' }));
    await calls[0]?.answer(op('1'));
    await advance(100);
    want('k', need('operation', { id: '2' }));
    await calls[0]?.answer(op('2'));
    expect(watcher.view('a')?.operation).toMatchObject({ id: '2', firstAskedAt: clock.now(), value: op('2') });
    expect(watcher.view('a')?.operation).not.toHaveProperty('earlier');
  });

  test('that has lost its place in the view is asked about again', async () => {
    const { calls, asked, want, need } = watcherRig();
    const first = need('operation', { id: '1' });
    want('k', first);
    await calls[0]?.answer(op('1'));
    want('k2', need('operation', { id: '2' }));
    await calls[0]?.answer(op('2'));
    want('k3', first);
    expect(asked).toEqual(['a operation 1', 'a operation 2', 'a operation 1']);
  });

  test('two keys that ask about two ids of one Sidecar both get to see theirs', async () => {
    const { calls, requeued, want, need, watcher, advance } = watcherRig();
    const seen: string[] = [];
    want('k1', need('operation', { id: '1' }));
    want('k2', need('operation', { id: '2' }));
    for (let round = 0; round < 4; round += 1) {
      const id = calls[0]?.what.replace('operation ', '') ?? '';
      await calls[0]?.answer(op(id));
      expect(requeued.pop()).toBe(`k${id}`);
      seen.push(watcher.view('a')?.operation?.id ?? '');
      await advance(10);
      want(`k${id}`, need('operation', { id }));
    }
    expect(seen).toEqual(['1', '2', '1', '2']);
  });
});

describe('a version', () => {
  test('is asked once for a Pod, however often and late it is needed', async () => {
    const { calls, asked, want, need, watcher, advance } = watcherRig();
    want('k', need('version'));
    await calls[0]?.answer('5.0.6');
    await advance(10 * MINUTE);
    want('k', need('version'));
    want('k2', need('version'), need('list'));
    expect(asked.filter((what) => what.endsWith('version'))).toHaveLength(1);
    expect(watcher.view('a')?.version?.value).toBe('5.0.6');
  });

  test('that could not be told is asked again when it is needed, not before', async () => {
    const { calls, asked, want, need, advance } = watcherRig();
    want('k', need('version'));
    await calls[0]?.fail(new SidecarFault('invalid', 'HTTP 500'));
    want('k', need('version', { inMs: MINUTE }));
    await advance(MINUTE - 1);
    expect(asked).toHaveLength(1);
    await advance(1);
    expect(asked).toHaveLength(2);
  });

  test('that came for another key wakes a key which is new here and needs it', async () => {
    const { calls, requeued, want, need } = watcherRig();
    want('k1', need('version'));
    await calls[0]?.answer('5.0.6');
    requeued.length = 0;
    want('k2', need('version'));
    expect(requeued).toEqual(['k2']);
  });
});

describe('a list', () => {
  test('of several types is asked for each and merged by id', async () => {
    const { calls, asked, want, need, watcher } = watcherRig({ types: ['cleanup', 'flush'] });
    want('k', need('list'));
    await calls[0]?.answer([op('1'), op('2', { progress: 0 })]);
    expect(watcher.view('a')?.list).toBeUndefined();
    await calls[0]?.answer([op('2', { progress: 1 }), op('3', { type: 'flush' })]);
    expect(asked).toEqual(['a list cleanup', 'a list flush']);
    expect(watcher.view('a')?.list?.value).toEqual([op('1'), op('2', { progress: 1 }), op('3', { type: 'flush' })]);
  });

  test('of which one type does not come is no list', async () => {
    const { calls, want, need, watcher } = watcherRig({ types: ['cleanup', 'flush'] });
    want('k', need('list'));
    await calls[0]?.answer([op('1')]);
    await calls[0]?.fail(new SidecarFault('unreachable', 'gone'));
    expect(watcher.view('a')?.list).toMatchObject({ error: { message: 'gone' } });
  });
});

describe('whom it calls', () => {
  test('a Pod that was replaced is another Sidecar, with nothing known of it', async () => {
    const { calls, want, need, nodes, watcher } = watcherRig();
    nodes.set('uid-1', pod('uid-1', { name: 'cassandra-0' }));
    want('k', need('list', { uid: 'uid-1' }));
    await calls[0]?.answer([op('1')]);
    nodes.set('uid-2', pod('uid-2', { name: 'cassandra-0', ip: '10.0.0.9' }));
    want('k', need('list', { uid: 'uid-2' }));
    expect(calls[0]?.target).toEqual({ uid: 'uid-2', ip: '10.0.0.9', port: 4567 });
    expect(watcher.view('uid-2')?.list).toBeUndefined();
  });

  test('the latest address that any key knows counts', async () => {
    const { calls, want, need, watcher, advance } = watcherRig();
    want('k', need('list', { inMs: 1_000 }));
    watcher.want('other', [], new Map([['a', pod('a', { ip: '10.0.0.8' })]]));
    await advance(1_100);
    expect(calls[0]?.target.ip).toBe('10.0.0.8');
  });

  test('a Pod that nobody named is an error', async () => {
    const { want, need, watcher, nodes, advance } = watcherRig();
    want('k', need('list', { inMs: MINUTE }));
    nodes.clear();
    watcher.want('k', [need('list', { uid: 'x' })], nodes);
    await advance(0);
    expect(watcher.view('x')?.list?.error?.message).toBe('the Pod is not known');
  });
});

describe('for how long', () => {
  test('what nobody needs is dropped after two minutes, the version after an hour', async () => {
    const { calls, want, need, watcher, advance } = watcherRig();
    want('k', need('version'));
    await calls[0]?.answer('5.0.6');
    want('k', need('list'));
    await calls[0]?.answer([]);
    const sweep = () => watcher.want('other', [], new Map());
    watcher.want('k', [], new Map());
    await advance(MINUTE);
    sweep();
    expect(watcher.view('a')?.list).toBeDefined();
    await advance(2 * MINUTE);
    sweep();
    expect(watcher.view('a')).toMatchObject({ version: { value: '5.0.6' } });
    expect(watcher.view('a')?.list).toBeUndefined();
    await advance(60 * MINUTE);
    sweep();
    expect(watcher.view('a')).toBeUndefined();
  });

  test('what someone waits for is kept, however long that takes', async () => {
    const { calls, want, need, watcher, advance } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer([]);
    want('k', need('list', { inMs: 120 * MINUTE }));
    await advance(100 * MINUTE);
    watcher.want('other', [], new Map());
    expect(watcher.view('a')?.list).toBeDefined();
  });
});

describe('errors', () => {
  test('are an answer, too: kept in the place of the good one, and told to the keys', async () => {
    const { calls, requeued, want, need, watcher, advance } = watcherRig();
    want('k', need('list'));
    await calls[0]?.answer([op('1')]);
    await advance(1);
    want('k', need('list'));
    await calls[0]?.fail(new SidecarFault('unreachable', 'gone'));
    expect(watcher.view('a')?.list).toMatchObject({ error: { kind: 'unreachable', message: 'gone' } });
    expect(watcher.view('a')?.list).not.toHaveProperty('value');
    expect(requeued).toEqual(['k', 'k']);
  });

  test('of the same millisecond do not silence a key that wants to hear more', async () => {
    const { asked, requeued, want, need, nodes, watcher } = watcherRig();
    nodes.set('a', pod('a', { refused: 'no' }));
    want('k', need('list'));
    await settle();
    for (let look = 0; look < 3; look += 1) {
      requeued.length = 0;
      want('k', need('list'));
      await settle();
      expect(requeued).toEqual(['k']);
    }
    expect(watcher.view('a')?.list?.error).toBeDefined();
    expect(asked).toEqual([]);
  });

  test('keep their kind and text; anything else that is thrown is unreachable, without its text', async () => {
    const { calls, want, need, watcher, advance } = watcherRig();
    want('k', need('list'), need('cassandra'));
    await calls.find(({ what }) => what === 'cassandra')?.fail(new SidecarFault('invalid', 'HTTP 502'));
    await calls[0]?.fail(new TypeError('s3cret'));
    await advance(0);
    expect(watcher.view('a')?.cassandra).toMatchObject({ error: { kind: 'invalid', message: 'HTTP 502' } });
    expect(watcher.view('a')?.cassandra).not.toHaveProperty('value');
    expect(watcher.view('a')?.list?.error).toEqual({
      kind: 'unreachable',
      message: 'an unexpected error of the HTTP client',
    });
  });

  test.each([
    ['must not be called', { refused: 'the Pod uses the network of its host' }, /network of its host/],
    ['has no address', { ip: undefined }, /no IP address/],
    ['has no Sidecar', { port: undefined }, /no Sidecar container/],
  ])('a Pod that %s is an error without a call', async (_name, change, says) => {
    const { asked, requeued, want, need, nodes, watcher } = watcherRig();
    nodes.set('a', pod('a', change as object));
    want('k', need('list'));
    await settle();
    expect(watcher.view('a')?.list?.error).toMatchObject({ kind: 'unreachable', message: expect.stringMatching(says) });
    expect(asked).toEqual([]);
    expect(requeued).toEqual(['k']);
  });
});
