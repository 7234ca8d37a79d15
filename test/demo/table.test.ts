// The demo's picture of a run: what a person sees of a status, and which changes make a line in a log.
import { describe, expect, test } from '@jest/globals';
import type { CassandraCleanupStatus, NodeStatus } from '../../src/api/generated.ts';
import { changeLines, type TableFrame, tableLines } from './table.ts';

const start = Date.parse('2026-01-01T10:00:00Z');
const at = (ms: number) => new Date(start + ms).toISOString();
const id = '5ace48d7-d574-4c5c-81dc-382460859bbd';

const pending: NodeStatus = { name: 'prod-rack1-sts-1', rack: 'rack1', state: 'Pending' };
const begun = { name: 'prod-rack1-sts-0', rack: 'rack1', attempts: 1, startTime: at(0) };
const running: NodeStatus = { ...begun, state: 'Running', operation: { id, state: 'RUNNING', progress: 0 } };
const done = { id, state: 'COMPLETED', progress: 1, completionTime: at(3_000) } as const;
const completed: NodeStatus = { ...begun, state: 'Completed', operation: done };
const failed: NodeStatus = {
  ...begun,
  state: 'Failed',
  reason: 'InvalidRequest',
  message: 'Keyspace x does not exist',
};

function statusOf(nodes: NodeStatus[], more: CassandraCleanupStatus = {}): CassandraCleanupStatus {
  const count = (state: NodeStatus['state']) => nodes.filter((run) => run.state === state).length;
  const counts = { total: nodes.length, completed: count('Completed'), failed: count('Failed') };
  return { state: 'Running', startTime: at(0), progressPercent: 0, ...counts, nodes, ...more };
}

function finished(reason: string, message: string): Pick<CassandraCleanupStatus, 'conditions'> {
  const lastTransitionTime = at(0);
  return { conditions: [{ type: 'Finished', status: 'False', reason, message, lastTransitionTime }] };
}

function drawn(status: CassandraCleanupStatus, frame: Partial<TableFrame> = {}): string[] {
  return tableLines(status, { name: 'orders', now: start + 9_900, columns: 80, rows: 40, colour: false, ...frame });
}

describe('the table', () => {
  test('has a line for each node, one for the run, and says what the run waits for', () => {
    const nodes = [completed, { ...running, name: 'prod-rack2-sts-2', rack: 'rack2', startTime: at(8_000) }, pending];
    const why = finished('NodesRemaining', '1 of 3 nodes completed');
    expect(drawn(statusOf(nodes, { ...why, progressPercent: 33 }))).toEqual([
      'NODE              RACK   STATE       PROGRESS  ATTEMPTS     TIME  OPERATION',
      'prod-rack1-sts-0  rack1  Completed   ████████         1    3.0 s  5ace48d7-d574…',
      'prod-rack2-sts-2  rack2  Running     ░░░▓▓░░░         1    1.9 s  5ace48d7-d574…',
      'prod-rack1-sts-1  rack1  Pending     ░░░░░░░░',
      '',
      'orders  Running  ██████████░░░░░░░░░░░░░░░░░░░░  33 %  1 of 3 nodes  9.9 s',
      'NodesRemaining: 1 of 3 nodes completed',
    ]);
  });

  test.each([20, 40, 60, 80, 120, 200])('fits into %i columns', (columns) => {
    const why = finished('FailedNodes', 'a long sentence on what has happened to it, '.repeat(12));
    const lines = drawn(statusOf([completed, running, failed], why), { columns });
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  test('shows whole ids where there is room, and a longer bar', () => {
    const [, line] = drawn(statusOf([completed]), { columns: 120 });
    expect(line).toBe(`prod-rack1-sts-0  rack1  Completed   ${'█'.repeat(24)}         1    3.0 s  ${id}`);
  });

  test('shows progress as the Sidecar reports it, and a bar that only moves where it reports none', () => {
    const half: NodeStatus = { ...running, operation: { id, state: 'RUNNING', progress: 0.5 } };
    const barOf = (run: NodeStatus, now: number) => drawn(statusOf([run]), { now })[1]?.match(/[█▓░]+/)?.[0];
    expect(barOf(half, start)).toBe('████░░░░');
    expect(barOf(running, start)).not.toBe(barOf(running, start + 100));
    expect([0, 700, 1_200, 5_000].map((ms) => barOf(running, start + ms)?.length)).toEqual([8, 8, 8, 8]);
  });

  test('says in whole sentences why a node failed, in at most three lines', () => {
    const why = finished(
      'FailedNodes',
      '0 of 1 nodes completed, 1 failed: prod-rack1-sts-0 (InvalidRequest: no keyspace)',
    );
    const lines = drawn(statusOf([failed], { ...why, state: 'Failed', completionTime: at(4_000) }));
    expect(lines.slice(-3)).toEqual([
      'orders  Failed  ░░░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 of 1 nodes, 1 failed  4.0 s',
      'FailedNodes: 0 of 1 nodes completed, 1 failed: prod-rack1-sts-0 (InvalidRequest:',
      'no keyspace)',
    ]);
  });

  test('shows the nodes about the first that is not over where there is no room for all, and counts the others', () => {
    const nodes = Array.from(
      { length: 60 },
      (_, index): NodeStatus => ({
        name: `n${index}`,
        state: index < 30 ? 'Completed' : 'Pending',
      }),
    );
    const lines = drawn(statusOf(nodes), { rows: 18 });
    expect(lines.length).toBeLessThanOrEqual(18);
    expect(lines.slice(1, 13).map((line) => line.trim().split('  ')[0])).toEqual([
      '… 25 more above',
      ...Array.from({ length: 10 }, (_, index) => `n${25 + index}`),
      '… 25 more below',
    ]);
  });

  test('is a head and a bar before the operator has seen the resource', () => {
    expect(drawn({ state: 'Pending' }).at(-1)).toBe('not seen by the operator yet');
  });

  test('colours states on a terminal', () => {
    expect(drawn(statusOf([failed]), { colour: true })[1]).toContain('\x1b[31mFailed    \x1b[0m');
  });
});

describe('the lines of a log', () => {
  const lines = (before: NodeStatus[], after: NodeStatus[]) => changeLines(statusOf(before), statusOf(after));

  test('tell of a node that has started, ended or waits, with its operation and the reason', () => {
    expect(lines([pending, begunPending()], [pending, running])).toEqual([
      `prod-rack1-sts-0 (rack1)  Running     attempt 1  operation ${id} RUNNING`,
    ]);
    expect(lines([running], [failed])).toEqual([
      'prod-rack1-sts-0 (rack1)  Failed      attempt 1  InvalidRequest: Keyspace x does not exist',
    ]);
  });

  test('do not tell of progress, nor of what stays as it is', () => {
    const further: NodeStatus = { ...running, operation: { id, state: 'RUNNING', progress: 0.5 } };
    expect(lines([running], [further])).toEqual([]);
  });

  test('tell of each new state of the run', () => {
    const after = statusOf([completed], {
      state: 'Completed',
      ...finished('NodesCompleted', '1 of 1 nodes completed'),
    });
    expect(changeLines(statusOf([completed]), after)).toEqual([
      'Completed, 1 of 1 nodes: NodesCompleted: 1 of 1 nodes completed',
    ]);
  });

  function begunPending(): NodeStatus {
    return { name: 'prod-rack1-sts-0', rack: 'rack1', state: 'Pending' };
  }
});
