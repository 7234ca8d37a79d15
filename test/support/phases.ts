// The phases of a run at which something is deleted under it: brings a CassandraCleanup of two nodes to one of them, and
// says what it had sent by then. The doubles' operations must be endless.
import type { ApiProxy } from './api-proxy.ts';
import { applyCleanup, until, untilCleanup } from './cleanups.ts';
import type { Scene } from './scene.ts';

export const PHASES = [
  'is still waiting',
  'has written its intent',
  'has a POST in flight',
  'has an operation running',
  'is between two nodes',
] as const;

export type Phase = (typeof PHASES)[number];

/** A run that has come to its phase. */
export interface Reached {
  /** POSTs of each node up to now. */
  posts: readonly number[];
  /** Lets everything go on that was held for the phase. */
  resume(): void;
}

/** Applies a CassandraCleanup in the scene and waits until it is so far. The operator must go through the proxy. */
export async function reach(phase: Phase, scene: Scene, proxy: ApiProxy): Promise<Reached> {
  return await WAYS[phase](scene, proxy);
}

const WAYS: Readonly<Record<Phase, (scene: Scene, proxy: ApiProxy) => Promise<Reached>>> = {
  'is still waiting': async ({ plane, namespace, cluster }) => {
    cluster.nodes[1]?.double.setNodeState('JOINING');
    await applyCleanup(plane, namespace);
    await untilCleanup(plane, namespace, ({ status }) =>
      (status.conditions ?? []).some(({ reason }) => reason === 'ClusterUnstable'),
    );
    return { posts: [0, 0], resume: () => cluster.nodes[1]?.double.setNodeState('NORMAL') };
  },
  'has written its intent': async ({ plane, namespace }, proxy) => {
    const matches = (path: string, body: string) =>
      path.includes(`/${namespace}/`) && path.endsWith('/status') && body.includes('"Submitting"');
    const held = proxy.hold({ what: 'answer', method: 'PUT', matches });
    await applyCleanup(plane, namespace);
    return { posts: [0, 0], resume: await held };
  },
  'has a POST in flight': async ({ plane, namespace, cluster }) => {
    const double = cluster.nodes[0]?.double;
    double?.fault({ kind: 'delay', ms: 3_000, method: 'POST', times: 1 });
    await applyCleanup(plane, namespace);
    await until(() => double?.posts.length === 1);
    return { posts: [1, 0], resume: () => {} };
  },
  'has an operation running': async (scene) => {
    await running(scene);
    return { posts: [1, 0], resume: () => {} };
  },
  'is between two nodes': async (scene) => {
    const [first, second] = scene.cluster.nodes.map(({ double }) => double);
    const heal = second?.fault({ kind: 'answer', status: 500, method: 'GET', path: '/operations' });
    await running(scene);
    first?.finish(first.posts[0]?.id ?? '');
    await untilCleanup(scene.plane, scene.namespace, ({ status }) => status.nodes?.[1]?.reason !== undefined);
    return { posts: [1, 0], resume: () => heal?.() };
  },
};

async function running({ plane, namespace }: Scene): Promise<void> {
  await applyCleanup(plane, namespace);
  await untilCleanup(plane, namespace, ({ status }) => status.nodes?.[0]?.operation?.state === 'RUNNING');
}

/** From now on operations end soon; the one that runs now, where there is one, ends with this. */
export function endOperations({ cluster }: Pick<Scene, 'cluster'>): void {
  for (const { double } of cluster.nodes) {
    double.settings.operationMs = 300;
    for (const { id } of double.operations()) double.finish(id);
  }
}
