// The control plane that the other tests stand on: it serves the CRD, holds the operator to its list, and counts.
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { OPERATOR, OPERATOR_USER } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';

let plane: SharedControlPlane;
let operator: string;

beforeAll(async () => {
  plane = sharedControlPlane();
  operator = await plane.kubeconfigFor(OPERATOR);
});

test('the API server is the release that the module pins, and serves on loopback only', async () => {
  const { stdout } = await plane.kubectl(['version', '--output=json']);
  expect(JSON.parse(stdout).serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
  expect(plane.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
});

test('a CassandraCleanup is created, and a wrong one refused', async () => {
  const namespace = await plane.createNamespace('crd');
  const manifest = (spec: object): string =>
    JSON.stringify({
      apiVersion: 'cassandra-sidecar.io/v1alpha1',
      kind: 'CassandraCleanup',
      metadata: { name: 'nightly', namespace },
      spec,
    });
  const right = { podSelector: { matchLabels: { app: 'cassandra' } }, keyspace: 'shop' };
  const wrong = await plane.kubectl(['create', '-f', '-'], { input: manifest({ ...right, podSelector: {} }) });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain('an empty selector would select every Pod');
  const made = await plane.kubectl(['create', '-f', '-'], { input: manifest(right) });
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const read = await plane.kubectl(['get', 'cclean', 'nightly', '-n', namespace, '-o', 'jsonpath={.spec.keyspace}']);
  expect(read.stdout).toBe('shop');
});

describe('the operator', () => {
  const lease = 'leases.coordination.k8s.io';
  const cleanups = 'cassandracleanups.cassandra-sidecar.io';
  const own = OPERATOR.namespace;

  test.each([
    ...['get', 'list', 'watch', 'delete'].map((verb) => [verb, cleanups, 'any-namespace']),
    ['update', `${cleanups} --subresource=status`, 'any-namespace'],
    ...['get', 'list', 'watch'].map((verb) => [verb, 'pods', 'any-namespace']),
    ['create', 'events.events.k8s.io', 'any-namespace'],
    ['create', lease, own],
    ...['get', 'update'].map((verb) => [verb, `${lease}/cassandra-cleanup-operator`, own]),
  ])('may %s %s in %s', async (verb = '', what = '', namespace = '') => {
    expect(await mayI(verb, what, namespace)).toBe('yes');
  });

  test.each([
    ...['create', 'update', 'patch', 'deletecollection'].map((verb) => [verb, cleanups, 'any-namespace']),
    ...['create', 'update', 'patch', 'delete', 'deletecollection'].map((verb) => [verb, 'pods', 'any-namespace']),
    ['create', 'pods --subresource=exec', 'any-namespace'],
    ['get', 'pods --subresource=log', 'any-namespace'],
    ['update', 'pods --subresource=status', 'any-namespace'],
    ...['get', 'list', 'watch'].map((verb) => [verb, 'secrets', own]),
    ...['get', 'list'].map((verb) => [verb, 'configmaps', own]),
    ...['get', 'create', 'update', 'delete'].map((verb) => [verb, 'deployments.apps', own]),
    ['get', 'customresourcedefinitions.apiextensions.k8s.io', ''],
    ['create', 'clusterrolebindings.rbac.authorization.k8s.io', ''],
    ['impersonate', 'serviceaccounts', own],
    ['list', 'namespaces', ''],
    ['list', 'nodes', ''],
    ['create', 'events', 'any-namespace'],
    ...['list', 'patch'].map((verb) => [verb, 'events.events.k8s.io', 'any-namespace']),
    ...['get', 'patch'].map((verb) => [verb, `${cleanups} --subresource=status`, 'any-namespace']),
    ['list', lease, own],
    ['delete', `${lease}/cassandra-cleanup-operator`, own],
    ['get', `${lease}/another`, own],
    ['update', `${lease}/another`, own],
    ['create', lease, 'any-namespace'],
    ['get', `${lease}/cassandra-cleanup-operator`, 'any-namespace'],
    ['*', '*', 'any-namespace'],
  ])('may not %s %s in %s', async (verb = '', what = '', namespace = '') => {
    expect(await mayI(verb, what, namespace)).toBe('no');
  });

  test('has no rule besides these', async () => {
    expect(await rules(['get', 'clusterrole', OPERATOR.serviceAccount])).toEqual([
      {
        apiGroups: ['cassandra-sidecar.io'],
        resources: ['cassandracleanups'],
        verbs: ['get', 'list', 'watch', 'delete'],
      },
      {
        apiGroups: ['cassandra-sidecar.io'],
        resources: ['cassandracleanups/status'],
        verbs: ['update'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ]);
    const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
    expect(await rules(['get', 'role', OPERATOR.serviceAccount, '-n', own])).toEqual([
      { ...leases, verbs: ['create'] },
      { ...leases, resourceNames: ['cassandra-cleanup-operator'], verbs: ['get', 'update'] },
    ]);
  });

  async function rules(args: string[]): Promise<unknown> {
    return JSON.parse((await plane.kubectl([...args, '-o', 'json'])).stdout).rules;
  }

  async function mayI(verb: string, what: string, namespace: string): Promise<string> {
    const args = ['auth', 'can-i', verb, ...what.split(' '), ...(namespace ? ['-n', namespace] : [])];
    return (await plane.kubectl(args, { kubeconfig: operator })).stdout.trim();
  }
});

test('the roles for people never reach the status', async () => {
  const { stdout } = await plane.kubectl(['get', 'clusterroles', '-o', 'json', '-l', 'app.kubernetes.io/name']);
  const roles: { metadata: { name: string }; rules: { resources: string[] }[] }[] = JSON.parse(stdout).items;
  const forPeople = roles.filter(({ metadata }) => /-(view|edit)$/.test(metadata.name));
  expect(forPeople.map(({ metadata }) => metadata.name).sort()).toEqual([
    'cassandra-cleanup-operator-edit',
    'cassandra-cleanup-operator-view',
  ]);
  for (const { rules } of forPeople) expect(rules.map(({ resources }) => resources)).toEqual([['cassandracleanups']]);
});

test('a ServiceAccount that is no known user gets a token from the API server', async () => {
  const namespace = await plane.createNamespace('token');
  await plane.kubectl(['create', 'serviceaccount', 'somebody', '-n', namespace]);
  const kubeconfig = await plane.kubeconfigFor({ namespace, serviceAccount: 'somebody' });
  const { stdout } = await plane.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], {
    kubeconfig,
  });
  expect(stdout).toBe(`system:serviceaccount:${namespace}:somebody`);
});

test('the audit log has each request, by user', async () => {
  const namespace = await plane.createNamespace('audit');
  await plane.kubectl(['get', 'pods', '-n', namespace], { kubeconfig: operator });
  await plane.kubectl(['get', 'secrets', '-n', namespace], { kubeconfig: operator });
  await plane.kubectl(['get', 'pods', '-n', namespace]);
  const entries = await plane.audit({ user: OPERATOR_USER, namespace });
  const common = { verb: 'list', group: '', subresource: '', name: '', namespace, user: OPERATOR_USER };
  expect(entries).toEqual([
    { ...common, resource: 'pods', code: 200, time: expect.any(Date) },
    { ...common, resource: 'secrets', code: 403, time: expect.any(Date) },
  ]);
});
