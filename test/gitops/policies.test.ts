// deploy/policies on a real API server of its own (a policy binds all its namespaces): what is let in, what is refused, and
// in which words.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { manifest, specWith } from '../support/manifests.ts';

const policies = join(import.meta.dirname, '..', '..', 'deploy', 'policies');

let plane: ControlPlane;
/** A kubeconfig of somebody who may edit CassandraCleanups, by namespace. */
const editors = new Map<string, string>();

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** An account that may do what the operator's edit and view roles allow in a namespace. */
async function editorOf(namespace: string): Promise<string> {
  await kubectl('create', 'serviceaccount', 'editor', '--namespace', namespace);
  for (const role of ['cassandra-cleanup-operator-edit', 'cassandra-cleanup-operator-view']) {
    const flags = [`--clusterrole=${role}`, `--serviceaccount=${namespace}:editor`, '--namespace', namespace];
    await kubectl('create', 'rolebinding', role, ...flags);
  }
  return plane.kubeconfigFor({ namespace, serviceAccount: 'editor' });
}

/** Offers a CassandraCleanup to the API server, which says what it would do with it. */
function offer(namespace: string, changes: Record<string, unknown>, place: { name?: string; as?: string } = {}) {
  const { name = 'a', as = editors.get(namespace) ?? '' } = place;
  const input = manifest(namespace, name, specWith(changes));
  return plane.kubectl(['apply', '--dry-run=server', '-f', '-'], { input, kubeconfig: as });
}

/** What a person sees; '' where it would be let in. */
async function refusal(namespace: string, changes: Record<string, unknown>, name = 'a'): Promise<string> {
  const { stderr, code } = await offer(namespace, changes, { name });
  expect(code).toBe(stderr === '' ? 0 : 1);
  return stderr.trim();
}

const denied = (message: string, name = 'a') =>
  `The cassandracleanups "${name}" is invalid: : ValidatingAdmissionPolicy 'cassandra-cleanup-limits' ` +
  `with binding 'cassandra-cleanup-limits' denied request: ${message}`;

beforeAll(async () => {
  plane = await startControlPlane();
  await plane.installCrdAndRbac();
  for (const namespace of ['payments', 'shop']) {
    await kubectl('create', 'namespace', namespace);
    editors.set(namespace, await editorOf(namespace));
  }
  const input = manifest('shop', 'from-before', specWith({ parallelism: 5, jobs: 8 }));
  expect(await plane.kubectl(['apply', '-f', '-'], { input })).toMatchObject({ code: 0 });
  await kubectl('apply', '-k', policies);
  await until(async () => (await offer('shop', { parallelism: 50 })).stderr.includes('more than the 1'));
});

afterAll(() => plane?.stop());

describe('a namespace with limits of its own', () => {
  test.each<[what: string, changes: Record<string, unknown>]>([
    ['as much as they allow', { parallelism: 3, jobs: 2 }],
    ['the defaults of the CRD', {}],
    ['the other keyspace', { keyspace: 'invoices' }],
  ])('lets in %s', async (_what, changes) => {
    expect(await refusal('payments', changes)).toBe('');
  });

  test.each<[changes: Record<string, unknown>, message: string]>([
    [{ parallelism: 4 }, 'spec.parallelism: 4 nodes at once are more than the 3 that namespace payments may clean'],
    [{ jobs: 3 }, 'spec.jobs: 3 is more than the 2 that namespace payments may use on a node'],
    [{ jobs: 0 }, 'spec.jobs: 0 (all compaction threads) is more than the 2 that namespace payments may use on a node'],
    [
      { keyspace: 'customers' },
      'spec.keyspace: customers is none of those that namespace payments may clean: orders invoices',
    ],
  ])('refuses %j', async (changes, message) => {
    expect(await refusal('payments', changes)).toBe(denied(message));
  });
});

describe('a namespace without', () => {
  test('has the default ones', async () => {
    expect(await refusal('shop', { keyspace: 'anything' })).toBe('');
    expect(await refusal('shop', { parallelism: 2 })).toBe(
      denied('spec.parallelism: 2 nodes at once are more than the 1 that namespace shop may clean'),
    );
  });
});

describe('an object from before the limits', () => {
  const spec = { parallelism: 5, jobs: 8 };

  test('can be suspended and narrowed', async () => {
    expect(await refusal('shop', { ...spec, suspend: true }, 'from-before')).toBe('');
    expect(await refusal('shop', { ...spec, parallelism: 4 }, 'from-before')).toBe('');
  });

  test('cannot be widened', async () => {
    expect(await refusal('shop', { ...spec, parallelism: 6 }, 'from-before')).toBe(
      denied('spec.parallelism: 6 nodes at once are more than the 1 that namespace shop may clean', 'from-before'),
    );
  });
});

test('an administrator is bound as well', async () => {
  const { stderr } = await offer('shop', { parallelism: 2 }, { as: plane.kubeconfig });
  expect(stderr.trim()).toBe(
    denied('spec.parallelism: 2 nodes at once are more than the 1 that namespace shop may clean'),
  );
});

test('who is limited cannot change the limits', async () => {
  const args = ['auth', 'can-i', 'update', 'configmaps', '--namespace', 'cassandra-cleanup'];
  const { stdout } = await plane.kubectl(args, { kubeconfig: editors.get('shop') ?? '' });
  expect(stdout.trim()).toBe('no');
});

test('limits that were deleted are not lifted', async () => {
  await kubectl('delete', 'configmap', 'cassandra-cleanup-limits', '--namespace', 'cassandra-cleanup');
  await until(async () => (await refusal('shop', {})).includes('no params found for policy binding'));
});
