// Equal texts become one, values stay equal, and the pool does not grow without end.
import { expect, test } from '@jest/globals';
import { TextPool } from '../../src/kube/text-pool.ts';

test('every text within an object is replaced by an equal one, and nothing else changes', () => {
  const make = () => ({ a: 'x', list: ['x', 1, null, { b: 'y', c: true }], deep: { long: 'z'.repeat(500) } });
  const value = make();
  expect(new TextPool().internAll(value)).toBe(value);
  expect(value).toEqual(make());
});

test('a text that comes again in time is kept through any number of others', () => {
  const pool = new TextPool();
  expect(pool.intern('again')).toBe('again');
  for (let i = 0; i < 50_000; i += 1) {
    pool.intern(`other ${i}`);
    if (i % 4_000 === 0) expect(pool.intern('again')).toBe('again');
  }
  expect(pool.size()).toBeLessThanOrEqual(2 * 8_192);
});
