// deploy/samples for GitOps, workflows and CI: what is said there is what is meant, and what runs in a container is run.
// That every field of every sample is taken is held by apply.test.ts.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { onScene, operatorOf, postsOf, type Scene } from '../support/scene.ts';

const SAMPLES = join(import.meta.dirname, '..', '..', 'deploy', 'samples');
const read = (...path: string[]) => readFileSync(join(SAMPLES, ...path), 'utf8');

let plane: SharedControlPlane;
beforeAll(() => {
  plane = sharedControlPlane();
});

async function applied(input: string, namespace: string): Promise<string[]> {
  const args = ['apply', '--namespace', namespace, '--filename', '-', '--output', 'name'];
  const { stdout, stderr, code } = await plane.kubectl(args, { input });
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n');
}

describe('Flux', () => {
  test('waits for the runs, for longer than a few minutes, and never forces', () => {
    const [, kustomization] = parseAllDocuments(read('flux', 'cleanups.yaml')).map((one) => one.toJS());
    expect(kustomization.spec).toMatchObject({ wait: true, force: false, timeout: '12h' });
  });
});

describe('Argo CD', () => {
  test('is told nothing that would run a finished run again', () => {
    const { spec } = parse(read('argocd', 'application.yaml'));
    expect(Object.keys(spec).sort()).toEqual(['destination', 'project', 'source', 'syncPolicy']);
    expect(spec.syncPolicy).toEqual({ automated: { prune: true, selfHeal: true } });
  });
});

describe('Argo Workflows', () => {
  const { spec } = parse(read('argo-workflows', 'workflow.yaml'));

  test('creates a valid CassandraCleanup, with a name of its own each time', async () => {
    const { manifest, action } = spec.templates[0].resource;
    const { name, value } = spec.arguments.parameters[0];
    const input = manifest.replaceAll(`{{workflow.parameters.${name}}}`, value);
    const namespace = await plane.createNamespace('workflow');
    const args = [action, '--namespace', namespace, '--filename', '-', '--output', 'json'];
    const { stdout, stderr } = await plane.kubectl(args, { input });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ spec: { keyspace: 'orders' }, status: { state: 'Pending' } });
  });

  test('may do so, and look at it, as the account of its sample', async () => {
    const namespace = await plane.createNamespace('workflow');
    const account = parseAllDocuments(read('argo-workflows', 'rbac.yaml')).map((one) => one.toJS())[0].metadata.name;
    expect(account).toBe(spec.serviceAccountName);
    await applied(
      read('argo-workflows', 'rbac.yaml').replaceAll('namespace: cassandra', `namespace: ${namespace}`),
      namespace,
    );
    const kubeconfig = await plane.kubeconfigFor({ namespace, serviceAccount: account });
    const may = async (verb: string) => {
      const args = ['auth', 'can-i', verb, 'cassandracleanups', '--namespace', namespace];
      return (await plane.kubectl(args, { kubeconfig })).stdout.trim();
    };
    expect(await Promise.all(['create', 'get', 'delete'].map(may))).toEqual(['yes', 'yes', 'no']);
  });
});

describe('the step for CI', () => {
  /** Runs clean.sh as the account that docs/gitops.md makes, with the manifest of the sample, in a namespace. */
  async function clean({ namespace }: Scene, keyspace: string): Promise<{ code: number; stdout: string }> {
    const account = ['serviceaccount', 'ci', '--namespace', namespace];
    const role = ['role', 'ci', '--verb=create,get,list,watch', '--resource=cassandracleanups.cassandra-sidecar.io'];
    const binding = ['rolebinding', 'ci', '--role=ci', `--serviceaccount=${namespace}:ci`];
    await plane.kubectl(['create', ...account]);
    for (const one of [role, binding]) await plane.kubectl(['create', ...one, '--namespace', namespace]);
    const folder = join(plane.directory, namespace);
    mkdirSync(folder, { recursive: true });
    symlinkSync(plane.kubectlPath, join(folder, 'kubectl'));
    const manifest = join(folder, 'cleanup.yaml');
    writeFileSync(manifest, read('ci', 'cassandracleanup.yaml').replace('keyspace: orders', `keyspace: ${keyspace}`));
    const env = {
      PATH: `${folder}:${process.env['PATH']}`,
      HOME: folder,
      KUBECONFIG: await plane.kubeconfigFor({ namespace, serviceAccount: 'ci' }),
    };
    return await new Promise((resolve) => {
      execFile(join(SAMPLES, 'ci', 'clean.sh'), [manifest, '150s'], { env }, (error, stdout) => {
        resolve({ code: Number(error?.code ?? 0), stdout });
      });
    });
  }

  test('ends with 0 when every node is clean', () =>
    onScene({ plane, name: 'ci' }, async (scene) => {
      await operatorOf(scene);
      const { code, stdout } = await clean(scene, 'orders');
      expect(stdout).toMatch(/orders-\w+ +Completed/);
      expect([code, postsOf(scene)]).toEqual([0, [1, 1]]);
    }));

  test('ends with 1 when the run has failed, and shows why', () =>
    onScene({ plane, name: 'ci' }, async (scene) => {
      await operatorOf(scene);
      const { code, stdout } = await clean(scene, 'nope');
      expect([code, stdout]).toEqual([1, expect.stringContaining('Keyspace nope does not exist')]);
    }));
});

describe('the CronJob', () => {
  test('applies, and its Pod is let in where Pods must be restricted', async () => {
    const namespace = await plane.createNamespace('cron');
    await plane.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    const cronjob = read('cronjob.yaml').replaceAll('namespace: default', `namespace: ${namespace}`);
    expect(await applied(cronjob, namespace)).toHaveLength(5);
    const spec = parseAllDocuments(cronjob).map((one) => one.toJS())[0].spec.jobTemplate.spec.template.spec;
    const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'any', namespace }, spec });
    expect(await plane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: pod })).toMatchObject({ code: 0 });
  });

  test('creates a run of its own each time, as the account of its sample', async () => {
    const namespace = await plane.createNamespace('cron');
    await applied(read('cronjob.yaml').replaceAll('namespace: default', `namespace: ${namespace}`), namespace);
    const documents = parseAllDocuments(read('cronjob.yaml')).map((one) => one.toJS());
    const { serviceAccountName, containers } = documents[0].spec.jobTemplate.spec.template.spec;
    const folder = join(plane.directory, namespace);
    mkdirSync(folder);
    for (const [name, text] of Object.entries(documents[1].data)) writeFileSync(join(folder, name), String(text));
    const args: string[] = containers[0].args.map((arg: string) => arg.replace('/cleanup', folder));
    const kubeconfig = await plane.kubeconfigFor({ namespace, serviceAccount: serviceAccountName });
    const results = [await plane.kubectl(args, { kubeconfig }), await plane.kubectl(args, { kubeconfig })];
    const names = results.map(({ stdout }) => stdout.trim());
    expect(names).toEqual(names.map(() => expect.stringMatching(/orders-\w+ created$/)));
    expect(new Set(names).size).toBe(2);
  });
});
