// What is particular to cleanup: its request, its twin in a list, and what Cassandra's and JMX's own texts mean.
import { describe, expect, test } from '@jest/globals';
import type { FailureClass } from '../../src/core/failure.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { kindOf, operations } from '../../src/operations/index.ts';
import { operation, spec } from '../support/builders.ts';

/** Texts that a running Icarus 3.0.0 or 1.0.2 gave beside Cassandra 4.1.0, 4.1.10 and 5.0.6. */
const RECORDED: readonly (readonly [text: string, is: FailureClass, reason: string])[] = [
  ['Cleanup of the system keyspace is neither necessary nor wise', 'permanent', 'InvalidRequest'],
  ['Unknown keyspace/cf pair (shop.nope)', 'permanent', 'InvalidRequest'],
  ['Keyspace nope does not exist', 'permanent', 'InvalidRequest'],
  ['Keyspace "Mixed" does not exist', 'permanent', 'InvalidRequest'],
  ['Keyspace  does not exist', 'permanent', 'InvalidRequest'],
  ['Node is involved in cluster membership changes. Not safe to run cleanup.', 'refused', 'ClusterUnstable'],
  [
    'Aborted cleaning up at least one table in keyspace p, check server logs for more information.',
    'membership',
    'ClusterUnstable',
  ],
  [
    'Failed marking some sstables compacting in keyspace c2, check server logs for more information',
    'forgotten',
    'CompactionBusy',
  ],
  [
    'org.apache.cassandra.db.compaction.CompactionInterruptedException (no security manager: RMI class loader disabled)',
    'forgotten',
    'Interrupted',
  ],
  ['Error unmarshaling return header; nested exception is: java.io.EOFException', 'broken', 'JmxBroken'],
  [
    'Failed to retrieve RMIServer stub: javax.naming.ServiceUnavailableException [Root exception is ' +
      'java.rmi.ConnectException: Connection refused to host: 127.0.0.1]',
    'broken',
    'JmxBroken',
  ],
  ['org.apache.cassandra.db:type=StorageService', 'broken', 'JmxBroken'],
];

describe('failures', () => {
  test.each(RECORDED)('recorded: %s', (message, is, reason) => {
    expect(cleanup.failure({ message, source: 'host' })).toEqual({ class: is, reason });
  });

  test.each(['java.io.IOException: No space left on device', 'Not enough space for compaction (shop.items)'])(
    'a full disk is named: %s',
    (message) => {
      expect(cleanup.failure({ message })).toEqual({ class: 'failed', reason: 'DiskFull' });
    },
  );

  test('the first of two texts decides: a keyspace may be called anything', () => {
    expect(cleanup.failure({ message: 'Keyspace EOFException does not exist' }).class).toBe('permanent');
  });

  test.each([undefined, {}, { source: 'host' }, { message: 'something else' }])('%o is a failure like any', (cause) => {
    expect(cleanup.failure(cause)).toEqual({ class: 'failed', reason: 'OperationFailed' });
  });
});

describe('the request', () => {
  test('always names jobs: left out, it would mean all compaction threads', () => {
    expect(cleanup.request(spec({ jobs: 0 }))).toEqual({
      type: 'cleanup',
      keyspace: 'shop',
      tables: ['items', 'orders'],
      jobs: 0,
    });
  });

  test('names no tables where the spec names none', () => {
    const { tables: _tables, ...whole } = spec();
    expect(cleanup.request(whole)).toStrictEqual({ type: 'cleanup', keyspace: 'shop', jobs: 2 });
  });
});

describe('what matches', () => {
  const { tables: _tables, ...whole } = spec();
  const { tables: _told, jobs: _jobs, ...bare } = operation('x', 'RUNNING');
  const all = { ...whole, jobs: 0 };

  test('tables are a set, whatever their order and doubles', () => {
    const listed = operation('x', 'RUNNING', { tables: ['orders', 'items', 'orders'] });
    expect(cleanup.matches(spec(), listed)).toBe(true);
  });

  test.each([
    ['another keyspace', { keyspace: 'Shop' }],
    ['fewer tables', { tables: ['items'] }],
    ['every table', { tables: [] }],
    ['tables whose names only run together to the same', { tables: ['itemsorders'] }],
    ['other jobs', { jobs: 1 }],
    ['another type', { type: 'Cleanup' }],
  ])('not one of %s', (_what, change) => {
    expect(cleanup.matches(spec(), operation('x', 'RUNNING', change))).toBe(false);
  });

  test('absent and empty tables both mean every table, absent jobs mean 0', () => {
    expect(cleanup.matches(all, bare)).toBe(true);
    expect(cleanup.matches(all, { ...bare, tables: [], jobs: 0 })).toBe(true);
    expect(cleanup.matches(all, operation('x', 'RUNNING'))).toBe(false);
  });
});

test('every kind is found by the plural of its resource, and an unknown one is an error', () => {
  for (const kind of operations) expect(kindOf(kind.plural)).toBe(kind);
  expect(() => kindOf('flushes')).toThrow('flushes');
});
