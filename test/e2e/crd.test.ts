// What a user of kubectl sees of the CRD on a real API server: defaults, columns, selection, explanations, and what
// can not be changed.
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { manifest, specWith } from '../support/manifests.ts';

let plane: SharedControlPlane;
let namespace: string;
beforeAll(() => {
  plane = sharedControlPlane();
});
beforeEach(async () => {
  namespace = await plane.createNamespace('crd');
});

async function kubectl(...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(['--namespace', namespace, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
function apply(name: string, spec: unknown, ...flags: string[]) {
  return plane.kubectl(['apply', ...flags, '-f', '-'], { input: manifest(namespace, name, spec) });
}
async function applied(name: string, spec: unknown = specWith()): Promise<void> {
  const { stderr, code } = await apply(name, spec);
  if (code !== 0) throw new Error(stderr);
}
function patchStatus(name: string, status: unknown) {
  const patch = JSON.stringify({ status });
  return plane.kubectl([
    ...['--namespace', namespace, 'patch', 'cassandracleanup', name],
    ...['--subresource=status', '--type=merge', '--patch', patch],
  ]);
}
async function read(name: string): Promise<{ spec: unknown; status: unknown }> {
  return JSON.parse(await kubectl('get', 'cassandracleanup', name, '-o', 'json'));
}
/** The cells of a table as kubectl prints it: columns stand apart by two spaces at least. */
function cells(table: string): string[][] {
  const [head = '', ...rows] = table.trimEnd().split('\n');
  const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
  return [head, ...rows].map((row) => starts.map((start, column) => row.slice(start, starts[column + 1]).trim()));
}

describe('defaults', () => {
  test('a new object has the defaults of its spec, and a status that says nobody has seen it', async () => {
    await applied('a');
    expect(await read('a')).toMatchObject({
      spec: { ...specWith(), jobs: 2, parallelism: 1, suspend: false, backoffLimitPerNode: 3 },
      status: { observedGeneration: -1, state: 'Pending' },
    });
  });

  test('fields without a default stay away, among them the TTL and all deadlines', async () => {
    await applied('a');
    const fields = ['podSelector', 'keyspace', 'jobs', 'parallelism', 'suspend', 'backoffLimitPerNode'];
    expect(Object.keys((await read('a')).spec as object).sort()).toEqual(fields.sort());
  });

  test('a status in a manifest is not taken', async () => {
    const input = JSON.stringify({
      ...JSON.parse(manifest(namespace, 'a', specWith())),
      status: { state: 'Completed' },
    });
    await plane.kubectl(['apply', '-f', '-'], { input });
    expect((await read('a')).status).toEqual({ observedGeneration: -1, state: 'Pending' });
  });

  test.each([
    [
      'every field',
      { clusterSelector: specWith()['podSelector'], tables: ['a', 'b'], rackLabel: 'example.com/rack_1.x' },
    ],
    ['the largest numbers', { jobs: 1024, parallelism: 2000, backoffLimitPerNode: 100, maxFailedNodes: 2000 }],
    ['the smallest numbers', { jobs: 0, parallelism: 1, backoffLimitPerNode: 0, ttlSecondsAfterFinished: 0 }],
    ['a keyspace of 48 characters', { keyspace: 'A_9'.repeat(16) }],
    ['a replicated system keyspace', { keyspace: 'system_auth' }],
  ])('is valid: %s', async (_what, changes) => {
    await applied('a', specWith(changes));
  });
});

describe('kubectl get', () => {
  beforeEach(async () => {
    await applied('running');
    await applied('waiting');
    const counts = { total: 48, pending: 34, active: 1, completed: 12, failed: 1, skipped: 0, progressPercent: 25 };
    const time = new Date(Date.now() - 90_000).toISOString().replace(/\.\d+/, '');
    const finished = {
      type: 'Finished',
      status: 'False',
      reason: 'NodesRemaining',
      message: '36 of 48 nodes are left',
    };
    const conditions = [{ ...finished, lastTransitionTime: time }];
    await patchStatus('running', { state: 'Running', startTime: time, ...counts, conditions });
  });

  test.each(['cclean', 'cassandracleanups', 'cassandracleanup', 'cassandra'])('%s shows the columns', async (word) => {
    const [head, running, waiting] = cells(await kubectl('get', word));
    expect(head).toEqual(['NAME', 'STATE', 'NODES', 'COMPLETED', 'FAILED', 'PROGRESS', 'AGE']);
    expect(running?.slice(0, 6)).toEqual(['running', 'Running', '48', '12', '1', '25']);
    expect(waiting?.slice(0, 6)).toEqual(['waiting', 'Pending', '', '', '', '']);
  });

  test('-o wide adds what is cleaned, since when, and why it is as it is', async () => {
    const [head, running] = cells(await kubectl('get', 'cclean', '-o', 'wide'));
    expect(head?.slice(7)).toEqual(['ACTIVE', 'KEYSPACE', 'STARTED', 'FINISHED', 'REASON', 'MESSAGE']);
    expect(running?.slice(7)).toEqual(
      ['1', 'orders', '90s', '', 'NodesRemaining', '36 of 48 nodes are left'].map((cell) =>
        cell === '90s' ? expect.stringMatching(/^9\ds$/) : cell,
      ),
    );
  });

  test('--field-selector status.state selects', async () => {
    const names = (state: string) =>
      kubectl('get', 'cclean', '--field-selector', `status.state=${state}`, '-o', 'name').then((text) => text.trim());
    expect(await names('Running')).toBe('cassandracleanup.cassandra-sidecar.io/running');
    expect(await names('Pending')).toBe('cassandracleanup.cassandra-sidecar.io/waiting');
    expect(await names('Failed')).toBe('');
  });

  test('all, the category, does not list runs', async () => {
    expect(await kubectl('get', 'all', '-o', 'name')).not.toContain('cassandracleanup');
  });
});

describe('kubectl explain', () => {
  test('tells what a field does, its unit and its default', async () => {
    const text = await kubectl('explain', 'cassandracleanup.spec.parallelism');
    expect(text).toContain('FIELD: parallelism <integer>');
    expect(text.replace(/\s+/g, ' ')).toContain('How many nodes are cleaned at once, 1 to 2,000. Default 1.');
  });

  test('has a description for every field', async () => {
    type Schema = { description?: string; properties?: Record<string, Schema>; items?: Schema };
    const crd: { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } } = JSON.parse(
      await kubectl('get', 'crd', 'cassandracleanups.cassandra-sidecar.io', '-o', 'json'),
    );
    const silent = ({ description, properties = {}, items }: Schema, path: string): string[] => [
      ...(description === undefined ? [path] : []),
      ...Object.entries(properties).flatMap(([name, field]) => silent(field, `${path}.${name}`)),
      ...(items?.properties === undefined ? [] : silent(items, `${path}[]`)),
    ];
    const paths = crd.spec.versions.flatMap(({ schema }) => silent(schema.openAPIV3Schema, ''));
    expect(paths).toEqual(['.metadata']); // the API server allows none there, and puts its own
  });
});

describe('what is cleaned can not be changed', () => {
  const other = { matchLabels: { app: 'other' } };
  const before = specWith({ clusterSelector: other, tables: ['a', 'b'], rackLabel: 'rack' });
  const refused = (field: string): string =>
    `The CassandraCleanup "a" is invalid: spec.${field}: Invalid value: is immutable; ` +
    'to run again create a CassandraCleanup with a new metadata.name\n';

  test.each<[what: string, field: string, value: unknown]>([
    ['changed', 'podSelector', other],
    ['changed', 'clusterSelector', { matchLabels: { app: 'third' } }],
    ['removed', 'clusterSelector', undefined],
    ['changed', 'keyspace', 'payments'],
    ['shortened', 'tables', ['a']],
    ['removed', 'tables', undefined],
    ['changed', 'rackLabel', 'zone'],
    ['removed', 'rackLabel', undefined],
    ['changed', 'jobs', 4],
  ])('%s: %s', async (_what, field, value) => {
    await applied('a', before);
    const { stderr, code } = await apply('a', { ...before, [field]: value });
    expect([code, stderr.replace('Invalid value: "payments": ', 'Invalid value: ')]).toEqual([1, refused(field)]);
  });

  test.each<[field: string, value: unknown]>([
    ['clusterSelector', other],
    ['tables', ['a']],
    ['rackLabel', 'rack'],
  ])('added: %s', async (field, value) => {
    await applied('a');
    const { stderr, code } = await apply('a', specWith({ [field]: value }));
    expect([code, stderr]).toEqual([1, refused(field)]);
  });

  test('tables are a set: their order may change', async () => {
    await applied('a', before);
    await applied('a', { ...before, tables: ['b', 'a'] });
  });

  test('how it goes about it may change at any time', async () => {
    await applied('a', before);
    const changes = { parallelism: 3, suspend: true, backoffLimitPerNode: 0, maxFailedNodes: 1 };
    const limits = { activeDeadlineSeconds: 60, nodeDeadlineSeconds: 60, ttlSecondsAfterFinished: 60 };
    await applied('a', { ...before, ...changes, ...limits });
  });

  test('kubectl apply --force recreates the object', async () => {
    await applied('a', before);
    const { uid } = JSON.parse(await kubectl('get', 'cclean', 'a', '-o', 'jsonpath={.metadata}'));
    expect((await apply('a', { ...before, keyspace: 'payments' }, '--force')).code).toBe(0);
    expect(JSON.parse(await kubectl('get', 'cclean', 'a', '-o', 'jsonpath={.metadata}')).uid).not.toBe(uid);
  });
});

describe('status', () => {
  test.each<[status: unknown, message: string]>([
    [{ state: 'Done' }, 'status.state: Unsupported value: "Done"'],
    [{ progressPercent: 101 }, 'progressPercent in body should be less than or equal to 100'],
    [{ nodes: [{ name: 'a' }] }, 'status.nodes[0].state: Required value'],
    [{ nodes: [1, 2].map(() => ({ name: 'a', state: 'Running' })) }, 'status.nodes[1]: Duplicate value: {"name":"a"}'],
    [
      { nodes: [{ name: 'a', state: 'Running', operation: { id: 'x', state: 'DONE' } }] },
      'status.nodes[0].operation.state: Unsupported value: "DONE"',
    ],
    [{ startTime: 'yesterday' }, 'status.startTime: Invalid value: "yesterday"'],
  ])('%j is refused', async (status, message) => {
    await applied('a');
    expect((await patchStatus('a', status)).stderr).toContain(message);
  });

  test('a node with every field of the design is stored as it was written', async () => {
    const time = '2026-08-23T10:00:00Z';
    const times = { creationTime: time, startTime: time, completionTime: time };
    const failureCause = { message: 'm', source: 's' };
    const node = {
      ...{ name: 'a', state: 'Failed', rack: 'dc1/r1', attempts: 2, failures: 1, reason: 'R', message: 'm' },
      ...{ startTime: time, since: time, notBefore: time, podUID: 'u', sidecarContainer: 'containerd://x' },
      intent: { id: 'i', time, baseline: ['x'] },
      operation: { id: 'x', state: 'FAILED', progress: 0.41, ...times, failureCause },
      previous: { id: 'y', reason: 'OperationLost' },
    };
    await applied('a');
    await patchStatus('a', { nodes: [node] });
    expect((await read('a')).status).toMatchObject({ nodes: [node] });
  });
});
