// What metrics say of runs, with values: how many there are, and what a write of a status changed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { absentOnce, afterFailure, ended, lostOnce } from '../../src/core/attempt.ts';
import type { Run, RunStatus } from '../../src/core/model.ts';
import { record } from '../../src/core/record.ts';
import { summarize } from '../../src/core/summary.ts';
import { abridged } from '../../src/kube/abridged.ts';
import { censusOf, changesBetween } from '../../src/main-counts.ts';
import { cleanupMetrics } from '../../src/telemetry/cleanup-metrics.ts';
import { MINUTE, NOW, operation, resource, run, running, status, submitting, time } from '../support/builders.ts';

const root = join(import.meta.dirname, '..', '..');
const crd = parse(readFileSync(join(root, 'crds', 'cassandracleanup.yaml'), 'utf8'));
const inStatus = crd.spec.versions[0].schema.openAPIV3Schema.properties.status.properties;
const done = (name: string) => run(name, 'Completed', { operation: operation('1', 'COMPLETED') });

/** A status as the operator would write it. */
function summary(runs: readonly Run[], change: Partial<Parameters<typeof summarize>[2]> = {}): RunStatus {
  return summarize(runs, { startTime: time(-MINUTE) }, { now: NOW, generation: 1, suspend: false, ...change });
}
const census = (...statuses: RunStatus[]) => {
  const { runs, nodes, waitingRuns, waitingNodes } = censusOf(statuses.map((one) => resource({ status: one })));
  return {
    runs: Object.fromEntries(runs),
    nodes: Object.fromEntries(nodes),
    waitingRuns: Object.fromEntries(waitingRuns),
    waitingNodes: Object.fromEntries(waitingNodes),
  };
};

describe('the values of a label', () => {
  test.each([
    ['cassandra_cleanup_runs', 'state', inStatus.state.enum],
    ['cassandra_cleanup_nodes', 'run_state', inStatus.state.enum],
    ['cassandra_cleanup_nodes', 'state', inStatus.nodes.items.properties.state.enum],
  ] as const)('of %s, %s, are those of the CRD', (name, label, values) => {
    const labels: Record<string, readonly string[]> = cleanupMetrics[name].labels;
    expect(labels[label]).toEqual([...values, 'other']);
  });

  test('are, of what is waited for, the reasons of docs/troubleshooting.md but for those of what has ended or goes on', () => {
    const page = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');
    const reasons = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
    const others = ['Nodes', 'FailedNodes', 'Max', 'Deadline', 'Suspended', 'Not(Suspended|Stalled|InRing)'];
    const waits = reasons.filter((reason) => !new RegExp(`^(${others.join('|')})`).test(reason ?? ''));
    expect([...cleanupMetrics.cassandra_cleanup_waiting_runs.labels.reason].sort()).toEqual([...waits, 'other'].sort());
  });
});

describe('the census', () => {
  test('counts runs and nodes by state, and an object that nobody has looked at yet as Pending', () => {
    const { runs, nodes } = census(
      { observedGeneration: -1, state: 'Pending' },
      summary([done('a'), running('b', '2'), run('c', 'Pending')]),
      summary([run('a', 'Pending')], { suspend: true }),
    );
    expect(runs).toEqual({ Pending: 1, Running: 1, Suspended: 1 });
    expect(nodes).toEqual({
      'Completed/Running': 1,
      'Running/Running': 1,
      'Pending/Running': 1,
      'Pending/Suspended': 1,
    });
  });

  test('takes the nodes of a finished run that is kept without its entries from its counts', () => {
    const whole = resource({
      status: summary([done('a'), done('b'), ended(run('c', 'Pending'), 'Skipped', 'PodGone')]),
    });
    const kept = abridged(whole);
    expect(kept.status.nodes).toBeUndefined();
    expect(censusOf([kept])).toEqual(censusOf([whole]));
    expect(Object.fromEntries(censusOf([kept]).nodes)).toEqual({ 'Completed/Completed': 2, 'Skipped/Completed': 1 });
  });

  test('says what runs and nodes wait for, while they do', () => {
    const silent = run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'no answer' });
    const waiting = { reason: 'WaitingForOtherCleanup', message: 'another' };
    const { waitingRuns, waitingNodes } = census(
      summary([silent, run('b', 'Pending')]),
      summary([run('a', 'Pending')], { waiting }),
      summary([running('a', '1'), silent]),
    );
    expect(waitingRuns).toEqual({ SidecarUnreachable: 1, WaitingForOtherCleanup: 1 });
    expect(waitingNodes).toEqual({ SidecarUnreachable: 2 });
  });

  test('names nothing that waits in a run that has ended, is suspended, or goes on', () => {
    const failed = ended(run('a', 'Pending'), 'Failed', 'DiskFull', 'no space');
    const { waitingRuns, waitingNodes } = census(
      summary([failed]),
      summary([run('a', 'Pending')], { suspend: true }),
      summary([running('a', '1')]),
    );
    expect([waitingRuns, waitingNodes]).toEqual([{}, {}]);
  });
});

describe('a write of a status', () => {
  const none = { runs: [], operations: [], nodes: [], found: [], losses: [] };
  const oneNode = (before: Run, after: Run) => changesBetween(status([before]), status([after]));
  const judgement = { now: NOW, backoffLimit: 3, rejectedAfterMs: 15 * MINUTE };

  test('that changes nothing that ended tells nothing', () => {
    expect(oneNode(running('a', '1'), running('a', '1', { reason: 'SidecarUnreachable' }))).toEqual(none);
    expect(changesBetween({}, status([run('a', 'Pending')]))).toEqual(none);
  });

  test('that ends a node tells its state, and how long its Sidecar says that the operation ran', () => {
    const after = ended({ ...running('a', '1'), operation: operation('1', 'COMPLETED') }, 'Completed');
    const operations = [{ state: 'COMPLETED', seconds: 59 }];
    expect(oneNode(running('a', '1'), after)).toEqual({ ...none, nodes: ['Completed'], operations });
    expect(oneNode(after, after)).toEqual(none);
  });

  test('that ends a run tells its state, and how long it took, once', () => {
    const before = summary([running('a', '1')]);
    const after = summary([done('a')]);
    expect(changesBetween(before, after).runs).toEqual([{ state: 'Completed', seconds: 60 }]);
    expect(changesBetween(after, { ...after, observedGeneration: 2 }).runs).toEqual([]);
    const failed = summary([ended(running('a', '1'), 'Failed', 'DiskFull')]);
    expect(changesBetween(before, failed).runs).toEqual([{ state: 'Failed', seconds: 60 }]);
  });

  test('that tries a failed operation again tells its end, and no loss', () => {
    const failed = { ...running('a', '1'), operation: operation('1', 'FAILED') };
    const again = afterFailure(failed, { class: 'failed', reason: 'OperationFailed' }, 'no', judgement);
    expect(oneNode(running('a', '1'), again)).toEqual({ ...none, operations: [{ state: 'FAILED', seconds: 59 }] });
  });

  test('that finds the operation of an intent tells its id', () => {
    expect(oneNode(submitting('a', 1_000), running('a', '7')).found).toEqual(['7']);
    expect(
      oneNode(submitting('a', 1_000, { operation: { id: '6', state: 'FAILED' } }), running('a', '7')).found,
    ).toEqual(['7']);
    expect(oneNode(submitting('a', 1_000), submitting('a', 1_000)).found).toEqual([]);
    expect(oneNode(running('a', '7'), running('a', '7')).found).toEqual([]);
  });

  test('that gives up on an operation tells why', () => {
    const lost = (reason: string) => oneNode(running('a', '1'), lostOnce(running('a', '1'), reason, '', NOW)).losses;
    expect(lost('OperationLost')).toEqual(['OperationLost']);
    expect(lost('JmxBroken')).toEqual(['JmxBroken']);
    expect(oneNode(running('a', '1'), ended(running('a', '1'), 'Failed', 'OutcomeUnknown')).losses).toEqual([
      'OutcomeUnknown',
    ]);
    expect(oneNode(submitting('a', 40_000), absentOnce(submitting('a', 40_000), NOW)).losses).toEqual(['NotDelivered']);
  });

  test('of a request that surely did not leave tells no loss, even after one', () => {
    const before = submitting('a', 1_000, { previous: { reason: 'NotDelivered' } });
    const outcome = { node: 'a', intentId: before.intent?.id ?? '', result: 'notSent', message: 'no' } as const;
    const { runs } = record([before], [outcome], judgement);
    expect(runs[0]).toMatchObject({ state: 'Pending', reason: 'NotDelivered' });
    expect(changesBetween(status([before]), status(runs)).losses).toEqual([]);
  });

  test('of a failure that follows from an earlier loss tells no other loss', () => {
    const before = running('a', '2', { previous: { id: '1', reason: 'OperationLost' } });
    const again = afterFailure(before, { class: 'forgotten', reason: 'Interrupted' }, '', judgement);
    expect(again.reason).toBe('InterruptedAfterLoss');
    expect(oneNode(before, again).losses).toEqual([]);
  });
});
