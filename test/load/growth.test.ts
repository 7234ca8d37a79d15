// What a node-operation costs in a run of 10 to 2,000 nodes, parallelism in proportion: calls and writes are level. Rounds of /status
// are counted apart, as every start wants the whole ring. Sizes of statuses at their worst are in core/hard-cases-status.test.ts.
import { expect, test } from '@jest/globals';
import { LoadWorld } from './world.ts';

const MIB = 1_048_576;
/** Of a run that has other things to wait for than its own cleanups, an hour is far too long. */
const LIMIT_MS = 3_600_000;

/** Runs a cleanup of so many nodes to its end. */
async function cost(nodes: number) {
  const world = new LoadWorld();
  world.addCluster('ns', 'c', nodes);
  const key = world.create('ns', 'c', 'run', nodes / 10);
  await world.untilFinished([key], LIMIT_MS);
  const { calls } = world.sidecars;
  const count = (...names: string[]) => names.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0);
  return {
    posts: count('submission'),
    status: world.cache.get(key)?.status,
    largestStatus: world.largestStatus,
    perNode: {
      calls: count('list', 'operation', 'submission') / nodes,
      writes: world.writes / nodes,
      reconciles: world.reconciles / nodes,
    },
  };
}

test('a run of 2,000 nodes completes, and costs a node-operation no more than in one of 10 or 100', async () => {
  const ten = await cost(10);
  for (const nodes of [100, 2_000]) {
    const { posts, status, largestStatus, perNode } = await cost(nodes);
    expect(status).toMatchObject({ state: 'Completed', completed: nodes });
    expect(posts).toBe(nodes);
    expect(largestStatus).toBeLessThan(MIB);
    expect(perNode.calls).toBeLessThanOrEqual(1.1 * ten.perNode.calls);
    expect(perNode.writes).toBeLessThanOrEqual(ten.perNode.writes);
    expect(perNode.reconciles).toBeLessThanOrEqual(ten.perNode.reconciles);
  }
}, 180_000);
