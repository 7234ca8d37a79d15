// What the chart's values change in the objects that it makes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { CHART, HELM_VERSIONS, type Helm, helmOf } from '../support/helm.ts';
import { identityOf, type Manifest, only } from '../support/install-ways.ts';

/** Everything that can be switched on. */
const everything = {
  networkPolicy: { enabled: true },
  sidecarGuards: [{ namespace: 'cassandra', podSelector: { matchLabels: { app: 'cassandra' } } }],
  podMonitor: { enabled: true },
  commonLabels: { team: 'storage' },
  commonAnnotations: { owner: 'someone' },
};

/** The Pods that there will be, as their labels and what runs in them. */
function podsOf(objects: readonly Manifest[]) {
  const { template } = only(objects, 'Deployment').spec;
  const pod = only(objects, 'Pod');
  return [
    { labels: template.metadata.labels, spec: template.spec },
    { labels: pod.metadata.labels, spec: pod.spec },
  ];
}

describe.each(HELM_VERSIONS)('the chart by helm %s', (version) => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await helmOf(version);
  }, BUILD_TIMEOUT_MS);

  test('keeps the CRD on uninstall, and before Flux and Argo CD, unless it is told not to', async () => {
    const kept = {
      'helm.sh/resource-policy': 'keep',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    };
    const annotationsOf = async (values: object) =>
      only(await helm.render(values), 'CustomResourceDefinition').metadata.annotations;
    expect(await annotationsOf({})).toEqual(kept);
    expect(await annotationsOf({ crds: { keep: false } })).toBeUndefined();
    const without = await helm.render({ crds: { enabled: false } });
    expect(without.filter(({ kind }) => kind === 'CustomResourceDefinition')).toEqual([]);
  });

  test('gives common labels and annotations to every object, and the labels to the Pods', async () => {
    const objects = await helm.render(everything);
    expect(objects.length).toBeGreaterThan(10);
    for (const object of objects.filter(({ kind }) => kind !== 'Pod')) {
      expect(object.metadata).toMatchObject({ labels: { team: 'storage' }, annotations: { owner: 'someone' } });
    }
    expect(podsOf(objects)[0]?.labels).toMatchObject({ team: 'storage' });
  });

  test('never lets a label of somebody else be one of those by which Pods are selected', async () => {
    const stolen = { 'app.kubernetes.io/name': 'other', 'app.kubernetes.io/instance': 'other' };
    const objects = await helm.render({ commonLabels: stolen, podLabels: stolen });
    const { selector } = only(objects, 'Deployment').spec;
    expect(podsOf(objects)[0]?.labels).toMatchObject(selector.matchLabels);
    expect(Object.values(selector.matchLabels)).not.toContain('other');
  });

  test('selects the same Pods everywhere, and never that of its own test', async () => {
    const objects = await helm.render(everything);
    const [operator, tester] = podsOf(objects);
    const deployment = only(objects, 'Deployment').spec;
    const [guard, policy] = ['cassandra', 'cassandra-cleanup'].map(
      (namespace) =>
        objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === namespace)?.spec,
    );
    for (const { matchLabels } of [
      deployment.selector,
      deployment.template.spec.topologySpreadConstraints[0].labelSelector,
      only(objects, 'PodDisruptionBudget').spec.selector,
      only(objects, 'PodMonitor').spec.selector,
      policy.podSelector,
      guard.ingress[0].from[0].podSelector,
    ]) {
      expect(operator?.labels).toMatchObject(matchLabels);
      expect(tester?.labels).not.toMatchObject(matchLabels);
    }
  });

  test('two releases have no object in common, and each a Lease of its own', async () => {
    const options = { crds: { enabled: false }, ...everything };
    const [red, blue] = await Promise.all(
      ['red', 'blue'].map((release) => helm.render(options, { release, namespace: 'shared' })),
    );
    const names = [...(red ?? []), ...(blue ?? [])].map(identityOf);
    expect(new Set(names).size).toBe(names.length);
    const leases = [red, blue].map((objects) => {
      const { args } = only(objects ?? [], 'Deployment').spec.template.spec.containers[0];
      return args.find((arg: string) => arg.startsWith('--lease-name='));
    });
    expect(leases).toEqual([
      '--lease-name=red-cassandra-cleanup-operator',
      '--lease-name=blue-cassandra-cleanup-operator',
    ]);
  });

  test.each([['red'], ['cassandra-cleanup-operator']])(
    'alerts and dashboard of the release %s watch its own Lease',
    async (release) => {
      const runbookBaseUrl = 'https://git.example.com/operator/blob/main/';
      const options = { prometheusRule: { enabled: true, runbookBaseUrl }, dashboard: { enabled: true } };
      const objects = await helm.render(options, { release, namespace: 'shared' });
      const { args } = only(objects, 'Deployment').spec.template.spec.containers[0];
      const lease = args.find((arg: string) => arg.startsWith('--lease-name=')).split('=')[1];
      const dashboard = objects.find(({ kind, data }) => kind === 'ConfigMap' && data !== undefined)?.data;
      const texts = [only(objects, 'PrometheusRule').spec, JSON.parse(Object.values(dashboard ?? {})[0] ?? '')];
      for (const text of texts.map((one) => JSON.stringify(one))) {
        const watched = [...text.matchAll(/leader_election_master_status\{name=\\"([^\\]+)/g)].map(([, name]) => name);
        expect([...new Set(watched)]).toEqual([lease]);
      }
      const links = [...JSON.stringify(texts[0]).matchAll(/"runbook_url":"([^"]+)"/g)].map(([, link]) => link);
      expect(links.length).toBeGreaterThan(5);
      expect(links.filter((link) => !link?.startsWith(`${runbookBaseUrl}docs/runbooks/`))).toEqual([]);
    },
  );

  test('leaves the user to the platform where the values say so, and asks for no root in any case', async () => {
    const podSecurityContext = { runAsUser: null, runAsGroup: null };
    for (const { spec } of podsOf(await helm.render({ podSecurityContext }))) {
      expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    }
  });

  test('names an image by digest where there is one, in both Pods', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = { repository: 'registry.example.com/operator', tag: '1.2.3' };
    const images = async (values: object) =>
      podsOf(await helm.render(values)).map(({ spec }) => spec.containers[0].image);
    expect(await images({ image })).toEqual(Array(2).fill('registry.example.com/operator:1.2.3'));
    expect(await images({ image: { ...image, digest } })).toEqual(
      Array(2).fill(`registry.example.com/operator@${digest}`),
    );
  });

  test('guards one port only: every other port of the Cassandra Pods stays open', async () => {
    const guards = [{ namespace: 'cassandra', podSelector: { matchLabels: { app: 'cassandra' } }, port: 4999 }];
    const [mine, others] = only(await helm.render({ sidecarGuards: guards }), 'NetworkPolicy').spec.ingress;
    expect(mine).toMatchObject({ ports: [{ port: 4999 }], from: [expect.anything()] });
    expect(others.from).toBeUndefined();
    expect(others.ports).toEqual([
      { port: 1, endPort: 4998 },
      { port: 5000, endPort: 65535 },
      { port: 1, endPort: 65535, protocol: 'UDP' },
    ]);
  });

  test('puts the operator nowhere near Sidecars of other namespaces in namespaced mode', async () => {
    const objects = await helm.render({ watchNamespaces: ['red'], networkPolicy: { enabled: true } });
    const { egress } = only(objects, 'NetworkPolicy').spec;
    expect(egress.at(-1)).toMatchObject({
      to: [{ namespaceSelector: { matchExpressions: [{ operator: 'In', values: ['red'] }] } }],
      ports: [{ port: 4567 }],
    });
  });

  test('its test runs the node of the image', async () => {
    const dockerfile = readFileSync(join(CHART, '..', '..', 'Dockerfile'), 'utf8');
    const [, node] = /^ENTRYPOINT \["([^"]+)"/m.exec(dockerfile) ?? [];
    expect(only(await helm.render(), 'Pod').spec.containers[0].command[0]).toBe(node);
  });
});
