// Whether a demo came to what was to be expected, as a pure function; and the counts by which a person sees it.
import type { CassandraCleanupStatus } from '../../src/api/generated.ts';
import type { DemoOptions } from './options.ts';

/** What one Sidecar double has counted. */
export interface Counted {
  node: string;
  /** POSTs that arrived, whatever became of them. */
  posts: number;
  /** Most cleanups that were active at once. */
  most: number;
}

/** Why the outcome is not what `options` lead one to expect; undefined = it is. */
export function complaintAbout(
  status: CassandraCleanupStatus,
  counts: readonly Counted[],
  options: DemoOptions,
): string | undefined {
  const expected = { state: options.fail === undefined ? 'Completed' : 'Failed', ...countsFor(options) };
  const { state, completed, failed } = status;
  if (state !== expected.state || completed !== expected.completed || failed !== expected.failed) {
    const words = `${expected.state} with ${expected.completed} completed and ${expected.failed} failed nodes`;
    return `the run is ${state} with ${completed} completed and ${failed} failed nodes; expected was ${words}`;
  }
  const intended = counts[(options.fail ?? 0) - 1]?.node;
  const broken = status.nodes?.find((run) => run.state === 'Failed')?.name;
  if (broken !== intended) return `${broken} failed; expected was ${intended}`;
  const bad = counts.find(({ posts, most }) => posts !== 1 || most !== 1);
  return (
    bad && `the Sidecar of ${bad.node} counted ${bad.posts} POSTs and ${bad.most} cleanups at once; expected was 1`
  );
}

function countsFor({ nodes, fail }: DemoOptions): { completed: number; failed: number } {
  const failed = fail === undefined ? 0 : 1;
  return { completed: nodes - failed, failed };
}

/** Counts in one line where they are all the same, else a line for each node. */
export function countLines(counts: readonly Counted[]): string[] {
  const first = counts[0]?.posts;
  if (counts.length > 12 && counts.every(({ posts }) => posts === first)) return [`every node: ${first}`];
  return counts.map(({ node, posts }) => `${node}: ${posts}`);
}
