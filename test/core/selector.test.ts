// Label selectors as Kubernetes understands them.
import { describe, expect, test } from '@jest/globals';
import type { LabelSelector } from '../../src/api/generated.ts';
import { impossible, matches } from '../../src/core/selector.ts';

const labels = { app: 'cassandra', tier: '', zone: 'a' };
const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

const both = (...values: string[][]): LabelSelector => ({
  matchExpressions: values.flatMap((some) => expression('zone', 'In', some).matchExpressions),
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
  ['In without values is never met', expression('zone', 'In'), false],
  ['NotIn without values always is', expression('zone', 'NotIn'), true],
  ['every expression must hold', both(['a'], ['b']), false],
  ['two that hold', both(['a'], ['a', 'b']), true],
  ['what every object inherits is no label', expression('constructor', 'Exists'), false],
])('%s', (_what, selector, yes) => {
  expect(matches(selector, labels)).toBe(yes);
});

test('an operator that nobody knows matches nothing: better no Pod than a wrong one', () => {
  const unknown = [{ key: 'zone', operator: 'Near', values: ['a'] }] as unknown as LabelSelector['matchExpressions'];
  expect(matches({ matchExpressions: unknown ?? [] }, labels)).toBe(false);
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
    [expression('zone', 'In', ['-']), 'podSelector.matchExpressions: no Pod can have a label with the value "-"'],
    [{ matchLabels: { fine: 'x', app: 'y z' } }, 'the value "y z"'],
    [both(['a'], ['b c']), 'the value "b c"'],
  ])('%j', (selector, reason) => {
    expect(impossible(selector, 'podSelector')).toContain(reason);
  });

  test.each<LabelSelector>([
    { matchLabels: { 'app.kubernetes.io/name': 'Cass_1.x', tier: '' } },
    expression('example.com/Zone-1', 'NotIn', ['a', 'B.c_d-e']),
    expression('zone', 'Exists'),
  ])('is not %j', (selector) => {
    expect(impossible(selector, 'podSelector')).toBeUndefined();
  });

  test.each([
    ['x', true],
    ['X9', true],
    ['a-_.Z', true],
    ['x'.repeat(63), true],
    ['x'.repeat(64), false],
    ['-x', false],
    ['x-', false],
    ['.x', false],
    ['x_', false],
    ['x\ny', false],
    ['ä', false],
  ])('the name %j can be a key and a value: %s', (text, yes) => {
    expect(impossible({ matchLabels: { [text]: '' } }, 'podSelector') === undefined).toBe(yes);
    expect(impossible({ matchLabels: { app: text } }, 'podSelector') === undefined).toBe(yes);
  });

  const longest = `${'x'.repeat(250)}.yz`;
  test.each([
    ['example.com', true],
    ['a', true],
    ['9a.b-c.d0', true],
    ['a--b.c', true],
    [longest, true],
    [`x${longest}`, false],
    ['', false],
    ['example..com', false],
    ['.com', false],
    ['example.', false],
    ['-a.com', false],
    ['a-.com', false],
    ['a.-com', false],
    ['a.com-', false],
    ['a_b', false],
    ['a.B', false],
    ['A', false],
  ])('the prefix %j can stand before a key: %s', (prefix, yes) => {
    expect(impossible({ matchLabels: { [`${prefix}/name`]: '' } }, 'podSelector') === undefined).toBe(yes);
  });

  test('a prefix needs a name behind it', () => {
    expect(impossible({ matchLabels: { 'example.com/': '' } }, 'podSelector')).toContain('the key "example.com/"');
  });
});
