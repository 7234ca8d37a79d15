// What a node-operation costs in a run of 10 to 2,000 nodes (parallelism in proportion), and in 1 to 1,000 runs at once: calls, writes,
// bytes and reconciles are level. Rounds of /status are counted apart, as every start wants the whole ring. Sizes of statuses at their
// worst are in core/hard-cases-status.test.ts.
import { expect, test } from '@jest/globals';
import { type LoadOptions, LoadWorld } from './world.ts';

const MIB = 1_048_576;
/** Of a run that has other things to wait for than its own cleanups, an hour is far too long. */
const LIMIT_MS = 3_600_000;

interface Size {
  resources: number;
  /** Of each resource. */
  nodes: number;
  parallelism: number;
}

/** Runs cleanups at once, each over a cluster of its own, all in one namespace, to their end. */
async function cost({ resources, nodes, parallelism }: Size, options: LoadOptions = {}) {
  const world = new LoadWorld(options);
  const keys = Array.from({ length: resources }, (_, index) => {
    world.addCluster('ns', `c${index}`, nodes);
    return world.create('ns', `c${index}`, `run-${index}`, { parallelism });
  });
  await world.untilFinished(keys, LIMIT_MS);
  const operations = resources * nodes;
  for (const key of keys) expect(world.cache.get(key)?.status).toMatchObject({ state: 'Completed', completed: nodes });
  const { calls } = world.sidecars;
  expect(calls.get('submission')).toBe(operations);
  expect(world.largestStatus).toBeLessThan(MIB);
  const count = (...names: string[]) => names.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0) / operations;
  return {
    calls: count('list', 'operation', 'submission'),
    status: count('status'),
    writes: world.writes / operations,
    bytes: world.writtenBytes / operations,
    reconciles: world.reconciles / operations,
    looks: world.looks / operations,
    /** Nodes that reconciles have looked at. */
    nodeLooks: (world.reconciles * nodes) / operations,
  };
}

type Costs = Awaited<ReturnType<typeof cost>>;

/** What of these costs is higher than it should be. */
function higher(costs: Costs, than: Costs, ...names: (keyof Costs)[]): string[] {
  return names.filter((name) => costs[name] > 1.1 * than[name]).map((name) => `${name} ${costs[name]}`);
}

test('a run of 100, 1,000 or 2,000 nodes costs a node-operation no more than one of 10', async () => {
  const proportional = (nodes: number) => cost({ resources: 1, nodes, parallelism: nodes / 10 });
  const ten = await proportional(10);
  for (const nodes of [100, 1_000, 2_000]) {
    expect(higher(await proportional(nodes), ten, 'calls', 'writes', 'bytes', 'reconciles')).toEqual([]);
  }
});

test('answers that come one by one are looked at together: a run of 1,000 nodes is looked at no more often than one of 100', async () => {
  const oneByOne: LoadOptions = { callCpuMs: 0.5, lookCpuMs: [0, 0] };
  const proportional = (nodes: number) => cost({ resources: 1, nodes, parallelism: nodes / 10 }, oneByOne);
  expect(higher(await proportional(1_000), await proportional(100), 'nodeLooks')).toEqual([]);
});

test('100 or 1,000 runs at once cost a node-operation no more than one alone', async () => {
  const crowd = (resources: number) => cost({ resources, nodes: 3, parallelism: 3 });
  const alone = await crowd(1);
  for (const resources of [100, 1_000]) {
    expect(higher(await crowd(resources), alone, 'calls', 'status', 'writes', 'bytes', 'reconciles')).toEqual([]);
  }
});

test.each([0, 1_000])(
  'a Pod that is not Ready wakes the run of its own cluster only, beside %i others',
  async (others) => {
    const world = new LoadWorld();
    for (let index = 0; index < others; index += 1) {
      world.addCluster('ns', `c${index}`, 1);
      world.create('ns', `c${index}`, `run-${index}`, { suspend: true });
    }
    world.addCluster('ns', 'own', 3);
    const key = world.create('ns', 'own', 'run-own');
    await world.pass(3_000);
    expect(world.cache.get(key)?.status.state).toBe('Running');
    const { reconciles, looks } = world;
    world.setReady('ns', 'own-2', false);
    await world.pass(5);
    expect([world.reconciles - reconciles, world.looks - looks]).toEqual([1, 3]);
  },
);
