// Field by field: what is cut, clamped or dropped, why an operation failed, and that no input gets past the bounds.
import { describe, expect, test } from '@jest/globals';
import { operation } from '../support/sidecar-answers.ts';

describe('what is cut, clamped or dropped, with a note', () => {
  test.each([
    [2, 1, /outside 0 to 1/],
    [-0.5, 0, /outside 0 to 1/],
    ['NaN', undefined, /not a number/],
    ['1e999', undefined, /not a number/],
    [{}, undefined, /not a number/],
    ['', undefined, /not a number/],
  ])('progress %j becomes %p', (progress, kept, note) => {
    expect(operation({ progress }).progress).toBe(kept);
    expect(operation({ progress }).notes?.[0]).toMatch(note);
  });

  test.each([
    ['0.5', 0.5],
    [0.25, 0.25],
    [null, undefined],
  ])('progress %j is fine', (progress, kept) => {
    expect(operation({ progress }).progress).toBe(kept);
    expect(operation({ progress }).notes).toBeUndefined();
  });

  test.each([
    'yesterday',
    '2026-11-24T15:38:06',
    '2026-11-24 15:38:06Z',
    '2026-02-30T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T15:38:60Z',
    '+12026-11-24T15:38:06Z',
    '12026-11-24T15:38:06Z',
    '2026-11-24T15:38:06.0123456789Z',
    '0000-01-01T00:00:00Z',
    1_795_534_697_166,
    { epoch: 1 },
  ])('the time %j is dropped', (completionTime) => {
    const read = operation({ completionTime });
    expect(read.completionTime).toBeUndefined();
    expect(read.notes).toEqual(['the Sidecar reports an unusable completionTime']);
  });

  test.each(['2026-11-24T15:38:06.041037954Z', '2999-12-31T23:59:59Z', '2024-02-29T12:00:00+05:30'])(
    'the time %s is kept as it is',
    (completionTime) => {
      expect(operation({ completionTime }).completionTime).toBe(completionTime);
    },
  );

  test('tables that cannot be ours never look like ours, and never like every table', () => {
    expect(operation({ tables: [null, 'orders'] }).tables).toEqual(['', 'orders']);
    expect(operation({ tables: 'orders' }).tables).toEqual(['']);
    expect(operation({ tables: { 0: 'orders' } }).tables).toEqual(['']);
    expect(operation({ tables: ['t'.repeat(300)] }).tables).toEqual(['']);
    expect(operation({ tables: [] }).tables).toEqual([]);
    expect(operation({ tables: null }).tables).toBeUndefined();
  });

  test('a keyspace or a number of jobs of another kind is left out', () => {
    expect(operation({ keyspace: 5, jobs: '2' })).not.toHaveProperty('keyspace');
    expect(operation({ keyspace: 5, jobs: '2' })).not.toHaveProperty('jobs');
    expect(operation({ jobs: 3_000_000_000 })).not.toHaveProperty('jobs');
    expect(operation({ keyspace: 'k'.repeat(100_000) })).not.toHaveProperty('keyspace');
  });
});

describe('why it failed', () => {
  test.each([
    [
      'several: the first and how many more',
      [{ source: 'a', message: 'one' }, { message: 'two' }, {}],
      { message: 'one (and 2 more)', source: 'a' },
    ],
    ['a source alone', [{ source: 'vm' }], { source: 'vm' }],
    ['none', [], undefined],
    ['not a list', { message: 'x' }, undefined],
    ['not objects', ['boom'], undefined],
    ['not texts', [{ source: 1, message: { a: 1 } }], undefined],
  ])('errors that are %s', (_name, errors, expected) => {
    expect(operation({ errors }).failureCause).toEqual(expected);
  });

  test('a long message is cut at 256 characters, what is behind it included', () => {
    const message = operation({ errors: [{ message: '💥'.repeat(5_000) }, {}] }).failureCause?.message ?? '';
    expect([...message]).toHaveLength(256);
    expect(message).toMatch(/… \(and 1 more\)$/u);
    const source = operation({ errors: [{ source: 'h'.repeat(1_000) }] }).failureCause?.source ?? '';
    expect([...source]).toHaveLength(253);
  });

  test('of a Throwable the outermost message counts, however deep it stands', () => {
    expect(operation({ failureCause: { cause: { cause: { message: 'deep' } } } }).failureCause).toEqual({
      message: 'deep',
    });
    expect(operation({ failureCause: { message: 'top', cause: { message: 'deep' } } }).failureCause).toEqual({
      message: 'top',
    });
    let endless: object = { message: 'bottom' };
    for (let depth = 0; depth < 5_000; depth += 1) endless = { cause: endless };
    expect(operation({ failureCause: endless }).failureCause).toBeUndefined();
  });

  test('both forms at once: the newer one counts', () => {
    const both = { errors: [{ message: 'new' }], failureCause: { message: 'old' } };
    expect(operation(both).failureCause).toEqual({ message: 'new' });
    expect(operation({ ...both, errors: [] }).failureCause).toEqual({ message: 'old' });
  });

  test('control characters, line breaks and bidi marks become spaces', () => {
    const message = 'a\u0000b\r\nc\u202Ed\u2066e\u200Bf\u2028g\u{E0041}h\ud800i\ttail ';
    expect(operation({ errors: [{ message }] }).failureCause?.message).toBe('a b c d e f g h i tail');
  });
});
