// The scanner of PromQL, put to queries of every shape that ours have.
import { expect, test } from '@jest/globals';
import { partsOf } from './promql.ts';

test.each<[query: string, metrics: string[], grouping: string[]]>([
  ['up', ['up'], []],
  ['sum(rate(a_total[5m]))', ['a_total'], []],
  ['sum by (le, call) (rate(a_bucket[$__rate_interval]))', ['a_bucket'], ['le', 'call']],
  ['sum(a) by (x) / on (y) group_left (z) b', ['a', 'b'], ['x', 'y', 'z']],
  ['histogram_quantile(0.99, sum by (le) (increase(a_bucket[1d])))', ['a_bucket'], ['le']],
  ['rate(a[5m]) and on (job, instance) b', ['a', 'b'], ['job', 'instance']],
  ['absent(a{x="}")} offset 6h) > bool 1e3', ['a'], []],
  ['time() - max by (n) (a:b_start)', ['a:b_start'], ['n']],
  ['100 * sum without (p) (a{x=~"(b|c){2}"}) == 0', ['a'], ['p']],
])('%s', (query, metrics, grouping) => {
  const parts = partsOf(query);
  expect(parts.selectors.map(({ metric }) => metric)).toEqual(metrics);
  expect(parts.grouping).toEqual(grouping);
});

test('what stands in braces is told by label, operator and value', () => {
  const [selector] = partsOf(String.raw`a{x="1", y!="2",z =~ "a|\"}", w!~"4"}`).selectors;
  expect(selector?.matchers).toEqual([
    { label: 'x', op: '=', value: '1' },
    { label: 'y', op: '!=', value: '2' },
    { label: 'z', op: '=~', value: 'a|"}' },
    { label: 'w', op: '!~', value: '4' },
  ]);
});
