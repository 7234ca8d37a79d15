// The scenario that all plans play: three racks, six nodes; one cleanup fails once, one is forgotten by its Sidecar, and the run
// is suspended and resumed. What happens follows from what was done, not from the clock, so that no fault runs past it.
import { keyOf } from '../../src/controller/ports.ts';
import type { RunStatus } from '../../src/core/model.ts';
import { NOW, racked, resource } from '../support/builders.ts';
import type { Host } from './host.ts';
import { World, type WorldOptions } from './world.ts';

const NODES = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'];

/** The key of the resource of the scenario. */
export const RUN = keyOf(resource());

function fate(host: Host) {
  const isFirst = host.cleanups.length === 1;
  if (host.node.name === 'b1' && isFirst) return { durationMs: 1_200, failure: 'boom' };
  return { durationMs: 1_600 };
}

/** The world before anything has happened, no operator in it yet. */
export function scenario(options: WorldOptions = {}): World {
  const world = new World({ fate, ...options });
  const { api, timeline } = world;
  NODES.forEach((name, index) => {
    world.addHost(racked(name, `r-${name[0]}`, { ip: `10.0.0.${index + 1}`, live: false }));
  });
  const metadata = { creationTimestamp: new Date(NOW).toISOString() };
  api.create(resource({ metadata, spec: { parallelism: 2, maxFailedNodes: 0 } }));
  const open = new Set(['suspended', 'lost']);
  world.scripted = () => open.size === 0;
  timeline.onStep = () => {
    if (open.has('suspended') && world.host('a1').cleanups[0]?.document.state === 'COMPLETED') {
      open.delete('suspended');
      open.add('resumed');
      timeline.after(100, () => api.edit(RUN, { suspend: true }));
      timeline.after(20_000, () => {
        api.edit(RUN, { suspend: false });
        open.delete('resumed');
      });
    }
    const c1 = world.host('c1');
    if (open.has('lost') && c1.cleanups[0]?.working) {
      open.delete('lost');
      timeline.after(900, () => c1.restart(2_000, (node) => timeline.after(1_000, () => api.putPod(node))));
    }
  };
  return world;
}

/** An end, and how many cleanups were really started on each node. */
export interface End {
  posts: Readonly<Record<string, number>>;
  status: unknown;
}

/** What of an end must be the same whatever went wrong: everything but attempts, ids, times, and texts that hold them. */
export function masked(world: World): End {
  const { status } = world.api.get(RUN);
  const posts = Object.fromEntries(NODES.map((name) => [name, world.host(name).cleanups.length]));
  return { status: summaryOf(status), posts };
}

function summaryOf(status: RunStatus) {
  const { state, progressPercent, total, pending, active, completed, failed, skipped, observedGeneration } = status;
  const conditions = status.conditions?.map(({ type, status: holds, reason }) => `${type} ${holds} ${reason}`);
  const nodes = status.nodes?.map(
    (run) => `${run.name} ${run.rack} ${run.state} ${run.operation?.state} ${run.reason ?? ''}`,
  );
  return {
    state,
    progressPercent,
    total,
    pending,
    active,
    completed,
    failed,
    skipped,
    observedGeneration,
    conditions,
    nodes,
  };
}
