// The reflector in good times: list, watch, events, the planned end of a watch, and stop().
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FakeRequest } from '../support/fake-apiserver.ts';
import { isWatch, PATH, type ReflectorRig, startRig, thing, WAIT } from './reflector-rig.ts';

let rig: ReflectorRig;

beforeEach(async () => {
  rig = await startRig();
});

afterEach(() => rig.close());

test('it lists from a consistent read, in one answer, and watches from the version of the list', async () => {
  const { server, reflector, told } = rig;
  server.script = (request) => {
    if (isWatch(request)) return void request.watch();
    return request.list([thing('a', '1'), {}, thing('b', '2')], '10');
  };
  expect(reflector.ready()).toBe(false);
  reflector.start();
  const [list, watch] = [await server.request(1), await server.request(2)];
  expect(list.path).toBe(PATH);
  expect(Object.fromEntries(list.query)).toEqual({});
  expect(Object.fromEntries(watch.query)).toEqual({
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '40',
    resourceVersion: '10',
  });
  await reflector.whenReady();
  expect(reflector.ready()).toBe(true);
  expect(told).toEqual(['replace a,b @10']);
});

test('a list larger than any other answer may be is taken, item by item', async () => {
  await rig.close();
  rig = await startRig({ maxBytes: 20_000 });
  const { reflector, told } = rig;
  const large = { ...thing('a', '1'), ballast: 'x'.repeat(1_000) };
  rig.server.script = (request) => {
    if (isWatch(request)) return void request.watch();
    return request.list(new Array(100).fill(large), '10');
  };
  reflector.start();
  await reflector.whenReady();
  expect(told).toEqual([`replace ${new Array(100).fill('a').join(',')} @10`]);
});

test('events reach the handler in order, bookmarks and strangers do not', async () => {
  rig.listThenWatch((request) => {
    const watch = request.watch();
    watch.send('ADDED', thing('b', '11'));
    watch.bookmark('12');
    watch.send('MODIFIED', thing('b', '13'));
    watch.send('ADDED', { metadata: { resourceVersion: '14' } });
    watch.send('DELETED', thing('b', '15'));
  });
  rig.reflector.start();
  await rig.until(() => rig.told.length === 4);
  expect(rig.told).toEqual(['replace a @10', 'upsert b @11', 'upsert b @13', 'delete b @15']);
});

describe('a watch that outlives its time', () => {
  test('is torn down, and goes on at once from its last version: nothing is missed for longer than 50 s', async () => {
    let gone: Promise<void> | undefined;
    rig.listThenWatch((request, nth) => {
      const watch = request.watch();
      if (nth === 1) watch.send('ADDED', thing('b', '11'));
      gone ??= watch.gone;
    });
    rig.reflector.start();
    await rig.until(() => rig.told.length === 2);
    expect(await rig.clock.fire(50_000)).toBe(45_000);
    expect((await rig.server.request(3)).query.get('resourceVersion')).toBe('11');
    await gone;
    expect(rig.told).toEqual(['replace a @10', 'upsert b @11']);
    expect(rig.logged).toEqual([]);
  });

  test('is torn down before it has opened, too', async () => {
    rig.listThenWatch(() => {});
    rig.reflector.start();
    await rig.server.request(2);
    expect(await rig.clock.fire(50_000)).toBe(45_000);
    expect((await rig.server.request(3)).query.get('resourceVersion')).toBe('10');
  });
});

test('a watch that ends in peace at its time is followed at once, from the version of its bookmark', async () => {
  rig.listThenWatch((request, nth) => {
    const watch = request.watch();
    if (nth > 1) return;
    rig.clock.advance(40_000);
    watch.bookmark('4711');
    watch.close();
  });
  rig.reflector.start();
  expect((await rig.server.request(3)).query.get('resourceVersion')).toBe('4711');
});

describe('stop() ends', () => {
  test('an open watch: its connection closes, and what still comes is dropped', async () => {
    let opened: ReturnType<FakeRequest['watch']> | undefined;
    rig.listThenWatch((request) => {
      opened = request.watch();
    });
    rig.reflector.start();
    await rig.server.request(2);
    opened?.send('ADDED', thing('b', '11'));
    rig.reflector.stop();
    await opened?.gone;
    expect(rig.told).toEqual(['replace a @10']);
    expect(rig.clock.pending()).toBe(0);
  });

  test('a wait: nothing is asked any more', async () => {
    rig.server.script = (request) => request.refuse(503, 'no');
    rig.reflector.start();
    await rig.clock.timer(WAIT);
    rig.reflector.stop();
    rig.clock.advance(60_000);
    expect(rig.clock.pending()).toBe(0);
    expect(rig.server.requests).toHaveLength(1);
  });

  test('a list under way: the handler hears nothing', async () => {
    let cut: Promise<void> | undefined;
    rig.server.script = (request) => {
      cut = request.watch().gone;
      rig.reflector.stop();
    };
    rig.reflector.start();
    await rig.server.request(1);
    await cut;
    expect(rig.told).toEqual([]);
  });
});
