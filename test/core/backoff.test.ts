// How long to wait.
import { expect, test } from '@jest/globals';
import { failureBackoffMs, lossBackoffMs, pollDelayMs, undeliveredBackoffMs } from '../../src/core/backoff.ts';

const SEEDS = Array.from({ length: 200 }, (_, index) => `prod-dc1-rack1-sts-${index}/uid/1/1`);
const range = (waits: number[]) => [Math.min(...waits) / 1_000, Math.max(...waits) / 1_000] as const;

test.each([
  [1, 10],
  [2, 30],
  [3, 60],
  [4, 120],
  [5, 300],
  [50, 300],
])('failure %i waits %i s, up to a tenth more or less, and nodes do not wait in step', (failures, seconds) => {
  const waits = SEEDS.map((seed) => failureBackoffMs(failures, seed));
  const [least, most] = range(waits);
  expect(least).toBeGreaterThanOrEqual(seconds * 0.9);
  expect(most).toBeLessThanOrEqual(seconds * 1.1);
  expect(most - least).toBeGreaterThan(seconds * 0.1);
});

test('after a loss the wait is never shorter than 1, 5, 15, 30, 30 minutes', () => {
  for (const [index, minutes] of [1, 5, 15, 30, 30].entries()) {
    const [least, most] = range(SEEDS.map((seed) => lossBackoffMs(index + 1, seed)));
    expect(least).toBeGreaterThanOrEqual(minutes * 60);
    expect(most).toBeLessThanOrEqual(minutes * 66);
  }
});

test('equal input waits equally long, so that a plan made twice is the same', () => {
  expect(failureBackoffMs(2, 'x')).toBe(failureBackoffMs(2, 'x'));
});

test('polls come after 0.25 s at first, then a sixth of the time elapsed, at most every 15 s', () => {
  expect([0, 1_500, 6_000, 60_000, 3_600_000].map(pollDelayMs)).toEqual([250, 250, 1_000, 10_000, 15_000]);
});

test('what was not delivered is tried again after 5 s, up to 5 min', () => {
  expect([0, 10_000, 60_000, 3_600_000].map(undeliveredBackoffMs)).toEqual([5_000, 5_000, 30_000, 300_000]);
});

// Vectors of the FNV-1a reference, as parts of 2 ** 32.
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('jitter is FNV-1a of the text %j, so that another version of the operator waits equally long', (seed, hash) => {
  const part = hash / 2 ** 32;
  expect(failureBackoffMs(1, seed)).toBeCloseTo(9_000 + 2_000 * part, 6);
  expect(lossBackoffMs(1, seed)).toBeCloseTo(60_000 + 6_000 * part, 6);
});
