// What an entry says while an answer is missing: why, since when, and for how long it is believed.
import { describe, expect, test } from '@jest/globals';
import {
  askAgainAt,
  cut,
  heldFor,
  isFresh,
  isSilent,
  saidAfter,
  silent,
  unhindered,
  withoutReason,
  withReason,
} from '../../src/core/silence.ts';
import { answer, MINUTE, NOW, run, silence, time } from '../support/builders.ts';

describe('a spell: since when a reason holds', () => {
  const began = time(-MINUTE);
  const since = (reason: string | undefined, next: string) => {
    const told = reason === undefined ? { since: began } : { reason, since: began };
    return withReason(run('a', 'Pending', told), next, 'x', NOW).since;
  };

  test.each([
    ['ClusterUnstable', 'ClusterUnstable'],
    ['SidecarUnreachable', 'SidecarInvalidAnswer'],
    ['SidecarInvalidAnswer', 'SidecarRejected'],
    ['SidecarRejected', 'SidecarUnreachable'],
  ])('%s followed by %s is the same spell', (reason, next) => {
    expect(since(reason, next)).toBe(began);
  });

  test.each([
    ['SidecarUnreachable', 'CassandraNotReady'],
    ['CassandraNotReady', 'SidecarUnreachable'],
    ['CassandraNotReady', 'PodGone'],
    [undefined, 'SidecarUnreachable'],
  ])('%s followed by %s begins a new one', (reason, next) => {
    expect(since(reason, next)).toBe(time());
  });

  test('a reason without a time begins now', () => {
    expect(withReason(run('a', 'Pending', { reason: 'PodGone' }), 'PodGone', 'x', NOW).since).toBe(time());
  });

  test('it is as long as the time since then; an entry without a time has waited for nothing yet', () => {
    expect(heldFor(run('a', 'Pending', { since: time(-MINUTE) }), NOW)).toBe(MINUTE);
    expect(heldFor(run('a', 'Pending'), NOW)).toBe(0);
  });

  test('with its reason an entry loses message and timer, and nothing else', () => {
    const waiting = run('a', 'Pending', { attempts: 2, reason: 'PodGone', message: 'x', since: began });
    expect(withoutReason(waiting)).toEqual({ name: 'a', state: 'Pending', attempts: 2 });
  });
});

describe('a Sidecar that gives no usable answer', () => {
  test.each([
    ['unreachable', 'SidecarUnreachable'],
    ['invalid', 'SidecarInvalidAnswer'],
  ] as const)('is named %s as %s, with what the client said', (kind, reason) => {
    const quiet = silent(run('a', 'Running'), { kind, message: 'no route' }, NOW);
    expect(quiet).toEqual({ name: 'a', state: 'Running', reason, message: 'no route', since: time() });
    expect(isSilent(quiet.reason)).toBe(true);
  });

  test('an entry without a reason is not silent', () => {
    expect(isSilent(undefined)).toBe(false);
  });
});

describe('what stands in the way of a Pending node', () => {
  const waiting = (reason: string) => run('a', 'Pending', { reason, message: 'x', since: time() });

  test.each([
    'SidecarUnreachable',
    'SidecarInvalidAnswer',
    'WaitingForNodeOperation',
    'WaitingForOtherCleanup',
    'TooManyOperations',
    'CassandraNotReady',
    'StatusWiped',
  ])('%s is forgotten as soon as it no longer holds', (reason) => {
    expect(unhindered(waiting(reason))).toEqual({ name: 'a', state: 'Pending' });
  });

  test.each(['OperationFailed', 'OperationLost', 'SidecarRejected', 'NotDelivered'])(
    '%s says how the last attempt ended, and stays until the next one',
    (reason) => {
      const told = waiting(reason);
      expect(unhindered(told)).toBe(told);
    },
  );
});

describe('an answer', () => {
  test('counts if it was asked for at that moment or later', () => {
    const said = answer('NORMAL', 100);
    expect(saidAfter(said, said.askedAt)).toBe(true);
    expect(saidAfter(said, said.askedAt + 1)).toBe(false);
    expect(saidAfter(silence(), 0)).toBe(false);
    expect(saidAfter(undefined, 0)).toBe(false);
  });

  test('is fresh up to its last millisecond', () => {
    expect(isFresh(answer('NORMAL', 3_000), NOW, 3_000)).toBe(true);
    expect(isFresh(answer('NORMAL', 3_001), NOW, 3_000)).toBe(false);
  });

  test('that does not count is asked for again at once, but never within a quarter of a second', () => {
    expect(askAgainAt(undefined, NOW)).toBe(NOW);
    expect(askAgainAt(answer([], 100), NOW)).toBe(NOW + 150);
    expect(askAgainAt(answer([], MINUTE), NOW)).toBe(NOW);
  });
});

describe('a message', () => {
  test('holds 256 characters; a longer one ends in an ellipsis', () => {
    expect(cut('x'.repeat(256))).toBe('x'.repeat(256));
    expect(cut('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`);
    expect(withReason(run('a', 'Pending'), 'PodGone', 'x'.repeat(300), NOW).message).toHaveLength(256);
  });

  test('is never cut within a character', () => {
    expect(cut('😀'.repeat(256))).toBe('😀'.repeat(256));
    expect(cut('😀'.repeat(257))).toBe(`${'😀'.repeat(255)}…`);
  });
});
