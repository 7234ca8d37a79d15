// The reflector in bad times: closed, broken, expired and refused watches, and a kind that is not there yet.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FakeRequest } from '../support/fake-apiserver.ts';
import { isWatch, type ReflectorRig, startRig, thing, WAIT } from './reflector-rig.ts';

let rig: ReflectorRig;

beforeEach(async () => {
  rig = await startRig();
});

afterEach(() => rig.close());

test('a server that closes every watch at once is asked less and less: never more than twice a second', async () => {
  const { server, reflector, clock } = rig;
  rig.listThenWatch((request) => request.watch().close());
  const startedAt = clock.monotonic();
  reflector.start();
  const waits: number[] = [];
  while (waits.length < 10) waits.push(await clock.fire(WAIT));
  expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(Math.max(...waits)).toBe(30_000);
  const seconds = (clock.monotonic() - startedAt) / 1_000;
  expect(server.requests.filter(isWatch).length / seconds).toBeLessThan(2);
  expect(server.requests.filter((request) => !isWatch(request))).toHaveLength(1);
  expect(rig.logged).toEqual([]);
});

test('events between the closings do not make it faster', async () => {
  rig.listThenWatch((request, nth) => {
    const watch = request.watch();
    watch.send('ADDED', thing('b', String(10 + nth)));
    watch.close();
  });
  rig.reflector.start();
  const waits = [await rig.clock.fire(WAIT), await rig.clock.fire(WAIT), await rig.clock.fire(WAIT)];
  expect(waits).toEqual([1_000, 2_000, 4_000]);
});

test('after a watch with a long life the first wait is short again', async () => {
  rig.listThenWatch((request, nth) => {
    if (nth === 4) rig.clock.advance(20_000);
    request.cut();
  });
  rig.reflector.start();
  const waits: number[] = [];
  while (waits.length < 5) waits.push(await rig.clock.fire(WAIT));
  expect(waits).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
});

describe('it lists anew', () => {
  test.each<[string, (request: FakeRequest) => void]>([
    ['when the watch is refused with 410', (request) => request.refuse(410, 'too old')],
    ['when the watch sends 410', (request) => request.watch().send('ERROR', { code: 410, message: 'too old' })],
    ['when the kind is gone', (request) => request.refuse(404, 'not found')],
  ])('%s', async (_name, act) => {
    rig.listThenWatch((request, nth) => (nth === 1 ? act(request) : void request.watch()));
    rig.reflector.start();
    expect(await rig.clock.fire(WAIT)).toBe(1_000);
    await rig.until(() => rig.told.length === 2);
    expect(rig.told).toEqual(['replace a @10', 'replace a @10']);
  });

  test.each<[string, (request: FakeRequest) => void]>([
    [
      'breaks off',
      (request) => request.text(200, '{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}},'),
    ],
    ['is no list', (request) => request.text(200, '{"kind":"Thing"}')],
    ['is only its first page', (request) => request.list([thing('b', '1')], '9', 'more')],
    ['is refused', (request) => request.refuse(500, 'oops')],
  ])('when the first list %s, of which nothing is taken', async (_name, act) => {
    let lists = 0;
    rig.server.script = (request) => {
      if (isWatch(request)) return void request.watch();
      lists += 1;
      return lists === 1 ? act(request) : request.list([thing('a', '1')], '10');
    };
    rig.reflector.start();
    await rig.clock.fire(WAIT);
    await rig.reflector.whenReady();
    expect(rig.told).toEqual(['replace a @10']);
  });
});

describe('it goes on from the last version, without a list,', () => {
  test.each<[string, (request: FakeRequest) => void]>([
    ['when the connection is cut', (request) => request.cut()],
    ['when a line is no JSON', (request) => request.text(200, '{"type":"ADDED","object":\n')],
    ['when the watch ends in the middle of a line', (request) => request.text(200, '{"type":"AD')],
    ['when the watch is refused with 500', (request) => request.refuse(500, 'oops')],
    ['when the watch is refused with 403', (request) => request.refuse(403, 'forbidden')],
    ['when the watch sends another error', (request) => request.watch().send('ERROR', { code: 500, message: 'oops' })],
  ])('%s', async (_name, act) => {
    rig.listThenWatch((request, nth) => (nth === 1 ? act(request) : void request.watch()));
    rig.reflector.start();
    expect(await rig.clock.fire(WAIT)).toBe(1_000);
    const again = await rig.server.request(3);
    expect(again.query.get('resourceVersion')).toBe('10');
    expect(rig.reflector.ready()).toBe(true);
  });
});

test('a list that is no list is asked for again', async () => {
  const bodies = ['<html>', '{}', '{"metadata":{"resourceVersion":"10"},"items":null}'];
  rig.server.script = (request) => (isWatch(request) ? void request.watch() : request.text(200, bodies.shift() ?? ''));
  rig.reflector.start();
  await rig.clock.fire(WAIT);
  await rig.clock.fire(WAIT);
  await rig.reflector.whenReady();
  expect(rig.told).toEqual(['replace  @10']);
});

test('a kind that is not there yet is said once, waited for, and its arrival is said too', async () => {
  let tries = 0;
  rig.server.script = (request) => {
    if (isWatch(request)) return void request.watch();
    tries += 1;
    return tries < 4 ? request.refuse(404, 'not found') : request.list([], '10');
  };
  rig.reflector.start();
  for (let i = 0; i < 3; i += 1) {
    await rig.clock.fire(WAIT);
    expect(rig.reflector.ready()).toBe(false);
  }
  await rig.until(() => rig.logged.length === 2);
  expect(rig.logged).toEqual([
    expect.stringMatching(/^warn cannot list and watch.*CRD/),
    expect.stringMatching(/^info watching again/),
  ]);
});

test('each change of the trouble is said once', async () => {
  const answers = [403, 403, 401, 503, 503];
  rig.server.script = (request) => request.refuse(answers.shift() ?? 503, 'no');
  rig.reflector.start();
  for (let i = 0; i < 6; i += 1) await rig.clock.fire(WAIT);
  expect(rig.logged).toHaveLength(3);
});

test('the server can ask for a longer wait', async () => {
  rig.server.script = (request) => request.refuse(429, 'busy', { 'retry-after': '17' });
  rig.reflector.start();
  expect(await rig.clock.timer(WAIT)).toBe(17_000);
});
