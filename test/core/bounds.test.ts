// How a status is kept small enough for the API server: what is counted, what goes first, and what stays.
import { describe, expect, test } from '@jest/globals';
import { bounded, storedBytes } from '../../src/core/bounds.ts';
import type { RunStatus } from '../../src/core/model.ts';
import { condition, id, planned, run, time } from '../support/builders.ts';

describe('bytes of one character, as the API server stores it', () => {
  test.each<[string, string, number]>([
    ['a less-than sign', '<', 6],
    ['a greater-than sign', '>', 6],
    ['an ampersand', '&', 6],
    ['a line separator', '\u2028', 6],
    ['a paragraph separator', '\u2029', 6],
    ['the last that takes one', '\u007f', 1],
    ['the first that takes two', '\u0080', 2],
    ['the last that takes two', '\u07ff', 2],
    ['the first that takes three', '\u0800', 3],
    ['the last before the surrogates', '\ud7ff', 3],
    ['the first behind the surrogates', '\ue000', 3],
    ['the last that takes three', '\uffff', 3],
    ['the first that takes four', '\u{10000}', 4],
    ['the last of all', '\u{10ffff}', 4],
  ])('%s', (_which, text, bytes) => {
    expect(storedBytes(text)).toBe(bytes + '""'.length);
  });
});

describe('a status that is too large', () => {
  const failed = run('a', 'Failed', {
    message: 'm'.repeat(256),
    startTime: time(),
    operation: { id: id(1), state: 'FAILED', startTime: time(), failureCause: { message: 'c'.repeat(256) } },
  });
  const skipped = run('b', 'Skipped', { reason: 'PodGone', startTime: time(), since: time() });
  const whole: RunStatus = { ...planned().status, nodes: [failed, skipped] };
  const first = (one: RunStatus) => one.nodes?.[0];

  test('is one byte over the limit: a status of exactly the limit stays as it is', () => {
    const bytes = storedBytes(whole);
    expect(bounded(whole, bytes)).toBe(whole);
    expect(first(bounded(whole, bytes - 1))).not.toHaveProperty('message');
  });

  test('loses no more than it must: details stay where it then takes exactly the limit', () => {
    const smaller = bounded(whole, storedBytes(whole) - 1);
    expect(bounded(whole, storedBytes(smaller))).toEqual(smaller);
    expect(first(smaller)).toHaveProperty('operation.failureCause');
  });

  test('says so in the condition Finished, and in no other', () => {
    const smaller = bounded(whole, storedBytes(whole) - 1);
    const before = condition({ status: whole }, 'Finished').message;
    const note = 'the status was too large: messages and details of nodes were left out';
    expect(condition({ status: smaller }, 'Finished').message).toBe(`${before} (${note})`);
    const others = (one: RunStatus) => one.conditions?.filter(({ type }) => type !== 'Finished');
    expect(others(smaller)).toEqual(others(whole));
  });

  test('keeps what decides what is done next, however little room there is', () => {
    const smaller = bounded(whole, 1);
    expect(smaller.nodes).toEqual([
      { name: 'a', state: 'Failed', operation: { id: id(1), state: 'FAILED' } },
      { name: 'b', state: 'Skipped', reason: 'PodGone', since: time() },
    ]);
  });

  test('says so once, however much was left out', () => {
    const { message } = condition({ status: bounded(whole, 1) }, 'Finished');
    expect(message.split('the status was too large')).toHaveLength(2);
  });

  test('gets no nodes and no conditions where it had none', () => {
    expect(bounded({ state: 'Pending' }, 1)).toEqual({ state: 'Pending', nodes: [], conditions: [] });
  });
});
