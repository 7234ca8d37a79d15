// What the operator may do, verb by verb, whichever way it is installed: exactly this list. And what its users may do.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { HELM_VERSIONS, helmOf } from '../support/helm.ts';
import { kustomized, type Manifest, manifestsIn, type Rule } from '../support/install-ways.ts';

const OWN = 'cassandra-cleanup';

/** Scope, resource, verb. */
function list(scopes: readonly string[]): string[] {
  const cleanups = scopes.flatMap((scope) => [
    `${scope} cassandra-sidecar.io/cassandracleanups get`,
    `${scope} cassandra-sidecar.io/cassandracleanups list`,
    `${scope} cassandra-sidecar.io/cassandracleanups watch`,
    `${scope} cassandra-sidecar.io/cassandracleanups delete`,
    `${scope} cassandra-sidecar.io/cassandracleanups/status update`,
    `${scope} /pods get`,
    `${scope} /pods list`,
    `${scope} /pods watch`,
    `${scope} events.k8s.io/events create`,
  ]);
  return [
    ...cleanups,
    `${OWN} coordination.k8s.io/leases create`,
    `${OWN} coordination.k8s.io/leases[cassandra-cleanup-operator] get`,
    `${OWN} coordination.k8s.io/leases[cassandra-cleanup-operator] update`,
  ].sort();
}

const forPeople = {
  view: ['get', 'list', 'watch'],
  edit: ['create', 'update', 'patch', 'delete', 'deletecollection'],
} as const;

/** Each rule as lines of scope, resource, verb. */
function grants(scope: string, rules: readonly Rule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) => {
    const names = resourceNames === undefined ? [''] : resourceNames.map((name) => `[${name}]`);
    const what = apiGroups.flatMap((group) =>
      resources.flatMap((kind) => names.map((name) => `${group}/${kind}${name}`)),
    );
    return what.flatMap((one) => verbs.map((verb) => `${scope} ${one} ${verb}`));
  });
}

/** All that bindings grant to anybody, with the one whom they all must be for. */
function granted(objects: readonly Manifest[]): string[] {
  const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
  return bindings
    .flatMap(({ kind, metadata, roleRef, subjects }) => {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'cassandra-cleanup-operator', namespace: OWN }]);
      const scope = kind === 'ClusterRoleBinding' ? '*' : metadata.namespace;
      const roles = objects.filter((role) => role.kind === roleRef?.kind && role.metadata.name === roleRef.name);
      const role = roles.find((one) => one.kind === 'ClusterRole' || one.metadata.namespace === scope);
      return grants(scope ?? 'nowhere', role?.rules ?? []);
    })
    .sort();
}

const clusterWide: [string, () => Promise<Manifest[]>][] = [
  ['deploy/base', () => kustomized('base')],
  ['the single-replica overlay', () => kustomized('overlays/single-replica')],
  ['deploy/install.yaml', async () => manifestsIn('install.yaml')],
  ...HELM_VERSIONS.map((version): [string, () => Promise<Manifest[]>] => [
    `the chart by helm ${version}`,
    async () => (await helmOf(version)).render(),
  ]),
];
const namespaced: [string, readonly string[], () => Promise<Manifest[]>][] = [
  ['the namespaced overlay', ['cassandra'], () => kustomized('overlays/namespaced')],
  ...HELM_VERSIONS.map((version): [string, readonly string[], () => Promise<Manifest[]>] => [
    `the chart with watchNamespaces by helm ${version}`,
    ['red', 'blue', OWN],
    async () => (await helmOf(version)).render({ watchNamespaces: ['red', 'blue', OWN] }),
  ]),
];

describe.each(clusterWide)('%s', (_, install) => {
  let objects: Manifest[];
  beforeAll(async () => {
    objects = await install();
  }, BUILD_TIMEOUT_MS);

  test('grants the operator this list and nothing else', () => {
    expect(granted(objects)).toEqual(list(['*']));
  });

  test('has no role that is not the of the operator or for people', () => {
    const roles = objects.filter(({ rules }) => rules !== undefined).map(({ kind, metadata }) => [kind, metadata.name]);
    expect(roles.sort()).toEqual([
      ['ClusterRole', 'cassandra-cleanup-operator'],
      ['ClusterRole', 'cassandra-cleanup-operator-edit'],
      ['ClusterRole', 'cassandra-cleanup-operator-view'],
      ['Role', 'cassandra-cleanup-operator'],
    ]);
  });
});

describe.each(namespaced)('%s', (_, namespaces, install) => {
  let objects: Manifest[];
  beforeAll(async () => {
    objects = await install();
  }, BUILD_TIMEOUT_MS);

  test('grants the operator the same list in these namespaces only', () => {
    expect(granted(objects)).toEqual(list(namespaces));
  });

  test('has no ClusterRole but those for people', () => {
    const names = objects.filter(({ kind }) => kind.startsWith('ClusterRole')).map(({ metadata }) => metadata.name);
    expect(names.sort()).toEqual(['cassandra-cleanup-operator-edit', 'cassandra-cleanup-operator-view']);
  });
});

describe.each([...clusterWide, ...namespaced.map(([name, , install]) => [name, install] as const)])(
  '%s',
  (_, install) => {
    test(
      'lets people view and edit CassandraCleanups, never their status',
      async () => {
        const objects = await install();
        for (const [name, verbs] of Object.entries(forPeople)) {
          const role = objects.find(({ metadata }) => metadata.name === `cassandra-cleanup-operator-${name}`);
          expect(grants('*', role?.rules ?? [])).toEqual(
            verbs.map((verb) => `* cassandra-sidecar.io/cassandracleanups ${verb}`),
          );
          expect(role?.metadata.labels).toMatchObject({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' });
        }
      },
      BUILD_TIMEOUT_MS,
    );
  },
);
