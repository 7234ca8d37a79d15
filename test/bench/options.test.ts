// What the bench can be told.
import { expect, test } from '@jest/globals';
import { readOptions, SCENARIOS } from '../../bench/options.ts';

test('without arguments every scenario is played once, with both operators', () => {
  expect(readOptions([])).toEqual({
    scenarios: SCENARIOS,
    runs: 1,
    quick: false,
    profile: false,
    oursOnly: false,
    fromSource: false,
    load: 0,
  });
});

test('scenarios are named one by one or as a list, in any case, and played in the order of the table', () => {
  const options = readOptions(['--scenario', 'p5,P2', '--scenario', 'Growth']);
  expect(options?.scenarios).toEqual(['P2', 'P5', 'growth']);
});

test('files, repetitions and load are taken as they are given', () => {
  const options = readOptions(['--runs', '5', '--json', 'new.json', '--compare', 'old.json', '--quick', '--load', '1']);
  expect(options).toMatchObject({ runs: 5, json: 'new.json', compare: 'old.json', quick: true, load: 1 });
});

test('a profile is of our operator alone, in P2 unless another scenario is named', () => {
  expect(readOptions(['--profile'])).toMatchObject({ profile: true, oursOnly: true, scenarios: ['P2'] });
  expect(readOptions(['--profile', '--scenario', 'P5'])?.scenarios).toEqual(['P5']);
});

test('--help is no run', () => {
  expect(readOptions(['--help'])).toBeUndefined();
});

test.each([
  [['--scenario', 'P9'], 'no such scenario: p9'],
  [['--runs', '0'], '--runs must be a whole number from 1, not 0'],
  [['--runs', 'many'], '--runs must be a whole number from 1, not many'],
  [['--load=-1'], '--load must be a whole number from 0, not -1'],
  [['--load', ''], '--load must be a whole number from 0, not '],
  [['--fast'], "Unknown option '--fast'"],
])('%j is refused: %s', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
