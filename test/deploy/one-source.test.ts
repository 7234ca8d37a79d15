// Chart, kustomize and install.yaml install the same: the generated ones are held to what kubectl and helm really make.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { CHART, HELM_VERSIONS, type Helm, helmOf } from '../support/helm.ts';
import { identityOf, kustomized, type Manifest, manifestsIn, only } from '../support/install-ways.ts';

const root = join(import.meta.dirname, '..', '..');

let base: Manifest[];
beforeAll(async () => {
  base = await kustomized('base');
}, BUILD_TIMEOUT_MS);

const byIdentity = (objects: readonly Manifest[]) =>
  Object.fromEntries(objects.map((object) => [identityOf(object), object]));

/** Labels that helm users expect, and that the others do not have; `instance` is the release. */
const helmLabels = ['app.kubernetes.io/managed-by', 'app.kubernetes.io/version', 'helm.sh/chart'];
const isOfHelm = (key: string, value: unknown) =>
  helmLabels.includes(key) || (key === 'app.kubernetes.io/instance' && value === 'cassandra-cleanup-operator');

/** An object of the chart without what only a release has. */
function plain(object: Manifest): Manifest {
  const text = JSON.stringify(object, (key, value) => (isOfHelm(key, value) ? undefined : value));
  const { metadata, ...rest }: Manifest = JSON.parse(text);
  const { annotations = {}, ...others } = metadata;
  const { 'helm.sh/resource-policy': _, ...kept } = annotations; // the CRD's, by which Helm keeps it
  return { ...rest, metadata: Object.keys(kept).length === 0 ? others : { ...others, annotations: kept } };
}

test('deploy/install.yaml is what kubectl builds from deploy/base', () => {
  expect(byIdentity(manifestsIn('install.yaml'))).toEqual(byIdentity(base));
});

test('everything says the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
  expect([chart.version, chart.appVersion]).toEqual([version, version]);
  const images = only(base, 'Deployment').spec.template.spec.containers.map((one: { image: string }) => one.image);
  expect(images).toEqual([`cassandra-cleanup-operator:${version}`]);
});

test('the single-replica overlay differs from the base in its replicas only', async () => {
  const single = byIdentity(await kustomized('overlays/single-replica'));
  const deployment = only(base, 'Deployment');
  const one = { ...deployment, spec: { ...deployment.spec, replicas: 1 } };
  expect(single).toEqual({ ...byIdentity(base), [identityOf(one)]: one });
});

test('the namespaced overlay differs from the base in its roles and in what it watches', async () => {
  const namespaced = await kustomized('overlays/namespaced');
  const besides = (these: readonly Manifest[], those: readonly Manifest[]) => {
    const known = those.map(identityOf);
    return these
      .map(identityOf)
      .filter((identity) => !known.includes(identity))
      .sort();
  };
  expect(besides(base, namespaced)).toEqual([
    'ClusterRole cassandra-cleanup-operator',
    'ClusterRoleBinding cassandra-cleanup-operator',
  ]);
  expect(besides(namespaced, base)).toEqual([
    'Role cassandra cassandra-cleanup-operator-namespaced',
    'RoleBinding cassandra cassandra-cleanup-operator-namespaced',
  ]);
  const argsOf = (objects: readonly Manifest[]) => only(objects, 'Deployment').spec.template.spec.containers[0].args;
  expect(argsOf(namespaced)).toEqual([...argsOf(base), '--watch-namespaces=cassandra']);
});

describe.each(HELM_VERSIONS)('the chart by helm %s', (version) => {
  let helm: Helm;
  let chart: Manifest[];
  beforeAll(async () => {
    helm = await helmOf(version);
    chart = await helm.render();
  }, BUILD_TIMEOUT_MS);

  test('makes, as it is, what the base has, but for the namespace and its own test', () => {
    const without = (objects: readonly Manifest[], kind: string) => objects.filter((object) => object.kind !== kind);
    expect(byIdentity(without(chart, 'Pod').map(plain))).toEqual(byIdentity(without(base, 'Namespace')));
  });

  test('has the same NetworkPolicies as the components', async () => {
    const guard = { namespace: 'cassandra', podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'prod' } } };
    const objects = await helm.render({ networkPolicy: { enabled: true }, sidecarGuards: [guard] });
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(plain);
    const components = await withComponents('network-policy', 'sidecar-guard');
    expect(byIdentity(policies)).toEqual(byIdentity(components));
    expect(components.length).toBe(2);
  });

  test('passes helm lint', async () => {
    const { stdout, code } = await helm.run(['lint', '--strict', CHART]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
  });
});

/** What the components add to nothing. */
async function withComponents(...names: readonly string[]): Promise<Manifest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-'));
  try {
    const components = names.map((name) => relative(folder, join(root, 'deploy', 'components', name)));
    writeFileSync(join(folder, 'kustomization.yaml'), stringify({ components }));
    return await kustomized(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
