// CassandraCleanups on a real API server: apply one, look at it, wait for what it should come to.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CassandraCleanup, CassandraCleanupSpec } from '../../src/api/generated.ts';
import { adminRequest, cleanupPath } from './api-request.ts';
import type { SharedControlPlane } from './control-plane.ts';
import { manifest } from './manifests.ts';

/** The least a spec needs, for the Pods of `createCluster`. */
export const prod = { podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'prod' } }, keyspace: 'orders' };

/** How long tests wait for what should come: it is no bound for how fast it comes, and machines may be slow. */
export const PATIENCE_MS = 180_000;

/** Applies a CassandraCleanup with kubectl. */
export async function applyCleanup(
  plane: SharedControlPlane,
  namespace: string,
  spec: Partial<CassandraCleanupSpec> = {},
  name = 'cleanup',
): Promise<void> {
  const input = manifest(namespace, name, { ...prod, ...spec });
  const result = await plane.kubectl(['apply', '--filename', '-'], { input });
  if (result.code !== 0) throw new Error(result.stderr);
}

/** The resource as it is now. */
export async function getCleanup(
  plane: SharedControlPlane,
  namespace: string,
  name = 'cleanup',
): Promise<CassandraCleanup> {
  const { status, body } = await adminRequest(plane, { method: 'GET', path: cleanupPath(namespace, name) });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

/** Looks again and again until `test` holds. Throws with the last status after `PATIENCE_MS`. */
export async function untilCleanup(
  plane: SharedControlPlane,
  namespace: string,
  test: (resource: CassandraCleanup) => boolean,
  name?: string,
): Promise<CassandraCleanup> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const resource = await getCleanup(plane, namespace, name);
    if (test(resource)) return resource;
    if (Date.now() > end) throw new Error(`still not so: ${JSON.stringify(resource.status, undefined, 1)}`);
    await sleep(50);
  }
}

/** Looks until `condition` holds. Throws after `timeoutMs`. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = PATIENCE_MS): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${timeoutMs} ms: ${condition}`);
    await sleep(20);
  }
}

/** The status of one condition. */
export function conditionOf(resource: CassandraCleanup, type: string): string | undefined {
  return resource.status?.conditions?.find((condition) => condition.type === type)?.status;
}
