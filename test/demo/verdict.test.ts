// When the demo ends with 0: only where the run came to what its options lead one to expect, with one POST a node.
import { describe, expect, test } from '@jest/globals';
import type { CassandraCleanupStatus, NodeStatus } from '../../src/api/generated.ts';
import { type Counted, complaintAbout, countLines } from './verdict.ts';

const options = { nodes: 3, fail: undefined, keep: false, cassandra: false };
const counts = (posts = [1, 1, 1], most = 1): Counted[] =>
  posts.map((count, index) => ({ node: `n${index + 1}`, posts: count, most }));

function ended(states: NodeStatus['state'][]): CassandraCleanupStatus {
  const nodes = states.map((state, index): NodeStatus => ({ name: `n${index + 1}`, state }));
  const failed = states.filter((state) => state === 'Failed').length;
  const completed = states.filter((state) => state === 'Completed').length;
  return { state: failed > 0 ? 'Failed' : 'Completed', completed, failed, nodes };
}
const allDone = ended(['Completed', 'Completed', 'Completed']);
const secondFailed = ended(['Completed', 'Failed', 'Completed']);

describe('a demo', () => {
  test('is as expected where every node was cleaned after one POST', () => {
    expect(complaintAbout(allDone, counts(), options)).toBeUndefined();
  });

  test('is as expected with --fail where that node alone failed', () => {
    expect(complaintAbout(secondFailed, counts(), { ...options, fail: 2 })).toBeUndefined();
  });

  test.each<[what: string, complaint: string | undefined, words: string]>([
    [
      'a node failed unasked',
      complaintAbout(secondFailed, counts(), options),
      'the run is Failed with 2 completed and 1 failed nodes; expected was Completed with 3 completed and 0 failed nodes',
    ],
    [
      'the node that should fail did not',
      complaintAbout(allDone, counts(), { ...options, fail: 2 }),
      'the run is Completed with 3 completed and 0 failed nodes; expected was Failed with 2 completed and 1 failed nodes',
    ],
    [
      'another one failed',
      complaintAbout(secondFailed, counts(), { ...options, fail: 3 }),
      'n2 failed; expected was n3',
    ],
    [
      'a Sidecar got two POSTs',
      complaintAbout(allDone, counts([1, 2, 1]), options),
      'the Sidecar of n2 counted 2 POSTs and 1 cleanups at once; expected was 1',
    ],
    [
      'two cleanups ran at once',
      complaintAbout(allDone, counts([1, 1, 1], 2), options),
      'the Sidecar of n1 counted 1 POSTs and 2 cleanups at once; expected was 1',
    ],
  ])('is not as expected where %s', (_what, complaint, words) => {
    expect(complaint).toBe(words);
  });

  test('prints its counts node by node, and in one line where there are many and all are the same', () => {
    expect(countLines(counts())).toEqual(['n1: 1', 'n2: 1', 'n3: 1']);
    expect(countLines(counts(Array(20).fill(1)))).toEqual(['every node: 1']);
    expect(countLines(counts([...Array(20).fill(1), 2]))).toHaveLength(21);
  });
});
