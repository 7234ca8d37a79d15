// Past one machine: `npm run bench:scale` plays 100,000 resources and 50,000 nodes on the virtual clock, by one operator and by several
// that share the namespaces out, each with a Lease of its own. What a call costs is the measured figure of P2 (docs/performance.md).
import { LoadWorld } from '../test/load/world.ts';
import { id, run, status } from '../test/support/builders.ts';

const NAMESPACES = 1_000;
/** In each namespace. */
const [CLUSTERS, NODES, FINISHED] = [5, 10, 95];
/** Milliseconds of one core for a call to a Sidecar, its share of requests to the API server included. */
const CALL_CPU_MS = 1;
const LIMIT_MS = 24 * 3_600_000;

const over = status([run('n-0', 'Completed', { operation: { id: id(1), state: 'COMPLETED' } })], {
  conditions: [
    { type: 'Complete', status: 'True', reason: 'Complete', message: '', lastTransitionTime: '2026-11-24T00:00:00Z' },
  ],
});

/** One of so many operators, with its share of the namespaces, from all its runs created at once to the last one's end. */
async function shard(shards: number) {
  const world = new LoadWorld({ callCpuMs: CALL_CPU_MS });
  const keys: string[] = [];
  for (let index = 0; index < NAMESPACES; index += shards) {
    const namespace = `ns-${index}`;
    for (let number = 0; number < FINISHED; number += 1) world.addFinished(namespace, `old-${number}`, over);
    for (let number = 0; number < CLUSTERS; number += 1) {
      world.addCluster(namespace, `c${index}-${number}`, NODES);
      keys.push(world.create(namespace, `c${index}-${number}`, `run-${number}`, { parallelism: NODES }));
    }
  }
  await world.untilFinished(keys, LIMIT_MS);
  const posts = world.sidecars.calls.get('submission') ?? 0;
  if (posts !== keys.length * NODES) throw new Error(`${posts} cleanups for ${keys.length * NODES} nodes`);
  return { seconds: world.timeline.now / 1_000, nodes: posts, writes: world.writes };
}

console.log('operators  nodes each  wall (s)  node-operations/s  status writes/s');
for (const shards of [1, 2, 4, 8]) {
  // They are alike and share nothing but the API server: the first stands for all.
  const { seconds, nodes, writes } = await shard(shards);
  const cells = [shards, nodes, seconds.toFixed(0), ((shards * nodes) / seconds).toFixed(0)];
  console.log([...cells, ((shards * writes) / seconds).toFixed(0)].join('  '));
}
