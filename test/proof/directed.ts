// Schedules written by hand, for what needs several things to come together at one time: each is what one part of the protocol
// is there for. All are harmless while that part stands.
import { NOW, racked, resource } from '../support/builders.ts';
import { ended, KEY, small, until } from './directed-world.ts';
import type { Violation } from './judge.ts';
import type { Sabotage } from './operator.ts';
import type { World } from './world.ts';

/** Deletes the resource and creates it anew under its name. */
function recreate(world: World): void {
  const { api, timeline } = world;
  api.delete(KEY);
  const creationTimestamp = new Date(NOW + timeline.now).toISOString();
  let created = false;
  world.scripted = () => created;
  timeline.after(300, () => {
    api.create(resource({ metadata: { uid: 'second', creationTimestamp } }));
    created = true;
  });
}

/** The Sidecar is stopped with the request in its socket, and goes on after the wait: it answers the list first. */
export async function frozenSidecar(sabotage: Sabotage): Promise<readonly Violation[]> {
  for (let seconds = 31; seconds <= 40; seconds += 1) {
    const world = small(sabotage);
    world.timeline.onStep = () => {
      const waits = world.api.get(KEY).status.nodes?.some((run) => run.state === 'Submitting');
      if (!waits) return;
      world.timeline.onStep = () => {};
      world.host('n0').freeze(seconds * 1_000);
    };
    const violations = await ended(world);
    if (violations.length > 0) return violations;
  }
  return [];
}

/** The resource is created anew while a request for the first one is still on its way. */
export async function recreatedInFlight(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage, { fault: 'late', cleanupMs: 30_000 });
  await until(world, 'Submitting');
  await world.pass(1_000);
  recreate(world);
  return ended(world);
}

/** The resource is created anew the moment its operation has begun. */
export async function recreatedAtOnce(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  await until(world, 'Running');
  recreate(world);
  return ended(world);
}

/** The resource is created anew while it waits out a loss. */
export async function recreatedAfterLoss(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  await until(world, 'Running');
  await world.pass(1_000);
  world.host('n0').restart(500, (node) => world.api.putPod(node));
  await until(world, 'Pending');
  recreate(world);
  return ended(world);
}

/** A status is wiped in the second in which the process that wrote it ends, its request still under way. */
export async function wipedAtTheEnd(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  await until(world, 'Submitting');
  world.host('n0').freeze(1_000);
  await world.pass(10);
  void world.operators[0]?.terminate();
  await world.pass(100);
  world.api.vandalize(KEY, () => ({}));
  await world.pass(5_000);
  world.startOperator('beta');
  return ended(world);
}

/** Another run waits for its turn on the node on which the first one suffers a loss, and waits it out. */
export async function turnAfterLoss(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  await until(world, 'Running');
  const creationTimestamp = new Date(NOW + world.timeline.now).toISOString();
  const metadata = { name: 'second', uid: 'second', creationTimestamp };
  world.api.create(resource({ metadata, spec: { keyspace: 'bank' } }));
  await world.pass(1_000);
  world.host('n0').restart(500, (node) => world.api.putPod(node));
  return ended(world);
}

/** Two Pods come back with each other's addresses while the watch is half open. */
export async function swappedAddresses(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage);
  const other = racked('n1', 'r1', { ip: '10.0.0.2', live: false });
  world.addHost(other);
  await until(world, 'Running');
  const [operator] = world.operators;
  const old = world.host('n1');
  old.die();
  for (const subscriber of world.api.subscribers) world.api.subscribers.delete(subscriber);
  world.addHost({ ...other, uid: 'uid-n1-again', ip: '10.0.0.3' });
  world.addHost(racked('stranger', 'r9', { uid: 'uid-stranger', ip: '10.0.0.2', labels: {}, live: false }));
  world.timeline.after(50_000, () => void operator?.list());
  return ended(world);
}

/** The Pod is replaced while an intent is open, and its new Sidecar lists a cleanup just like ours, of someone else. */
export async function replacedWithTwin(sabotage: Sabotage): Promise<readonly Violation[]> {
  const world = small(sabotage, { fault: 'error' });
  await until(world, 'Submitting');
  const { node } = world.host('n0');
  await world.pass(50);
  world.host('n0').die();
  world.addHost({ ...node, uid: 'uid-n0-again', ip: '10.0.0.9', sidecarContainer: 'again' });
  world.host('n0').post({ type: 'cleanup', keyspace: 'shop', tables: ['items', 'orders'], jobs: 2 }, undefined);
  return ended(world);
}
