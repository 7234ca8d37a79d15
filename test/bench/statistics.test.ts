// Percentiles, spread and fairness, on values whose answers are known.
import { describe, expect, test } from '@jest/globals';
import { jain, median, percentile, spread } from '../../bench/statistics.ts';

describe('the median', () => {
  test('is the middle value, of an even number the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

test('a percentile is a value that was measured, by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test('the spread holds the smallest, the middle and the largest', () => {
  expect(spread([5, 1, 9])).toEqual({ min: 1, median: 5, max: 9 });
  expect(spread([])).toBeUndefined();
});

describe("Jain's index", () => {
  test('is 1 where all have the same, whatever it is', () => {
    expect(jain([4, 4, 4])).toBe(1);
  });

  test('is 1/n where one has everything', () => {
    expect(jain([10, 0, 0, 0])).toBe(0.25);
  });

  test('lies between for shares that differ', () => {
    expect(jain([1, 2, 3])).toBeCloseTo(36 / 42);
  });
});
