// Every file of deploy/samples goes to a real API server that knows the kinds of Flux, Argo CD and Argo Workflows by their
// own CRDs and refuses what they do not know. The server is one of this file's: nobody else's tests see those kinds.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { until } from '../support/cleanups.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { gitopsCrds } from '../support/gitops-crds.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { helmOf } from '../support/helm.ts';

const SAMPLES = join(import.meta.dirname, '..', '..', 'deploy', 'samples');
const CHART = 'helm';
/** No manifest; samples.test.ts runs it. */
const SCRIPT = join('ci', 'clean.sh');

interface Document {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; generateName?: string; namespace?: string };
  spec?: object;
}

const files = readdirSync(SAMPLES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name).slice(SAMPLES.length + 1));
const ofChart = files.filter((file) => file.startsWith(join(CHART, '/')));
const manifests = files.filter((file) => !ofChart.includes(file) && extname(file) === '.yaml');
const documentsOf = (file: string): Document[] =>
  parseAllDocuments(readFileSync(join(SAMPLES, file), 'utf8')).map((one) => one.toJS());
const documents = manifests.flatMap(documentsOf);
const kinds = new Map(documents.map((one) => [`${one.apiVersion} ${one.kind}`, one]));

let plane: ControlPlane;

beforeAll(async () => {
  const crds = await gitopsCrds();
  plane = await startControlPlane();
  await plane.installCrdAndRbac();
  const created = await kubectl('create', ...crds.flatMap((crd) => ['--filename', crd]), '--output', 'name');
  for (const crd of created.trim().split('\n')) await until(() => isServed(crd.split('/')[1] ?? ''));
  const namespaces = new Set(documents.map(({ metadata }) => metadata.namespace ?? 'default'));
  namespaces.delete('default');
  for (const namespace of namespaces) await kubectl('create', 'namespace', namespace);
}, BUILD_TIMEOUT_MS);

afterAll(() => plane?.stop());

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** `kubectl wait` for a CRD fails where its status has no conditions yet. */
async function isServed(resource: string): Promise<boolean> {
  return (await plane.kubectl(['get', resource, '--all-namespaces'])).code === 0;
}

test('every file is a manifest, of the chart, or the script', () => {
  expect(manifests.length).toBeGreaterThan(7);
  expect(ofChart).toContain(join(CHART, 'Chart.yaml'));
  expect(files.filter((file) => !manifests.includes(file) && !ofChart.includes(file))).toEqual([SCRIPT]);
});

test.each(manifests)('%s is taken, every field of it', async (file) => {
  const all = documentsOf(file);
  const verb = all.some(({ metadata }) => metadata.generateName !== undefined) ? 'create' : 'apply';
  const out = await kubectl(verb, '--validate=strict', '--filename', join(SAMPLES, file), '--output', 'name');
  expect(out.trim().split('\n')).toHaveLength(all.length);
});

test(
  'the chart is taken, as Helm 4 installs it',
  async () => {
    const { run } = await helmOf('v4.3.1', plane.kubeconfig);
    const args = ['install', 'orders', join(SAMPLES, CHART), '--set', 'run=2026-08-23'];
    expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
    expect(await kubectl('get', 'cclean', 'orders-2026-08-23', '--output', 'jsonpath={.spec.keyspace}')).toBe('orders');
  },
  BUILD_TIMEOUT_MS,
);

describe('a field that there is not is refused (so these tests can fail), in', () => {
  test('the kinds of all tools', () => {
    expect([...kinds.keys()]).toEqual(
      expect.arrayContaining([
        'argoproj.io/v1alpha1 Application',
        'argoproj.io/v1alpha1 Workflow',
        'kustomize.toolkit.fluxcd.io/v1 Kustomization',
        'source.toolkit.fluxcd.io/v1 GitRepository',
      ]),
    );
  });

  test.each([...kinds.keys()])('%s', async (kind) => {
    const one = kinds.get(kind);
    const wrong = one?.spec ? { ...one, spec: { ...one.spec, waits: true } } : { ...one, waits: true };
    const args = ['create', '--validate=strict', '--dry-run=server', '--filename', '-'];
    const { stderr, code } = await plane.kubectl(args, { input: JSON.stringify(wrong) });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`unknown field "${one?.spec ? 'spec.' : ''}waits"`)]);
  });
});
