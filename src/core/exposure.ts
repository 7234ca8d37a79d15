// While a Cassandra that does not guard itself is being cleaned, a change of the ring loses data and nothing can stop
// it: then the ring is watched, so that a person is told (hard case 9).
import { isGuarded, versionNeed } from './gate.ts';
import { ROUND_EXPOSED_MS } from './limits.ts';
import type { Need, Node, Observation, Run } from './model.ts';

export interface Exposure {
  /** Nodes that are not NORMAL meanwhile. */
  unsafe: readonly string[];
  needs: readonly Need[];
}

/** What the live operations of a run are exposed to. */
export function exposureOf(runs: readonly Run[], observation: Observation): Exposure {
  const { cluster, now, views } = observation;
  const cleaned = runs.flatMap((run) => (run.state === 'Running' ? (observation.selected.get(run.name) ?? []) : []));
  const versions = cleaned.flatMap((node) => versionNeed(node, observation));
  if (!cleaned.some((node) => isExposed(node, observation))) return { unsafe: [], needs: versions };
  const states = cluster.map(({ uid }): Need => {
    const answeredAt = views.get(uid)?.cassandra?.answeredAt;
    return { uid, what: 'cassandra', at: answeredAt === undefined ? now : answeredAt + ROUND_EXPOSED_MS };
  });
  const unsafe = cluster.filter((node) => isRestless(node, observation)).map(({ name }) => name);
  return { unsafe, needs: [...versions, ...states] };
}

/** Its version was heard, or could not be. */
function isExposed({ uid }: Node, { views }: Observation): boolean {
  const version = views.get(uid)?.version;
  return version !== undefined && !isGuarded(version.value ?? '');
}

function isRestless({ uid }: Node, { views }: Observation): boolean {
  return !['NORMAL', 'DECOMMISSIONED', undefined].includes(views.get(uid)?.cassandra?.value);
}
