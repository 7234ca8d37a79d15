// From a change of the world to the keys that must look at it. Only keys leave here: what changed is forgotten.
import { alike, concerns } from '../core/membership.ts';
import type { Node, Resource, Settings } from '../core/model.ts';
import { holdsUp, otherRun } from '../core/queue.ts';
import type { Neighbours } from './neighbours.ts';
import { type Key, keyOf, type Resources, specVersionOf } from './ports.ts';

export interface TriggerOptions {
  resources: Pick<Resources, 'get' | 'unfinished' | 'all'>;
  neighbours: Pick<Neighbours, 'of' | 'around'>;
  settings: Settings;
  enqueue: (key: Key) => void;
  /** An object is gone, or another one has its name. */
  deleted: (resource: Resource) => void;
}

/** Listeners for the stores. `own` = the change is the answer to a write of this process, which needs no look. */
export function createTriggers({ resources, neighbours, settings, enqueue, deleted }: TriggerOptions) {
  const wakeFreed = (previous: Resource, resource: Resource | undefined) => {
    const isFreed = freedBy(previous, resource);
    if (isFreed === undefined) return;
    for (const waiting of neighbours.of(previous)) if (isFreed(waiting)) enqueue(keyOf(waiting));
  };
  const concernedBy = (...pods: (Node | undefined)[]): Key[] => {
    const seen = pods.filter((pod) => pod !== undefined);
    const unfinished = resources.unfinished(seen[0]?.namespace ?? '').flatMap((key) => resources.get(key) ?? []);
    const isConcerned = unfinished.some(({ spec }) => seen.some((pod) => concerns(spec, pod, settings)));
    return isConcerned ? unfinished.map(keyOf) : [];
  };
  return {
    resourceChanged(key: Key, resource: Resource | undefined, previous: Resource | undefined, own: boolean): void {
      if (previous !== undefined && previous.metadata.uid !== resource?.metadata.uid) deleted(previous);
      if (!own) enqueue(key);
      if (previous !== undefined) wakeFreed(previous, resource);
    },
    /** Wakes those in whose cluster it is. Where it may be another one's member than before, all look anew at whom they wait for:
     *  so `wakeFreed` need ask nobody but the neighbours by the Pods of now. */
    nodeChanged(node: Node | undefined, previous: Node | undefined): void {
      const isAsBefore = node !== undefined && alike(node, previous);
      for (const key of isAsBefore ? neighbours.around(node) : concernedBy(node, previous)) enqueue(key);
    },
    /** Everything looks again: this process has begun to lead. */
    enqueueAll(): void {
      for (const resource of resources.all()) enqueue(keyOf(resource));
    },
  };
}

/** Tells the runs that this change may have freed; undefined = none, whoever it is. What it held up before is taken at its most,
 *  what it holds up now at its least, as a pause may be over by one clock and not by another. */
function freedBy(previous: Resource, resource: Resource | undefined): ((waiting: Resource) => boolean) | undefined {
  const before = otherRun(previous, Number.POSITIVE_INFINITY);
  if (!before.active && !before.couldStart) return undefined;
  // Of another object, or another spec: whom it holds up has nothing to do with whom it held up.
  const isSame = resource !== undefined && specVersionOf(previous) === specVersionOf(resource);
  const after = isSame ? otherRun(resource, 0) : undefined;
  if (after?.active) return undefined;
  return (waiting) => {
    const own = otherRun(waiting, 0);
    // What it does may turn out never to have begun, and it may have decided so already: its status comes later.
    const atMost = { ...own, started: own.started && !own.active };
    return holdsUp(before, atMost) && !(after !== undefined && holdsUp(after, own));
  };
}
