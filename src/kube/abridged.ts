// A finished run is kept without its entries: they are most of it, there may be ten thousand such runs, and nothing asks for
// more of them than the ids of their operations. What is stored keeps its entries (resource-store.ts).
import type { Resource } from '../core/model.ts';
import { isFinished } from '../core/queue.ts';
import { isOver } from '../core/run.ts';

/** The resource as it is kept: the same object where it is not finished. */
export function abridged(resource: Resource): Resource {
  const { nodes, ...status } = resource.status;
  if (nodes === undefined || !isFinished(resource) || !nodes.every(isOver)) return resource;
  return { ...resource, status, operationIds: nodes.flatMap(({ operation }) => operation?.id ?? []).join(' ') };
}
