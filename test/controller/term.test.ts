// A term of leadership begins with the cache as it was when the lease was won, or later; never after the term is over.
import { expect, test } from '@jest/globals';
import { ApiError } from '../../src/controller/errors.ts';
import { createTerms } from '../../src/controller/term.ts';
import { RetryDelay } from '../../src/runtime/retry-delay.ts';
import { NOW } from '../support/builders.ts';
import { silentLog } from '../support/ports.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';

function setUp() {
  const clock = new VirtualClock(NOW);
  const told: string[] = [];
  const lists: PromiseWithResolvers<void>[] = [];
  const terms = createTerms({
    ...{ clock, log: silentLog, delay: new RetryDelay(() => 0) },
    catchUp: () => {
      const list = Promise.withResolvers<void>();
      lists.push(list);
      return list.promise;
    },
    begin: () => told.push('begin'),
    end: () => told.push('end'),
  });
  return { clock, told, lists, terms };
}

test('begins when the list has come', async () => {
  const { lists, told, terms } = setUp();
  terms.onStarted();
  await settled();
  expect(told).toEqual([]);
  lists[0]?.resolve();
  await settled();
  expect(told).toEqual(['begin']);
});

test('a list that fails is asked for again, more and more slowly, and when the server says so', async () => {
  const { clock, lists, told, terms } = setUp();
  terms.onStarted();
  const busy = new ApiError('unavailable', '429', { status: 429, retryAfterMs: 30_000 });
  const pauses = [800, 1_600, 30_000, 6_400];
  for (const [n, pause] of pauses.entries()) {
    lists[n]?.reject(pause === 30_000 ? busy : new Error('unavailable'));
    await settled();
    await clock.advance(pause - 1);
    expect(lists).toHaveLength(n + 1);
    await clock.advance(1);
  }
  lists[4]?.resolve();
  await settled();
  expect(told).toEqual(['begin']);
});

test('a list that comes after the end of its term begins nothing, and neither does its next try', async () => {
  const { clock, lists, told, terms } = setUp();
  terms.onStarted();
  terms.onStopped();
  terms.onStarted();
  lists[0]?.resolve();
  await settled();
  expect(told).toEqual(['end']);
  lists[1]?.reject(new Error('unavailable'));
  await settled();
  terms.onStopped();
  await clock.advance(10_000);
  expect(lists).toHaveLength(2);
  expect(told).toEqual(['end', 'end']);
});
