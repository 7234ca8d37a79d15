// What is dealt out apart from the other mishaps, so that schedules without it stay what they were: limits of the runs, what other
// people do to Pods and Sidecars, and a Sidecar that is gone for an hour.
import type { CassandraCleanupSpec } from '../../src/api/generated.ts';
import { Dice } from './dice.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

export const STRANGE = ['foreignOperation', 'relabel', 'sidecarAway'] as const;

/** Deadlines that pass in the midst of trouble, and how many nodes may fail. */
export function limitsOf(limits: number, index: number): Partial<CassandraCleanupSpec> {
  if (limits === 0) return {};
  const dice = new Dice(limits + index);
  return {
    ...(dice.chance(0.5) ? { nodeDeadlineSeconds: dice.between(5, 60) } : {}),
    ...(dice.chance(0.5) ? { activeDeadlineSeconds: dice.between(10, 120) } : {}),
    ...(dice.chance(0.3) ? { maxFailedNodes: 0, backoffLimitPerNode: dice.between(0, 1) } : {}),
  };
}

/** Up to a minute, or between ten and 90. */
export function shortOrLongMs(dice: Dice): number {
  return dice.chance(0.3) ? dice.between(10, 90) * 60_000 : dice.between(500, 60_000);
}

/** Somebody else asks a Sidecar for something that an operator has to wait for. */
export function foreignOperation(host: Host, dice: Dice): void {
  const body = { type: dice.pick('cleanup', 'scrub'), keyspace: 'shop', tables: ['items'], jobs: 7 };
  host.post(body, undefined, { durationMs: shortOrLongMs(dice) });
}

/** A Sidecar answers nobody, and knows everything when it is back. */
export function sidecarAway(host: Host, dice: Dice, { api, timeline }: World): void {
  host.up = false;
  timeline.after(dice.between(1, 100) * 60_000, () => {
    host.up = api.pods.get(host.node.name)?.uid === host.node.uid;
  });
}
