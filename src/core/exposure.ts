// While a Cassandra that does not guard itself is being cleaned, a change of the ring loses data and nothing can stop
// it: then the ring is watched, so that a person is told (hard case 9).
import { isGuarded, versionNeed } from './gate.ts';
import { ROUND_EXPOSED_MS } from './limits.ts';
import type { Need, Node, Observation, Plan, Run } from './model.ts';

export interface Exposure {
  /** Nodes that are not NORMAL meanwhile. */
  unsafe: Plan['unsafe'];
  needs: readonly Need[];
}

/** What the live operations of a run are exposed to. */
export function exposureOf(runs: readonly Run[], observation: Observation): Exposure {
  const { cluster, now, views } = observation;
  const cleaned = runs.flatMap((run) => {
    const node = run.state === 'Running' ? observation.selected.get(run.name) : undefined;
    return node === undefined ? [] : [{ node, operationId: run.operation?.id }];
  });
  const versions = cleaned.flatMap(({ node, operationId }) => versionNeeds(node, operationId, observation));
  if (!cleaned.some(({ node }) => isExposed(node, observation))) return { unsafe: [], needs: versions };
  const states = cluster.map(({ uid }): Need => {
    const answeredAt = views.get(uid)?.cassandra?.answeredAt;
    return { uid, what: 'cassandra', at: answeredAt === undefined ? now : answeredAt + ROUND_EXPOSED_MS };
  });
  const unsafe = cluster.flatMap(({ name, uid }) => {
    const state = views.get(uid)?.cassandra?.value;
    return state === undefined || state === 'NORMAL' || state === 'DECOMMISSIONED' ? [] : [{ node: name, state }];
  });
  return { unsafe, needs: [...versions, ...states] };
}

/** The version of a node is of use from the first look at the ring on: states were heard before the start. A short cleanup is over
 *  by then. */
function versionNeeds(node: Node, operationId: string | undefined, observation: Observation): Need[] {
  const polled = observation.views.get(node.uid)?.operation;
  if (polled === undefined || polled.id !== operationId) return [];
  const firstLook = polled.firstAskedAt + ROUND_EXPOSED_MS;
  return versionNeed(node, observation).map((need) => ({ ...need, at: Math.max(need.at, firstLook) }));
}

/** Its version was heard, or could not be. */
function isExposed({ uid }: Node, { views }: Observation): boolean {
  const version = views.get(uid)?.version;
  return version !== undefined && !isGuarded(version.value ?? '');
}
