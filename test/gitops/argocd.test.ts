// deploy/gitops/argocd: the settings fit into an argocd-cm that is there, the actions are on offer when they make sense, and
// do what they say on a real API server. (What the health script says of every state is in table.test.ts.)
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { adminRequest, cleanupPath } from '../support/api-request.ts';
import { applyCleanup, conditionOf, getCleanup, untilCleanup } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { onScene, operatorOf, type Scene, untilFinished } from '../support/scene.ts';
import { judge, judgeProgram, type Made } from './judge.ts';

const FILE = join(import.meta.dirname, '..', '..', 'deploy', 'gitops', 'argocd', 'argocd-cm.yaml');

let plane: SharedControlPlane;
beforeAll(async () => {
  plane = sharedControlPlane();
  await judgeProgram();
}, 1_200_000);

async function made(object: CassandraCleanup, action: string): Promise<Made> {
  const [verdict] = await judge([object]);
  const result = verdict?.made[action];
  if (result === undefined) throw new Error(`no action ${action}`);
  return result;
}

/** Does what Argo CD does with the object that an action gives back: patches the live one with the difference. */
async function patched({ plane, namespace }: Scene, action: string): Promise<CassandraCleanup> {
  const live = await getCleanup(plane, namespace);
  Reflect.deleteProperty(live.metadata, 'managedFields');
  const wanted = await made(live, action);
  if (Array.isArray(wanted)) throw new Error('gave a list');
  const { spec, ...rest } = wanted;
  expect({ ...rest, spec: { ...spec, suspend: live.spec.suspend } }).toEqual(live); // a script changes nothing else
  const path = cleanupPath(namespace, live.metadata.name);
  const { status, body } = await adminRequest(plane, { method: 'PATCH', path, body: { spec } });
  expect(status).toBe(200);
  return body;
}

async function offered(object: CassandraCleanup): Promise<string[]> {
  const [verdict] = await judge([object]);
  const all = Object.entries(verdict?.discovered ?? {});
  expect(all.map(([name]) => name).sort()).toEqual(Object.keys(verdict?.made ?? {}).sort());
  return all.filter(([, { disabled }]) => !disabled).map(([name]) => name);
}

describe('the settings', () => {
  test('are added to an argocd-cm without loss of what it has', async () => {
    const namespace = 'argocd'; // where the file says; nobody else has it
    const kubectl = (...args: string[]) => plane.kubectl(['--namespace', namespace, ...args]);
    await plane.kubectl(['create', 'namespace', namespace]);
    await kubectl('create', 'configmap', 'argocd-cm', '--from-literal=url=https://argocd.example.com');
    expect(await kubectl('patch', 'configmap', 'argocd-cm', '--patch-file', FILE)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const { data } = JSON.parse((await kubectl('get', 'configmap', 'argocd-cm', '-o', 'json')).stdout);
    expect(Object.keys(data).sort()).toEqual([
      'resource.customizations.actions.cassandra-sidecar.io_CassandraCleanup',
      'resource.customizations.health.cassandra-sidecar.io_CassandraCleanup',
      'url',
    ]);
  });
});

describe('the actions', () => {
  const ENDLESS = { operationMs: Number.POSITIVE_INFINITY };

  test('suspend and resume a run that goes on, each where it changes something', () =>
    onScene({ plane, name: 'argocd', double: ENDLESS }, async (scene) => {
      const { namespace } = scene;
      await applyCleanup(plane, namespace);
      expect(await offered(await getCleanup(plane, namespace))).toEqual(['suspend']);
      const suspended = await patched(scene, 'suspend');
      expect(suspended.spec.suspend).toBe(true);
      expect(await offered(suspended)).toEqual(['resume']);
      const resumed = await patched(scene, 'resume');
      expect(resumed.spec.suspend).toBe(false);
      expect(await offered(resumed)).toEqual(['suspend']);
    }));

  test('run a finished one again, as a new object that belongs to it, and that runs to its end', () =>
    onScene({ plane, name: 'argocd' }, async (scene) => {
      const { namespace } = scene;
      await operatorOf(scene);
      const podSelector = {
        matchLabels: {},
        matchExpressions: [{ key: 'app.kubernetes.io/instance', operator: 'Exists' as const }],
      };
      await applyCleanup(plane, namespace, { podSelector, tables: ['items'], ttlSecondsAfterFinished: 3_600 });
      const first = await untilFinished(scene);
      expect(await offered(first)).toEqual(['rerun']);
      const wanted = await made(first, 'rerun');
      if (!Array.isArray(wanted)) throw new Error('gave no list');
      const [{ operation, resource } = { operation: '', resource: first }] = wanted;
      expect([operation, wanted.length]).toEqual(['create', 1]);
      const path = cleanupPath(namespace);
      const { status, body } = await adminRequest(plane, { method: 'POST', path, body: resource });
      expect([status, body.spec]).toEqual([
        201,
        { ...first.spec, podSelector: { ...podSelector, matchLabels: undefined } },
      ]);
      expect(body.metadata.name).toMatch(/^cleanup-20\d{12}$/);
      const { apiVersion, kind, metadata } = first;
      expect(body.metadata.ownerReferences).toEqual([{ apiVersion, kind, name: metadata.name, uid: metadata.uid }]);
      const isFinished = (one: CassandraCleanup) => conditionOf(one, 'Finished') === 'True';
      const second = await untilCleanup(plane, namespace, isFinished, body.metadata.name);
      expect(conditionOf(second, 'Complete')).toBe('True');
      expect(scene.cluster.nodes.map(({ double }) => double.posts.length)).toEqual([2, 2]);
    }));

  test('leave a new object alone that no status tells about', async () => {
    const object = { apiVersion: 'cassandra-sidecar.io/v1alpha1', kind: 'CassandraCleanup' };
    const [verdict] = await judge([{ ...object, metadata: { name: 'a', generation: 1 }, spec: {} }]);
    expect(verdict?.argo.status).toBe('Progressing');
    expect(verdict?.discovered).toMatchObject({ rerun: { disabled: true }, suspend: { disabled: false } });
  });
});
