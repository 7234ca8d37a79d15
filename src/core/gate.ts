// The safety gate: may any node of this cluster be cleaned now? The whole cluster must stand still: every Pod there and
// Ready, every Cassandra NORMAL by its own word (hard cases 6 to 9). Cassandra before the guarded versions loses data otherwise.
import { FRESH_GUARDED_MS, FRESH_MS, ROUND_CLOSED_MS, ROUND_MS, VERSION_RETRY_MS } from './limits.ts';
import type { Answer, CassandraState, Need, Node, Observation, Run } from './model.ts';
import { isFresh } from './silence.ts';

/** `asking`: answers are missing or too old; `needs` says which. A closed gate says why, naming the Pod. */
export interface Gate {
  verdict: 'open' | 'asking' | 'closed';
  reason: string;
  message: string;
  needs: readonly Need[];
}

/** The gate for targets that guard themselves and for those that do not. */
export interface Gates {
  guarded: Gate;
  unguarded: Gate;
}

const OPEN: Gate = { verdict: 'open', reason: '', message: '', needs: [] };
const HARMLESS: readonly CassandraState[] = ['NORMAL', 'DECOMMISSIONED'];

/** Evaluates the gate of a cluster once for both kinds of target. `absent`: recorded nodes whose Pod is gone. */
export function gatesOf(observation: Observation, absent: readonly Run[]): Gates {
  const blocked = blockedByPods(observation.cluster, absent);
  if (blocked !== undefined) return { guarded: blocked, unguarded: blocked };
  return { guarded: blockedByRing(observation, true), unguarded: blockedByRing(observation, false) };
}

/** The gate for one target. Its version is asked for only where it would make a difference. */
export function gateFor(node: Node, { guarded, unguarded }: Gates, observation: Observation): Gate {
  if (unguarded.verdict === 'open' || guarded.verdict === 'closed') return unguarded;
  const version = observation.views.get(node.uid)?.version;
  if (version?.value !== undefined) return isGuarded(version.value) ? guarded : unguarded;
  if (unguarded.verdict === guarded.verdict) return unguarded;
  const needs = versionNeed(node, observation);
  if (version !== undefined) return { ...unguarded, needs: [...unguarded.needs, ...needs] };
  // Whether a silence closes the gate, or answers that are too old for some only make the whole ring be asked, its version says.
  return asking(unguarded.verdict === 'asking' ? needs : [...unguarded.needs, ...needs]);
}

/** Asks for the version of a node's Cassandra until it is known. */
export function versionNeed({ uid }: Node, { now, views }: Observation): Need[] {
  const version = views.get(uid)?.version;
  if (version?.value !== undefined) return [];
  return [{ uid, what: 'version', at: version === undefined ? now : version.answeredAt + VERSION_RETRY_MS }];
}

/** Whether this Cassandra refuses a cleanup by itself while it receives ranges (CASSANDRA-16418, by branch). Pre-releases do not count. */
export function isGuarded(version: string): boolean {
  const [, branch, patch] = /^(3\.0|3\.11|4\.0|4\.1|5\.0)\.(\d{1,4})$/.exec(version) ?? [];
  const first: Record<string, number> = { '3.0': 30, '3.11': 17, '4.0': 8, '4.1': 1, '5.0': 0 };
  return branch !== undefined && Number(patch) >= (first[branch] ?? Number.POSITIVE_INFINITY);
}

function blockedByPods(cluster: readonly Node[], absent: readonly Run[]): Gate | undefined {
  const gone = absent[0];
  if (gone !== undefined) return closed(`Pod ${gone.name} is gone`);
  const restless = cluster.find((node) => node.terminating || !node.ready);
  if (restless === undefined) return undefined;
  return closed(`Pod ${restless.name} is ${restless.terminating ? 'terminating' : 'not Ready'}`);
}

function blockedByRing(observation: Observation, guarded: boolean): Gate {
  const { now } = observation;
  const answered = observation.cluster.map((node) => ({ node, answer: observation.views.get(node.uid)?.cassandra }));
  const objections = answered.flatMap(({ node, answer }) => {
    const text = objection(answer, guarded, node);
    return answer === undefined || text === undefined
      ? []
      : [{ text, uid: node.uid, at: answer.answeredAt + ROUND_CLOSED_MS }];
  });
  if (objections[0] !== undefined) {
    return { ...closed(objections[0].text), needs: objections.map(({ uid, at }) => ({ uid, what: 'cassandra', at })) };
  }
  const freshMs = guarded ? FRESH_GUARDED_MS : FRESH_MS;
  const unheard = answered.filter(({ answer }) => answer?.value === undefined || !isFresh(answer, now, freshMs));
  // A silent Sidecar vetoes only targets that do not guard themselves.
  if (unheard.every(({ answer }) => answer?.error !== undefined))
    return { ...OPEN, needs: roundOf(unheard, now, freshMs) };
  return asking(roundOf(answered, now, freshMs));
}

/** Whom to ask: with those whose answers are too old also those whose would be by the time that new ones come. Each by its own
 *  clock, they would never all be fresh at once where their answers came in one after another, as through few slots. */
function roundOf(
  all: readonly { node: Node; answer: Answer<CassandraState> | undefined }[],
  now: number,
  freshMs: number,
): Need[] {
  return all.flatMap(({ node: { uid }, answer }): Need[] => {
    if (answer?.error !== undefined) return [{ uid, what: 'cassandra', at: answer.answeredAt + ROUND_CLOSED_MS }];
    const lasts = answer !== undefined && now - answer.askedAt < Math.max(freshMs, ROUND_MS);
    return lasts ? [] : [{ uid, what: 'cassandra', at: now }];
  });
}

function objection(answer: Answer<CassandraState> | undefined, guarded: boolean, node: Node): string | undefined {
  if (answer?.error !== undefined) {
    return guarded ? undefined : `the Sidecar of Pod ${node.name} does not answer: ${answer.error.message}`;
  }
  if (answer?.value === undefined || HARMLESS.includes(answer.value)) return undefined;
  if (answer.value === 'UNKNOWN') return `Cassandra of Pod ${node.name} does not answer its Sidecar`;
  return `Cassandra of Pod ${node.name} is ${answer.value}`;
}

function closed(message: string): Gate {
  return { verdict: 'closed', reason: 'ClusterUnstable', message, needs: [] };
}

function asking(needs: readonly Need[]): Gate {
  return {
    verdict: 'asking',
    reason: 'NodesRemaining',
    message: 'asking every node of the cluster for its state',
    needs,
  };
}
