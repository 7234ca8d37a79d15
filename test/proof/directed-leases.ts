// Schedules written by hand (directed.ts) about the lease: it is stolen, and its old holder does not know it yet.
import { resource } from '../support/builders.ts';
import { cutFirstWatch, ended, KEY, small, until } from './directed-world.ts';
import type { Violation } from './judge.ts';
import type { Sabotage } from './operator.ts';
import type { World } from './world.ts';

/** A request that waits its turn for long, while the lease is taken and given back: the other leader has gone on meanwhile. */
export async function lateTurn(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage, { connectMs: 43_000, cleanupMs: 60_000 });
  await until(world, 'Submitting');
  const beta = world.startOperator('beta');
  await world.pass(500);
  world.api.stealLease('beta');
  await world.pass(38_500);
  beta.process.crash();
  world.api.stealLease('alpha');
  return ended(world);
}

/** A second replica is given the lease; both believe to lead for a while. */
async function bothLead(world: World) {
  const [alpha] = world.operators;
  const beta = world.startOperator('beta');
  await world.timeline.run(() => alpha?.isLeader() === true, 60_000);
  world.api.stealLease('beta');
  await world.timeline.run(() => beta.isLeader(), 60_000);
  return { alpha, beta };
}

/** Two replicas that both believe to lead see a new object at the same moment: both decide, and both write an intent. */
export async function twoLeaders(sabotage: Sabotage): Promise<readonly Violation[]> {
  for (let lateMs = 0; lateMs <= 60; lateMs += 5) {
    const world = small(sabotage);
    const object = world.api.get(KEY);
    world.api.delete(KEY);
    await bothLead(world);
    await world.pass(lateMs);
    world.api.create({ ...object, metadata: { ...object.metadata, uid: 'second' } });
    const violations = await ended(world);
    if (violations.length > 0) return violations;
  }
  return [];
}

/** A second resource for the same node, created in the same second as the first, which goes before it. */
function another(world: World): void {
  const { creationTimestamp } = world.api.get(KEY).metadata;
  world.api.create(
    resource({ metadata: { name: 'second', uid: 'z-second', creationTimestamp }, spec: { keyspace: 'bank' } }),
  );
}

/** Two replicas that both believe to lead, each with a half open watch, begin with another resource on the same node. */
export async function twoFirsts(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  world.api.edit(KEY, { suspend: true });
  const { alpha, beta } = await bothLead(world);
  cutFirstWatch(world);
  await world.pass(100);
  another(world);
  cutFirstWatch(world);
  await world.pass(20);
  world.api.edit(KEY, { suspend: false });
  void alpha?.list();
  world.timeline.after(50_000, () => void beta.list());
  return ended(world);
}

/** A replica wins the lease while its watch is half open: what its predecessor has just begun it can only know from a list. */
export async function blindSuccessor(sabotage: Sabotage): Promise<readonly Violation[]> {
  for (let phaseMs = 0; phaseMs < 2_000; phaseMs += 100) {
    const world = small(sabotage, { connectMs: 800, cleanupMs: 60_000 });
    const [alpha] = world.operators;
    world.api.edit(KEY, { suspend: true });
    world.startOperator('beta');
    await world.timeline.run(() => alpha?.isLeader() === true, 60_000);
    await world.pass(phaseMs);
    cutFirstWatch(world);
    another(world);
    cutFirstWatch(world);
    await world.pass(50);
    world.api.edit(KEY, { suspend: false });
    void alpha?.list();
    await until(world, 'Submitting');
    await world.pass(20);
    world.api.stealLease('beta');
    const violations = await ended(world);
    if (violations.length > 0) return violations;
  }
  return [];
}

/** A replica loses the lease before it can record its 201, and gets it back while the next attempt, of another one, is open:
 *  what it holds is an operation that was lost since. */
export async function staleOutcome(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage, { second: 'late' });
  await until(world, 'Submitting');
  const host = world.host('n0');
  host.freeze(4_000);
  world.startOperator('beta');
  await world.pass(100);
  world.api.stealLease('beta');
  await world.timeline.run(() => host.cleanups.length === 1, 60_000);
  await world.pass(200);
  host.restart(500, (node) => world.api.putPod(node));
  await until(world, 'Pending');
  await until(world, 'Submitting');
  await world.pass(500);
  world.api.stealLease('alpha');
  return ended(world);
}
