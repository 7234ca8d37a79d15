// What deploy/ ships, put to a real API server: it installs as a whole, its Pods pass the restricted standard, and every
// sample is valid.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { flagOf, settingNames } from '../../src/config-table.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');
const samples = readdirSync(join(deploy, 'samples')).filter((name) => name.endsWith('.yaml'));

let plane: SharedControlPlane;
beforeAll(() => {
  plane = sharedControlPlane();
});

interface Deployment {
  spec: { template: { metadata: object; spec: { containers: { args: string[] }[] } } };
}
function deployment(): Deployment {
  return parse(readFileSync(join(deploy, 'base', 'deployment.yaml'), 'utf8'));
}

test('kubectl apply -k deploy/base installs everything', async () => {
  const args = [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--dry-run=server',
    '-k',
    join(deploy, 'base'),
    '-o',
    'name',
  ];
  const { stdout, stderr, code } = await plane.kubectl(args);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n').sort()).toEqual([
    'clusterrole.rbac.authorization.k8s.io/cassandra-cleanup-operator',
    'clusterrole.rbac.authorization.k8s.io/cassandra-cleanup-operator-edit',
    'clusterrole.rbac.authorization.k8s.io/cassandra-cleanup-operator-view',
    'clusterrolebinding.rbac.authorization.k8s.io/cassandra-cleanup-operator',
    'customresourcedefinition.apiextensions.k8s.io/cassandracleanups.cassandra-sidecar.io',
    'deployment.apps/cassandra-cleanup-operator',
    'namespace/cassandra-cleanup',
    'poddisruptionbudget.policy/cassandra-cleanup-operator',
    'role.rbac.authorization.k8s.io/cassandra-cleanup-operator',
    'rolebinding.rbac.authorization.k8s.io/cassandra-cleanup-operator',
    'serviceaccount/cassandra-cleanup-operator',
  ]);
});

function podLike(change: (pod: { spec: Record<string, unknown> }) => void): string {
  const pod = { apiVersion: 'v1', kind: 'Pod', ...structuredClone(deployment().spec.template) };
  Object.assign(pod.metadata, { name: 'any', namespace: 'cassandra-cleanup' });
  change(pod as unknown as { spec: Record<string, unknown> });
  return JSON.stringify(pod);
}

test("the operator's Pods are let into a namespace that holds to the restricted standard", async () => {
  const create = (input: string) => plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input });
  expect(await create(podLike(() => {}))).toMatchObject({ code: 0, stderr: '' });
  const weaker = await create(podLike(({ spec }) => delete spec['securityContext']));
  expect(weaker.stderr).toContain('violates PodSecurity "restricted');
});

test('the arguments of the Deployment are flags of the operator', () => {
  const flags = deployment().spec.template.spec.containers.flatMap(({ args }) => args.map((arg) => arg.split('=')[0]));
  expect(settingNames.map(flagOf)).toEqual(expect.arrayContaining(flags));
});

test.each(samples)('the sample %s is valid', async (sample) => {
  const { stderr, code } = await plane.kubectl(['apply', '--dry-run=server', '-f', join(deploy, 'samples', sample)]);
  expect([code, stderr]).toEqual([0, '']);
});
