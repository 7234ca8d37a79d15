// Label selectors as Kubernetes understands them.
import { describe, expect, test } from '@jest/globals';
import type { LabelSelector } from '../../src/api/generated.ts';
import { impossible, matches } from '../../src/core/selector.ts';

const labels = { app: 'cassandra', tier: '', zone: 'a' };
const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

test.each<[string, LabelSelector, boolean]>([
  ['an empty selector matches everything', {}, true],
  ['all matchLabels must be equal', { matchLabels: { app: 'cassandra', zone: 'a' } }, true],
  ['one that differs is enough', { matchLabels: { app: 'cassandra', zone: 'b' } }, false],
  ['an empty value is a value', { matchLabels: { tier: '' } }, true],
  ['an empty value is not an absent label', { matchLabels: { other: '' } }, false],
  ['In one of the values', expression('zone', 'In', ['a', 'b']), true],
  ['In none of the values', expression('zone', 'In', ['b']), false],
  ['In needs the label', expression('other', 'In', ['']), false],
  ['NotIn another value', expression('zone', 'NotIn', ['b']), true],
  ['NotIn this value', expression('zone', 'NotIn', ['a']), false],
  ['NotIn is met without the label', expression('other', 'NotIn', ['a']), true],
  ['Exists looks at the key alone', expression('tier', 'Exists'), true],
  ['Exists without the label', expression('other', 'Exists'), false],
  ['DoesNotExist without the label', expression('other', 'DoesNotExist'), true],
  ['DoesNotExist with it', expression('app', 'DoesNotExist'), false],
  ['labels and expressions must both hold', { matchLabels: { app: 'x' }, ...expression('zone', 'Exists') }, false],
  ['what every object inherits is no label', expression('constructor', 'Exists'), false],
])('%s', (_what, selector, yes) => {
  expect(matches(selector, labels)).toBe(yes);
});

describe('a selector that no Pod can ever match', () => {
  test.each<[LabelSelector, string]>([
    [{ matchLabels: { app: 'a b!' } }, 'podSelector.matchLabels: no Pod can have a label with the value "a b!"'],
    [{ matchLabels: { 'a b': 'x' } }, 'podSelector.matchLabels: no Pod can have a label with the key "a b"'],
    [{ matchLabels: { app: 'x'.repeat(64) } }, 'the value'],
    [{ matchLabels: { 'a/b/c': 'x' } }, 'the key "a/b/c"'],
    [{ matchLabels: { 'Upper.example/name': 'x' } }, 'the key'],
    [{ matchLabels: { '-app': 'x' } }, 'the key'],
    [
      expression('zone', 'In', ['ok', 'not ok']),
      'podSelector.matchExpressions: no Pod can have a label with the value',
    ],
    [expression('', 'Exists'), 'podSelector.matchExpressions'],
  ])('%j', (selector, reason) => {
    expect(impossible(selector, 'podSelector')).toContain(reason);
  });

  test.each<LabelSelector>([
    { matchLabels: { 'app.kubernetes.io/name': 'Cass_1.x', tier: '' } },
    expression('example.com/Zone-1', 'NotIn', ['a', 'B.c_d-e']),
  ])('is not %j', (selector) => {
    expect(impossible(selector, 'podSelector')).toBeUndefined();
  });
});
