// The entries of `status.nodes` before anything is decided: one for each member (hard case 1), with what someone
// removed put back and, where nothing says what was begun, with a wait before the first POST (hard case 19).
import { MAX_NODES, WIPED_AGE_MS, WIPED_WAIT_MS } from './limits.ts';
import { rackNames } from './membership.ts';
import type { Node, Observation, Run, RunStatus } from './model.ts';
import { millis, rfc3339 } from './time.ts';
import { timely, timelyRun } from './timely.ts';

/** The status as it is, with what our last write had and someone removed since, and without times that cannot be. */
export function restored({
  resource,
  lastWritten,
  now,
}: Pick<Observation, 'resource' | 'lastWritten' | 'now'>): RunStatus {
  const { status } = resource;
  const base = lastWritten === undefined ? status : { ...lastWritten, ...status };
  const present = new Set((status.nodes ?? []).map((run) => run.name));
  const removed = (lastWritten?.nodes ?? []).filter((run) => !present.has(run.name));
  const nodes = [...(status.nodes ?? []), ...removed].map((run) => timelyRun(run, now));
  return { ...base, startTime: timely(base.startTime ?? rfc3339(now), now), nodes };
}

/** One entry for each selected Pod, and those of Pods that were selected once, by name. */
export function members(before: RunStatus, observation: Observation): Run[] {
  const { resource, selected, settings } = observation;
  const rackOf = rackNames(resource.spec, selected, settings);
  const known = new Map((before.nodes ?? []).map((run) => [run.name, run]));
  const fresh = newcomer(before, observation);
  for (const node of selected.values()) {
    const run = known.get(node.name);
    if (run === undefined && known.size >= MAX_NODES) continue;
    known.set(node.name, placed(run ?? fresh(node), rackOf(node)));
  }
  return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The rack of a node is as its label says until it starts. */
function placed(run: Run, rack: string | undefined): Run {
  return run.state === 'Pending' && rack !== undefined && run.rack !== rack ? { ...run, rack } : run;
}

/** Entries of nodes not known yet. A status without nodes on an object that is not new may have held an intent. */
function newcomer(before: RunStatus, { now, resource, lastWritten }: Observation): (node: Node) => Run {
  const age = now - (millis(resource.metadata.creationTimestamp) ?? now);
  const wiped = (before.nodes ?? []).length === 0 && lastWritten === undefined && age > WIPED_AGE_MS;
  if (!wiped) return ({ name }) => ({ name, state: 'Pending' });
  const message = 'the status named no node although the object is not new: waiting for what it may have begun';
  const wait = { reason: 'StatusWiped', message, notBefore: rfc3339(now + WIPED_WAIT_MS) };
  return ({ name }) => ({ name, state: 'Pending', ...wait });
}
