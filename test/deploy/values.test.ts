// The chart's values: each has a comment and a rule in the schema, which lets in what the operator takes and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { isCollection, isMap, isScalar, parse, parseDocument, visit } from 'yaml';
import { readStart } from '../../src/config.ts';
import { keyOf, type SettingName, settingNames } from '../../src/config-table.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { CHART, HELM_VERSIONS, type Helm, helmOf } from '../support/helm.ts';
import { only } from '../support/install-ways.ts';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
const valuesText = readFileSync(join(CHART, 'values.yaml'), 'utf8');

/** Settings that have a value of their own in the chart, or that it decides itself. */
const elsewhere: readonly SettingName[] = [
  'kubeconfig',
  'watchNamespaces',
  'sidecarPort',
  'sidecarScheme',
  'sidecarCaFile',
  'sidecarCertFile',
  'sidecarKeyFile',
  'sidecarServerName',
  'sidecarTokenFile',
  'sidecarUsernameFile',
  'sidecarPasswordFile',
  'leaderElect',
  'leaseNamespace',
  'leaseName',
  'leaseIdentity',
  'metricsAddress',
  'healthAddress',
];

test('every other setting of the operator may be set, and nothing else', () => {
  const rest = settingNames.filter((name) => !elsewhere.includes(name)).map(keyOf);
  expect(Object.keys(schema.properties.settings.properties).sort()).toEqual(rest.sort());
});

test('values.yaml names every value of the schema', () => {
  const named = Object.keys(parse(valuesText));
  expect(named.sort()).toEqual(
    Object.keys(schema.properties)
      .filter((key) => key !== 'global')
      .sort(),
  );
});

test('every value has a comment of its own, or is part of one that has', () => {
  const uncommented: string[] = [];
  visit(parseDocument(valuesText), {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || (!isScalar(value) && !isCollection(value))) return undefined;
      const before = valuesText.slice(0, key.range?.[0]).split('\n').at(-2) ?? '';
      if (/^ *#/.test(before)) return visit.SKIP;
      if (!isMap(value) || value.items.length === 0) uncommented.push(String(key.value));
      return undefined;
    },
  });
  expect(uncommented).toEqual([]);
});

const refused: [what: string, values: object][] = [
  ['a value that does not exist', { replicaCount: 3 }],
  ['a value that does not exist further down', { image: { name: 'x' } }],
  ['no number of replicas', { replicas: 'two' }],
  ['a digest that is none', { image: { digest: 'latest' } }],
  ['a pull policy that is none', { image: { pullPolicy: 'Sometimes' } }],
  ['a namespace that cannot exist', { watchNamespaces: ['Not_A_Name'] }],
  ['a namespace said twice', { watchNamespaces: ['a', 'a'] }],
  ['a setting that does not exist', { settings: { logLevl: 'debug' } }],
  ['a setting that the chart decides', { settings: { leaseName: 'mine' } }],
  ['a log level that is none', { settings: { logLevel: 'loud' } }],
  ['a time span that is none', { settings: { unreachableAfter: '15 minutes' } }],
  ['more workers than there may be', { settings: { workers: 65 } }],
  ['a label key that cannot exist', { settings: { rackLabels: ['a b'] } }],
  ['a port that cannot exist', { sidecar: { port: 65536 } }],
  ['a CA without TLS', { sidecar: { tls: { caSecret: 'ca' } } }],
  ['a client certificate without TLS', { sidecar: { tls: { clientCertificateSecret: 'certificate' } } }],
  ['a token together with basic credentials', { sidecar: { tokenSecret: 'token', basicAuthSecret: 'basic' } }],
  ['a guard for no Pods in particular', { sidecarGuards: [{ namespace: 'cassandra', podSelector: {} }] }],
  ['a guard without a namespace', { sidecarGuards: [{ podSelector: { matchLabels: { a: 'b' } } }] }],
  ['an interval that is none', { podMonitor: { interval: 'often' } }],
];

/** Each setting once, as the schema lets it in. */
const everySetting = {
  allowLoopbackTargets: true,
  unreachableAfter: '1h30m',
  rackLabels: ['rack', 'topology.kubernetes.io/zone'],
  datacenterLabels: [],
  clusterLabels: ['app.kubernetes.io/instance'],
  workers: 64,
  maxCallsInFlight: 4096,
  maxCallsPerNamespace: 1,
  maxCallsPerResource: 4096,
  maxSubmissionsInFlight: 2000,
  maxSubmissionsPerNamespace: 2000,
  logLevel: 'debug',
  logFormat: 'text',
};

describe.each(HELM_VERSIONS)('helm %s', (version) => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await helmOf(version);
  }, BUILD_TIMEOUT_MS);

  test.each(refused)('refuses %s', async (_, values) => {
    await expect(helm.render(values)).rejects.toThrow(/values don't meet the specifications of the schema/);
  });

  test('lets in every setting, and the operator takes them as they are meant', async () => {
    const objects = await helm.render({ settings: everySetting, watchNamespaces: ['red', 'blue'] });
    const { args } = only(objects, 'Deployment').spec.template.spec.containers[0];
    const start = readStart({ args, env: {}, version: '' });
    const { unreachableAfter, ...others } = everySetting;
    const expected = { ...others, unreachableAfterMs: 5_400_000, watchNamespaces: ['red', 'blue'], leaderElect: true };
    expect(start).toMatchObject({ config: expected });
    expect(Object.keys(everySetting).sort()).toEqual(Object.keys(schema.properties.settings.properties).sort());
  });

  test('brings Secrets to the files that the operator is told of', async () => {
    const tls = { enabled: true, serverName: 'sidecar', caSecret: 'cas', clientCertificateSecret: 'mine' };
    const objects = await helm.render({ sidecar: { port: 4568, tls, basicAuthSecret: 'user' } });
    const { containers, volumes } = only(objects, 'Deployment').spec.template.spec;
    const secretAt = Object.fromEntries(
      containers[0].volumeMounts.map(({ name, mountPath }: { name: string; mountPath: string }) => [
        mountPath,
        volumes.find((volume: { name: string }) => volume.name === name).secret.secretName,
      ]),
    );
    expect(filesOf(containers[0].args, secretAt)).toEqual({
      'sidecar-ca-file': 'ca.crt of cas',
      'sidecar-cert-file': 'tls.crt of mine',
      'sidecar-key-file': 'tls.key of mine',
      'sidecar-username-file': 'username of user',
      'sidecar-password-file': 'password of user',
    });
    expect(containers[0].args).toEqual(
      expect.arrayContaining(['--sidecar-scheme=https', '--sidecar-port=4568', '--sidecar-server-name=sidecar']),
    );
  });
});

/** Which key of which Secret each flag of a file leads to. */
function filesOf(args: readonly string[], secretAt: Readonly<Record<string, string>>): Record<string, string> {
  const flags = args.filter((arg) => /^--[\w-]+-file=/.test(arg)).map((arg) => arg.slice(2).split('='));
  return Object.fromEntries(
    flags.map(([flag = '', path = '']) => {
      const at = path.lastIndexOf('/');
      return [flag, `${path.slice(at + 1)} of ${secretAt[path.slice(0, at)]}`];
    }),
  );
}
