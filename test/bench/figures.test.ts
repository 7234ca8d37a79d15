// Figures: bars, repetitions, the table and the comparison of two runs.
import { describe, expect, test } from '@jest/globals';
import { compared, comparisonTable } from '../../bench/compare.ts';
import { brokenCounts, type Figure, merged, verdictOf } from '../../bench/figures.ts';
import { figuresOf } from '../../bench/scenario.ts';
import { figureTable, rounded } from '../../bench/table.ts';

function figure(change: Partial<Figure> = {}): Figure {
  return { scenario: 'P2', name: 'writes', unit: '', kind: 'count', ours: [1], naive: [2], ...change };
}

describe('a bar', () => {
  test.each([
    [{ atMost: 1 }, [1], 'held'],
    [{ atMost: 1 }, [0.5, 1, 3], 'held'],
    [{ atMost: 1 }, [1.1], 'not held'],
    [{ atLeast: 250 }, [250], 'held'],
    [{ atLeast: 250 }, [249], 'not held'],
    [{ atMost: 1 }, [], ''],
  ])('of %j is, by the median of %j, %s', (bar, ours, verdict) => {
    expect(verdictOf({ bar, ours })).toBe(verdict);
  });

  test('that is broken is an error for a count, and never for a time', () => {
    const broken = figure({ bar: { atMost: 0 } });
    expect(brokenCounts([broken, { ...broken, kind: 'time' }, figure({ bar: { atMost: 1 } })])).toEqual([broken]);
  });
});

test('repetitions of a figure become one figure with all values', () => {
  const other = figure({ name: 'calls' });
  const all = merged([figure(), other, figure({ ours: [3], naive: [] })]);
  expect(all).toEqual([figure({ ours: [1, 3], naive: [2] }), other]);
});

test('a figure that nobody measured is left out', () => {
  const spec = { name: 'writes', unit: '', kind: 'count' } as const;
  const specs = [
    { key: 'a', ...spec },
    { key: 'b', ...spec },
  ];
  expect(figuresOf('P2', specs, { ours: { a: 1, b: Number.NaN }, naive: {} })).toEqual([figure({ naive: [] })]);
});

describe('the table', () => {
  test('shows value, ratio, bar and verdict, and names a scenario once', () => {
    const text = figureTable([figure({ bar: { atMost: 3 } }), figure({ name: 'calls', ours: [1, 2, 9], naive: [] })]);
    const [, , first = '', second = ''] = text.split('\n');
    expect(first).toMatch(/^P2 +writes +1 +2 +2 +<= 3 {2}held$/);
    expect(second).toMatch(/^ +calls +2 \(1-9\)$/);
  });

  test.each([
    [0, '0'],
    [1234.6, '1235'],
    [12.345, '12.3'],
    [0.123456, '0.123'],
    [Number.NaN, ''],
    [Number.POSITIVE_INFINITY, ''],
  ])('writes %d as "%s"', (value, text) => {
    expect(rounded(value)).toBe(text);
  });
});

describe('a comparison', () => {
  test('gives the ratio of the medians, ours and naive', () => {
    const before = [figure({ ours: [2], naive: [4] }), figure({ name: 'gone' })];
    const after = [figure({ ours: [1], naive: [8] }), figure({ name: 'new' })];
    expect(compared(before, after)).toEqual([
      { figure: 'P2: writes', before: 2, after: 1, ratio: 0.5, naiveRatio: 2, moved: 4 },
    ]);
  });

  test('of nothing to nothing is no change', () => {
    const none = figure({ ours: [0], naive: [] });
    expect(compared([none], [none])[0]?.ratio).toBe(1);
  });

  test('is printed one figure a line', () => {
    const text = comparisonTable(compared([figure()], [figure({ ours: [3] })]));
    expect(text).toContain('P2: writes');
    expect(text.trimEnd().split('\n')).toHaveLength(4);
  });

  test.each([
    [100, 114, 1],
    [100, 116, 0],
    [114, 100, 1],
    [116, 100, 0],
  ])('of naive %d and then %d, ours as before, counts %d as steady', (was, is, steady) => {
    const text = comparisonTable(compared([figure({ ours: [1], naive: [was] })], [figure({ ours: [1], naive: [is] })]));
    expect(text).toContain(`within 15 % of before: ${steady} of 1 figures`);
  });
});
