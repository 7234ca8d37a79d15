// P4: operations of ten minutes, in virtual time, on the world of the load tests: what waiting costs. The naive operator is not
// played there: its calls follow from its source.
import type { Operation } from '../../src/core/model.ts';
import type { Sidecars } from '../../test/load/sidecars.ts';
import { LoadWorld } from '../../test/load/world.ts';
import { NOW } from '../../test/support/builders.ts';
import { type FigureSpec, figuresOf, type Scenario } from '../scenario.ts';
import { sum } from '../statistics.ts';

const NODES = 10;
const MINUTE_MS = 60_000;
const OPERATION_MS = 10 * MINUTE_MS;
/** One POST, and a GET every 10 s. */
const NAIVE_CALLS = 1 + OPERATION_MS / 10_000;

/** A Cassandra that guards itself against a cleanup at the wrong moment, and one that does not: there the ring is watched closely. */
const VERSIONS = { guarded: '5.0.6', unguarded: '4.0.7' } as const;

const count = (key: string, name: string, atMost?: number): FigureSpec => ({
  ...{ key, name, unit: '', kind: 'count' },
  ...(atMost === undefined ? {} : { bar: { atMost } }),
});

const FIGURES: readonly FigureSpec[] = [
  count('calls1', 'Sidecar calls per node-operation, one at a time', 80),
  count('calls10', 'Sidecar calls per node-operation, all at once', 80),
  count('status1', '/status calls per node-operation, one at a time'),
  count('status10', '/status calls per node-operation, all at once'),
  count('unguarded1', '/status calls, one at a time, Cassandra 4.0.7'),
  count('unguarded10', '/status calls, all at once, Cassandra 4.0.7'),
  { ...count('idle10', 'writes while nothing changes', 0), unit: '/min' },
  count('writes1', 'writes per node-operation, one at a time'),
  count('writes10', 'writes per node-operation, all at once'),
  { ...count('wall10', 'wall, all at once'), unit: 'min' },
];

export const p4: Scenario = async ({ say }) => {
  say('P4: ours, in virtual time');
  const [one, ten] = [await play(1, VERSIONS.guarded), await play(NODES, VERSIONS.guarded)];
  const [old1, old10] = [await play(1, VERSIONS.unguarded), await play(NODES, VERSIONS.unguarded)];
  const ours = {
    ...{ calls1: one.calls, status1: one.status, writes1: one.writes, unguarded1: old1.status },
    ...{ calls10: ten.calls, status10: ten.status, writes10: ten.writes, unguarded10: old10.status },
    ...{ idle10: ten.idleWrites, wall10: ten.wallMinutes },
  };
  const naive = { calls1: NAIVE_CALLS, calls10: NAIVE_CALLS, status1: 0, status10: 0 };
  return figuresOf('P4', FIGURES, { ours, naive });
};

async function play(parallelism: number, version: string) {
  const world = new LoadWorld();
  slowDown(world);
  const { sidecars } = world;
  const heardVersion = sidecars.version;
  sidecars.version = async (target) => {
    await heardVersion.call(sidecars, target);
    return version;
  };
  world.addCluster('ns', 'c', NODES);
  const key = world.create('ns', 'c', 'run', { parallelism });
  // From the second minute to the ninth the operations run, and nothing changes.
  await world.timeline.run(() => false, MINUTE_MS);
  const early = world.writes;
  await world.timeline.run(() => false, 9 * MINUTE_MS);
  const idleWrites = (world.writes - early) / 8;
  await world.untilFinished([key], NODES * OPERATION_MS + 60 * MINUTE_MS);
  const asked = (...names: string[]) => sum(names.map((name) => sidecars.calls.get(name) ?? 0));
  return {
    // A look at the list is two requests: what is active, and what is of our type.
    calls: (2 * asked('list') + asked('operation', 'submission', 'version')) / NODES,
    status: asked('status') / NODES,
    writes: world.writes / NODES,
    idleWrites,
    wallMinutes: world.durationOf(key) / MINUTE_MS,
  };
}

/** The world's cleanups take 2 s: here they seem to go on until their ten minutes are over. */
function slowDown({ sidecars, timeline }: Pick<LoadWorld, 'sidecars' | 'timeline'>): void {
  const seen = (operation: Operation): Operation => {
    const isOver = NOW + timeline.now >= Date.parse(operation.creationTime ?? '') + OPERATION_MS;
    const { completionTime: _never, ...running } = operation;
    return isOver ? operation : { ...running, state: 'RUNNING', progress: 0 };
  };
  const { list, operation }: Pick<Sidecars, 'list' | 'operation'> = sidecars;
  sidecars.list = async (target) => (await list.call(sidecars, target)).map(seen);
  sidecars.operation = async (target, id) => {
    const found = await operation.call(sidecars, target, id);
    return found && seen(found);
  };
}
