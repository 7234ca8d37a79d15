// Nobody's load is another one's delay: floods, many runs at once, black holes; and no cap is ever passed. In virtual time, and by
// counts.
import { describe, expect, test } from '@jest/globals';
import type { Key } from '../../src/controller/ports.ts';
import { id, run, status } from '../support/builders.ts';
import { type LoadOptions, LoadWorld } from './world.ts';

// Seconds of one CPU; a machine that is busy with other things takes several times as long.

const HOUR = 3_600_000;

/** Creates runs at once, each over a cluster of its own, dealt out to namespaces. */
function addRuns(
  world: LoadWorld,
  count: number,
  namespaces: number,
  { nodes = 3, parallelism = 1 }: { nodes?: number; parallelism?: number } = {},
): Key[] {
  return Array.from({ length: count }, (_, index) => {
    const namespace = `ns-${index % namespaces}`;
    world.addCluster(namespace, `c${index}`, nodes);
    return world.create(namespace, `c${index}`, `run-${index}`, { parallelism });
  });
}

function callsOf(world: LoadWorld): number {
  return [...world.sidecars.calls.values()].reduce((sum, count) => sum + count, 0);
}

/** Darkens a namespace: clusters of which no Sidecar answers, and a run over each. */
function addDarkness(world: LoadWorld, clusters: number): void {
  for (let index = 0; index < clusters; index += 1) {
    for (const uid of world.addCluster('dark', `dark${index}`, 3)) world.sidecars.silence(uid);
    world.create('dark', `dark${index}`, `dark-${index}`, { parallelism: 3 });
  }
}

function percentile(world: LoadWorld, keys: readonly Key[], share: number): number {
  const durations = keys.map((key) => world.durationOf(key)).sort((a, b) => a - b);
  return durations[Math.ceil(durations.length * share) - 1] ?? Number.NaN;
}

/** The 99th percentile of how long 100 runs in ten namespaces take, in a world to which something was done first. */
async function p99(prepare: (world: LoadWorld) => void, options: LoadOptions = {}): Promise<number> {
  const world = new LoadWorld(options);
  prepare(world);
  const keys = addRuns(world, 100, 10);
  await world.untilFinished(keys, HOUR);
  return percentile(world, keys, 0.99);
}

describe('a flood', () => {
  /** How long a run waits for its first POST, and how many reconciles are done meanwhile, after so many others elsewhere. */
  async function startAfter(others: number) {
    const world = new LoadWorld();
    for (let index = 0; index < 50; index += 1) world.addCluster('flood', `c${index}`, 3);
    world.addCluster('quiet', 'quiet', 3);
    for (let index = 0; index < others; index += 1) world.create('flood', `c${index % 50}`, `run-${index}`);
    await world.timeline.run(() => false, 50);
    const before = world.reconciles;
    const key = world.create('quiet', 'quiet', 'run');
    await world.timeline.run(() => world.firstPostAt.has('quiet'), HOUR);
    return { ms: world.startOf(key, 'quiet'), reconciles: world.reconciles - before };
  }

  test('of 5,000 resources in one namespace does not double the start latency of one in another', async () => {
    const alone = await startAfter(0);
    const flooded = await startAfter(5_000);
    expect(flooded.ms).toBeLessThan(2 * alone.ms);
    expect(flooded.reconciles).toBeLessThan(5_000);
  });

  test('of 10,000 finished resources in its namespace costs a run nothing', async () => {
    const looks = async (finished: number) => {
      const world = new LoadWorld();
      const [namespace, cluster] = ['ns', 'c'];
      world.addCluster(namespace, cluster, 3);
      const condition = { type: 'Complete', status: 'True', reason: 'Complete', message: '' } as const;
      const nodes = [run('c-0', 'Completed', { operation: { id: id(1), state: 'COMPLETED' } })];
      const over = status(nodes, { conditions: [{ ...condition, lastTransitionTime: '2026-11-24T00:00:00Z' }] });
      for (let index = 0; index < finished; index += 1) world.addFinished(namespace, `old-${index}`, over);
      const key = world.create(namespace, cluster, 'run');
      await world.untilFinished([key], HOUR);
      return { looks: world.looks, reconciles: world.reconciles };
    };
    expect(await looks(10_000)).toEqual(await looks(0));
  });
});

describe('many runs', () => {
  test('1,000 at once complete, each node cleaned once', async () => {
    const world = new LoadWorld();
    const keys = addRuns(world, 1_000, 10);
    await world.untilFinished(keys, HOUR);
    for (const key of keys) expect(world.cache.get(key)?.status).toMatchObject({ state: 'Completed', completed: 3 });
    expect(world.sidecars.calls.get('submission')).toBe(3_000);
  });

  test('use answers while they are fresh, on a slow machine too; did all gather at once, none would ever begin', async () => {
    const course = async (options: LoadOptions) => {
      const world = new LoadWorld({ ...options, callCpuMs: 2 });
      const keys = addRuns(world, 200, 10, { nodes: 10, parallelism: 10 });
      await world.untilFinished(keys, 60_000);
      return callsOf(world) / 2_000;
    };
    expect(await course({})).toBeLessThan(10);
    await expect(course({ gathering: Number.POSITIVE_INFINITY })).rejects.toThrow('200 runs have not ended');
  });

  test('are let in by what they will ask: the states of their clusters, though they ask for one list first', async () => {
    const world = new LoadWorld({ callCpuMs: 2 });
    const keys = addRuns(world, 300, 10, { nodes: 20 });
    await world.timeline.run(() => world.firstPostAt.size === keys.length, 60_000);
    expect(callsOf(world) / keys.length).toBeLessThan(40);
  });

  test('of one namespace wake each other no more than those of many do', async () => {
    const reconciles = async (namespaces: number) => {
      const world = new LoadWorld();
      await world.untilFinished(addRuns(world, 100, namespaces), HOUR);
      return world.reconciles;
    };
    expect(await reconciles(1)).toBeLessThan(1.1 * (await reconciles(10)));
  });
});

describe('a black hole', () => {
  test('of one Sidecar, or of one cluster, makes the p99 of all other runs grow by at most 10 %', async () => {
    const without = await p99(() => {});
    const oneNode = await p99((world) => {
      const [uid = ''] = world.addCluster('ns-0', 'hole', 3);
      world.sidecars.silence(uid);
      world.create('ns-0', 'hole', 'hole');
    });
    const cluster = await p99((world) => addDarkness(world, 1));
    expect(oneNode).toBeLessThanOrEqual(1.1 * without);
    expect(cluster).toBeLessThanOrEqual(1.1 * without);
  });

  test('of a whole namespace takes no more than its share of the slots; without shares it would delay everybody', async () => {
    const shared = { reads: [400, 40, 30] };
    const without = await p99(() => {}, shared);
    expect(await p99((world) => addDarkness(world, 150), shared)).toBeLessThanOrEqual(1.1 * without);
    expect(await p99((world) => addDarkness(world, 150), { reads: [400] })).toBeGreaterThan(1.1 * without);
  });
});

test('the caps on calls under way are reached and never passed: in all, for a namespace, a resource, a Sidecar', async () => {
  const world = new LoadWorld({ reads: [40, 14, 9], submissions: [5, 2] });
  addDarkness(world, 10);
  const keys = Array.from({ length: 8 }, (_, index) => {
    world.addCluster(`ns-${index % 4}`, `c${index}`, 10);
    return world.create(`ns-${index % 4}`, `c${index}`, `run-${index}`, { parallelism: 10 });
  });
  await world.untilFinished(keys, HOUR);
  const peaks = (what: string) => [...world.sidecars.peaks].filter(([name]) => name.startsWith(what)).map(([, n]) => n);
  expect(peaks('read in all')).toEqual([40]);
  expect(Math.max(...peaks('read of namespace'))).toBe(14);
  expect(Math.max(...peaks('read of cluster'))).toBe(9);
  expect(peaks('read of a Sidecar')).toEqual([2]);
  expect(peaks('submission in all')).toEqual([5]);
  expect(Math.max(...peaks('submission of namespace'))).toBe(2);
  expect(peaks('submission of a Sidecar')).toEqual([1]);
});
