// Times in a status: read, written, and put right where no clock of ours can have written them.
import { describe, expect, test } from '@jest/globals';
import { earliest, millis, rfc3339, rfc3339Seconds } from '../../src/core/time.ts';
import { timely, timelyRun } from '../../src/core/timely.ts';
import { HOUR, MINUTE, NOW, run, submitting, time } from '../support/builders.ts';

describe('a time that lies too far ahead', () => {
  test.each([
    ['ten minutes ahead, as far as clocks may differ, is left', 10 * MINUTE, 10 * MINUTE],
    ['a millisecond further is the present', 10 * MINUTE + 1, 0],
    ['long past is left', -48 * HOUR, -48 * HOUR],
  ])('one that lies %s', (_where, given, left) => {
    expect(timely(time(given), NOW)).toBe(time(left));
    expect(timelyRun(run('a', 'Failed', { since: time(given) }), NOW).since).toBe(time(left));
    expect(timelyRun(run('a', 'Failed', { startTime: time(given) }), NOW).startTime).toBe(time(left));
    expect(timelyRun(submitting('a', -given), NOW).intent?.time).toBe(time(left));
  });

  test('text that is no time is left to those who read it', () => {
    expect(timely('soon', NOW)).toBe('soon');
  });

  test.each([
    ['within the hour is left', HOUR, HOUR],
    ['further ahead ends in an hour', HOUR + 1, HOUR],
  ])('a pause that ends %s', (_when, given, left) => {
    const paused = run('a', 'Pending', { notBefore: time(given) });
    expect(timelyRun(paused, NOW)).toEqual({ ...paused, notBefore: time(left) });
  });

  test('an intent from the year 9999 keeps its id and its baseline', () => {
    const intent = { id: 'intent-1', time: '9999-01-01T00:00:00.000Z', baseline: ['x'] };
    const put = timelyRun(submitting('a', MINUTE, { intent }), NOW);
    expect(put).toEqual(submitting('a', MINUTE, { intent: { ...intent, time: time() } }));
  });

  test('an entry whose times can be is the same object, so that nothing is written', () => {
    const whole = submitting('a', MINUTE, { since: time(-MINUTE), notBefore: time(HOUR) });
    expect(timelyRun(whole, NOW)).toBe(whole);
    const bare = run('a', 'Pending');
    expect(timelyRun(bare, NOW)).toBe(bare);
  });
});

describe('RFC 3339', () => {
  test('the nine decimals of a Sidecar are read, and what is no time is undefined', () => {
    expect(millis('2026-11-24T10:00:00.123456789Z')).toBe(NOW + 123);
    expect(millis('yesterday')).toBeUndefined();
    expect(millis(undefined)).toBeUndefined();
  });

  test('times of a node have milliseconds, those of a condition none, as Kubernetes writes them', () => {
    expect(rfc3339(NOW + 7)).toBe('2026-11-24T10:00:00.007Z');
    expect(rfc3339Seconds(NOW + 999)).toBe('2026-11-24T10:00:00Z');
  });

  test.each([
    [undefined, undefined, undefined],
    [1, undefined, 1],
    [undefined, 2, 2],
    [1, 2, 1],
    [2, 1, 1],
  ])('the earlier of %s and %s is %s', (one, another, first) => {
    expect(earliest(one, another)).toBe(first);
  });
});
