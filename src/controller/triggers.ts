// From a change of the world to the keys that must look at it. Only keys leave here: what changed is forgotten.
import { concerns } from '../core/membership.ts';
import type { Node, Resource, Settings } from '../core/model.ts';
import { isFinished, otherRun } from '../core/queue.ts';
import { isActive } from '../core/run.ts';
import { type Key, keyOf } from './ports.ts';

export interface TriggerOptions {
  resources: { inNamespace(namespace: string): readonly Resource[]; all(): readonly Resource[] };
  settings: Settings;
  enqueue: (key: Key) => void;
  /** An object is gone, or another one has its name. */
  deleted: (resource: Resource) => void;
}

/** Listeners for the stores. `own` = the change is the answer to a write of this process, which needs no look. */
export function createTriggers({ resources, settings, enqueue, deleted }: TriggerOptions) {
  const wakeWaiting = (namespace: string, but: Key) => {
    const waiting = resources.inNamespace(namespace).filter(mayWait).map(keyOf);
    for (const key of waiting) if (key !== but) enqueue(key);
  };
  return {
    resourceChanged(key: Key, resource: Resource | undefined, previous: Resource | undefined, own: boolean): void {
      if (previous !== undefined && previous.metadata.uid !== resource?.metadata.uid) deleted(previous);
      if (!own) enqueue(key);
      const namespace = (resource ?? previous)?.metadata.namespace;
      if (namespace !== undefined && mayFree(previous, resource)) wakeWaiting(namespace, key);
    },
    nodeChanged(node: Node | undefined, previous: Node | undefined): void {
      const seen = [node, previous].filter((one) => one !== undefined);
      const namespace = seen[0]?.namespace;
      if (namespace === undefined) return;
      for (const resource of resources.inNamespace(namespace)) {
        const touched = !isFinished(resource) && seen.some((one) => concerns(resource.spec, one, settings));
        if (touched) enqueue(keyOf(resource));
      }
    },
    /** Everything looks again: this process has begun to lead. */
    enqueueAll(): void {
      for (const resource of resources.all()) enqueue(keyOf(resource));
    },
  };
}

/** Whether a run may wait for another one, or be about to say so: its status may be older than what it decides this moment. */
function mayWait(resource: Resource): boolean {
  return !isFinished(resource) && !(resource.status.nodes ?? []).some(isActive);
}

/** Whether a run that held others back may hold them back no longer. */
function mayFree(previous: Resource | undefined, resource: Resource | undefined): boolean {
  if (previous === undefined) return false;
  if (resource === undefined) return true;
  const [before, after] = [otherRun(previous, 0), otherRun(resource, 0)];
  return (['uid', 'started', 'active', 'couldStart'] as const).some((field) => before[field] !== after[field]);
}
