// What the schedules written by hand begin with and end in.
import { keyOf } from '../../src/controller/ports.ts';
import { NOW, racked, resource } from '../support/builders.ts';
import type { Fault } from './gate.ts';
import type { Violation } from './judge.ts';
import type { Sabotage } from './operator.ts';
import { World, type WorldOptions } from './world.ts';

/** The resource of a small world. */
export const KEY = keyOf(resource());
/** Of virtual time: by then every run is over. */
const LIMIT_MS = 2 * 3_600_000;

interface Small {
  /** Faults of the first and of the second POST. */
  fault?: Fault;
  second?: Fault;
  /** How long the first POST takes to connect. */
  connectMs?: number;
  cleanupMs?: number;
}

/** A world with one node, one resource and one operator. */
export function small(sabotage: Sabotage, first: Small = {}): World {
  let posts = 0;
  let connects = 0;
  const options: WorldOptions = {
    sabotage,
    fate: () => ({ durationMs: first.cleanupMs ?? 8_000 }),
    connectMs: () => (connects++ === 0 ? (first.connectMs ?? 2) : 2),
    faultOf: ({ kind }) => (kind === 'POST' ? [first.fault, first.second][posts++] : undefined),
  };
  const world = new World(options);
  world.addHost(racked('n0', 'r0', { ip: '10.0.0.1', live: false }));
  const metadata = { creationTimestamp: new Date(NOW).toISOString() };
  world.api.create(resource({ metadata, spec: { parallelism: 2 } }));
  world.startOperator('alpha');
  return world;
}

/** Runs until nodes have an entry of this state. */
export async function until(world: World, state: string): Promise<void> {
  const has = () => (world.api.resources.get(KEY)?.status.nodes ?? []).some((run) => run.state === state);
  await world.timeline.run(has, 600_000);
}

/** From now on the replica that was started first, of those that are told, is told of nothing: its watch is half open. */
export function cutFirstWatch({ api }: World): void {
  for (const subscriber of [...api.subscribers].slice(0, 1)) api.subscribers.delete(subscriber);
}

/** Runs to the end; what was wrong on the way. */
export async function ended(world: World): Promise<readonly Violation[]> {
  await world.run(LIMIT_MS, 60_000);
  return world.judge.violations;
}
