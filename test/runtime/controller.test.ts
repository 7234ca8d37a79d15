// From keys to reconciles: never two at once for one key, level-triggered, with backoffs.
import { describe, expect, test } from '@jest/globals';
import { Controller, type Result } from '../../src/runtime/controller.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';

interface Call {
  key: string;
  at: number;
  end: (result: Result) => Promise<void>;
  fail: (error: unknown) => Promise<void>;
}

function harness(workers = 2) {
  const clock = new VirtualClock(0);
  const calls: Call[] = [];
  const done: { key: string; ms: number; error: unknown }[] = [];
  const reconcile = (key: string) =>
    new Promise<Result>((resolve, reject) => {
      const end = async (result: Result) => {
        resolve(result);
        await settled();
      };
      const fail = async (error: unknown) => {
        reject(error);
        await settled();
      };
      calls.push({ key, at: clock.now(), end, fail });
    });
  const onDone = (key: string, ms: number, error?: unknown) => done.push({ key, ms, error });
  const waiting = new Set<string>();
  const queueMeter = { added: (key: string) => waiting.add(key), taken: (key: string) => waiting.delete(key) };
  const options = { clock, random: () => 0.5, workers, groupOf: () => '', reconcile, onDone, queueMeter };
  const controller = new Controller(options);
  const call = (index: number) => calls[index] ?? expectCall(index);
  return { clock, calls, call, done, waiting, controller };
}

function expectCall(index: number): never {
  throw new Error(`there was no call ${index}`);
}

describe('workers', () => {
  test('nothing is reconciled before the start, nor kept for it: who starts it names every key', () => {
    const { calls, waiting, controller } = harness();
    controller.enqueue('a');
    expect(waiting.size).toBe(0);
    controller.start();
    expect(calls).toEqual([]);
    controller.enqueue('b');
    expect(calls.map(({ key }) => key)).toEqual(['b']);
  });

  test('never two at once for one key: what comes up meanwhile is looked at once more after it', async () => {
    const { calls, call, controller } = harness();
    controller.start();
    for (let n = 0; n < 3; n += 1) controller.enqueue('a');
    expect(calls).toHaveLength(1);
    await call(0).end({});
    expect(calls).toHaveLength(2);
    await call(1).end({});
    expect(calls).toHaveLength(2);
  });

  test('as many keys at once as there are workers', async () => {
    const { calls, call, controller } = harness(2);
    controller.start();
    for (const key of ['a', 'b', 'c']) controller.enqueue(key);
    expect(calls.map(({ key }) => key)).toEqual(['a', 'b']);
    await call(1).end({});
    expect(calls.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  test('the end of each is told, with its time and its error', async () => {
    const { clock, call, done, controller } = harness();
    controller.start();
    controller.enqueue('a');
    await clock.advance(7);
    await call(0).fail('broken');
    expect(done).toEqual([{ key: 'a', ms: 7, error: 'broken' }]);
  });
});

describe('looking again', () => {
  test('at the time that the reconcile asked for, or earlier when something changes', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    await call(0).end({ recheckAt: 1_000 });
    await clock.advance(999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
    await call(1).end({ recheckAt: 5_000 });
    controller.enqueue('a');
    expect(calls).toHaveLength(3);
    await call(2).end({});
    await clock.advance(60_000);
    expect(calls).toHaveLength(3);
  });
});

describe('the pause that a reconcile asked for', () => {
  test('gathers what comes up within it into one reconcile at its end', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    controller.enqueue('a');
    await call(0).end({ pauseMs: 100, recheckAt: 60_000 });
    for (const ms of [30, 30]) {
      await clock.advance(ms);
      controller.enqueue('a');
    }
    expect(calls).toHaveLength(1);
    await clock.advance(40);
    expect(calls.map(({ at }) => at)).toEqual([0, 100]);
    await call(1).end({});
    controller.enqueue('a');
    expect(calls).toHaveLength(3);
  });

  test('over which nothing comes up leads to none, until the time to look again', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    await call(0).end({ pauseMs: 100, recheckAt: 1_000 });
    await clock.advance(999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
  });

  test('holds up no other key', async () => {
    const { calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    await call(0).end({ pauseMs: 100 });
    controller.enqueue('b');
    expect(calls.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});

describe('after an error', () => {
  test('it is tried again after 0.5 s, doubled each time, at most 5 min; a success starts afresh', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]) {
      const before = calls.length;
      await call(before - 1).fail(new Error('x'));
      await clock.advance(pause - 1);
      expect(calls).toHaveLength(before);
      await clock.advance(1);
      expect(calls).toHaveLength(before + 1);
    }
    await call(calls.length - 1).end({});
    controller.enqueue('a');
    await call(calls.length - 1).fail(new Error('x'));
    const before = calls.length;
    await clock.advance(500);
    expect(calls).toHaveLength(before + 1);
  });

  test('no stream of events turns it into a loop: they are looked at after the pause, or after 5 s of a long one', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    controller.enqueue('a');
    await call(0).fail(new Error('x'));
    for (let n = 0; n < 49; n += 1) {
      controller.enqueue('a');
      await clock.advance(10);
    }
    expect(calls).toHaveLength(1);
    await clock.advance(10);
    expect(calls).toHaveLength(2);
    for (let n = 1; n < 6; n += 1) {
      await call(n).fail(new Error('x'));
      await clock.advance(20_000);
    }
    const before = calls.length;
    await call(before - 1).fail(new Error('x'));
    controller.enqueue('a');
    await clock.advance(4_999);
    expect(calls).toHaveLength(before);
    await clock.advance(1);
    expect(calls).toHaveLength(before + 1);
  });

  test('what the error asks for is waited, events or not', async () => {
    const { clock, calls, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    await call(0).fail(Object.assign(new Error('429'), { retryAfterMs: 30_000 }));
    controller.enqueue('a');
    await clock.advance(29_999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
  });

  test('other keys are not held up by it', async () => {
    const { calls, call, controller } = harness(1);
    controller.start();
    controller.enqueue('a');
    controller.enqueue('b');
    await call(0).fail(new Error('x'));
    expect(calls.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});

describe('the stop', () => {
  test('waits for what is under way, starts nothing more, and forgets timers and keys', async () => {
    const { clock, calls, call, waiting, controller } = harness();
    controller.start();
    for (const key of ['a', 'b', 'c', 'a', 'd']) controller.enqueue(key);
    let stopped = false;
    await call(1).end({ recheckAt: 10 });
    expect([...waiting]).toEqual(['d']);
    const stop = controller.stop().then(() => {
      stopped = true;
    });
    await clock.advance(100);
    expect(stopped).toBe(false);
    await call(0).end({ recheckAt: 200 });
    await call(2).end({ recheckAt: 200 });
    await stop;
    expect(clock.pending).toBe(0);
    expect(waiting.size).toBe(0);
    controller.start();
    expect(calls.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  test('that a new start overtakes never ends: what was to follow it must not touch the new term', async () => {
    const { clock, call, controller } = harness();
    controller.start();
    controller.enqueue('a');
    let stopped = false;
    void controller.stop().then(() => {
      stopped = true;
    });
    controller.start();
    await call(0).end({});
    await clock.advance(100);
    expect(stopped).toBe(false);
  });
});
