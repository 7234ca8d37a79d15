// A CassandraCleanup in mid-run whose status another version of the operator wrote: fields that this one writes are missing,
// words and fields that it does not know are there, and some of its operations are at their Sidecars already.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { adminRequest, patchStatus } from './api-request.ts';
import { createCluster, type TestNode } from './cassandra-cluster.ts';
import { applyCleanup, prod } from './cleanups.ts';
import type { SharedControlPlane } from './control-plane.ts';
import { startOperator } from './operator-process.ts';
import type { Scene } from './scene.ts';

/** The CRD as another version may ship it: every word of a state is allowed, and any field more in the status. */
export async function installOtherCrd(plane: SharedControlPlane): Promise<void> {
  const crd = parse(readFileSync(join(import.meta.dirname, '..', '..', 'crds', 'cassandracleanup.yaml'), 'utf8'));
  const { status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
  const node = status.properties.nodes.items;
  for (const schema of [status, node]) {
    schema['x-kubernetes-preserve-unknown-fields'] = true;
    delete schema.properties.state.enum;
  }
  const args = ['apply', '--server-side', '--force-conflicts', '--filename', '-'];
  const result = await plane.kubectl(args, { input: JSON.stringify(crd) });
  if (result.code !== 0) throw new Error(result.stderr);
}

/** Starts one, and an operator of this version that takes it over. Of six nodes, three have an operation already. */
export async function otherVersionsRun(plane: SharedControlPlane): Promise<Scene> {
  const namespace = await plane.createNamespace('other-version');
  const double = () => ({ minOperationMs: 0, operationMs: 5_000, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 6, double });
  await applyCleanup(plane, namespace, { parallelism: 6 });
  const [done, followed, sent, strange, doubtful] = await Promise.all(
    cluster.nodes.map(async (node, index) => ({ name: node.name, id: index < 4 ? await begin(node) : undefined })),
  );
  cluster.nodes[0]?.double.finish(done?.id ?? '');
  const operation = ({ id }: { id?: string | undefined } = {}) => ({ id, state: 'RUNNING' });
  await patchStatus(plane, namespace, {
    state: 'Verifying',
    verified: { nodes: 0 },
    nodes: [
      { name: done?.name, state: 'Completed', operation: { id: done?.id, state: 'COMPLETED' } },
      { name: followed?.name, state: 'Running', operation: operation(followed) },
      { name: sent?.name, state: 'Submitting' },
      { name: strange?.name, state: 'Verifying', operation: operation(strange), verifiedBy: ['nobody'] },
      { name: doubtful?.name, state: 'Verifying', attempts: 1, ...(await placeOf(plane, namespace, doubtful?.name)) },
    ],
  });
  const operator = await startOperator({ plane, namespaces: [namespace] });
  return { plane, namespace, cluster, ends: [() => cluster.stop(), () => operator.stop()] };
}

/** Sends a cleanup as the other version did; returns its id. */
async function begin({ ip, double }: TestNode): Promise<string> {
  const body = JSON.stringify({ type: 'cleanup', keyspace: prod.keyspace, jobs: 2 });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const answer = await fetch(`http://${ip}:${double.port}/operations`, { method: 'POST', headers, body });
  return ((await answer.json()) as { id: string }).id;
}

/** The Pod and the container that an entry names. */
async function placeOf(plane: SharedControlPlane, namespace: string, name = ''): Promise<object> {
  const { body } = await adminRequest(plane, { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods/${name}` });
  return { podUID: body.metadata.uid, sidecarContainer: `test://${name}-icarus` };
}
