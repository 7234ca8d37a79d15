// How far a CassandraCleanup reaches, with the operator as a process under the shipped rules: to the Sidecars of its own
// namespace's Pods, and nowhere else.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, prod, until, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR_USER } from '../support/control-plane.ts';
import { freePort } from '../support/free-port.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { manifest } from '../support/manifests.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import type { Scene } from '../support/scene.ts';

// Operators as processes, each a second of CPU: a machine that is busy with other things takes several times as long.

const plane = sharedControlPlane();
const ends: Scene['ends'] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

const quick = () => ({ minOperationMs: 0, operationMs: 200, statusDelayMs: 0 });

async function cluster(namespace: string, nodes = 1): Promise<TestCluster> {
  const made = await createCluster({ plane, namespace, racks: 1, nodes, double: quick });
  ends.push(() => made.stop());
  return made;
}

/** An operator with metrics; returns how many calls to Sidecars it has counted. */
async function operatorFor(namespaces: readonly string[], flags: readonly string[] = []) {
  const port = await freePort();
  const all = [...flags, `--metrics-address=127.0.0.1:${port}`];
  const operator: OperatorProcess = await startOperator({ plane, namespaces, flags: all });
  ends.push(() => operator.stop());
  return async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const counts = [...text.matchAll(/^cassandra_cleanup_sidecar_request\w*_(?:total|count)\{.*\} (\d+)/gm)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };
}

describe('a Pod that reports an address that is not its own', () => {
  const places: [what: string, spec: object, ip: string, says: string][] = [
    ['the host’s network', { hostNetwork: true }, '10.0.0.9', 'the Pod uses the network of its host'],
    ['a loopback address', {}, '127.0.0.1', 'the Pod has a loopback address'],
    ['a link-local address, where clouds tell secrets', {}, '169.254.169.254', 'the Pod has a link-local, multicast'],
    ['a link-local IPv6 address', {}, 'fe80::1', 'the Pod has a link-local, multicast'],
    ['a multicast address', {}, '224.0.0.1', 'the Pod has a link-local, multicast'],
  ];
  let namespaces: string[];
  let calls: () => Promise<number>;

  beforeAll(async () => {
    namespaces = await Promise.all(places.map((_, index) => plane.createNamespace(`reach-${index}`)));
    calls = await operatorFor(namespaces, ['--allow-loopback-targets=false']);
  });

  test.each(places.map(([what], index) => [what, index] as const))(
    '%s, is refused by name, and nothing is sent',
    async (_what, index) => {
      const [, spec, ip, says] = places[index] ?? ['', {}, '', 'no such place'];
      const namespace = namespaces[index] ?? '';
      await createPod(namespace, spec, ip);
      await applyCleanup(plane, namespace);
      const held = await untilCleanup(plane, namespace, ({ status }) => (status.conditions ?? []).length > 0);
      const reconciling = held.status.conditions?.find(({ type }) => type === 'Reconciling');
      expect(reconciling).toMatchObject({ status: 'True', reason: 'InvalidRequest' });
      expect(reconciling?.message).toContain(`Pod odd cannot be called: ${says}`);
      expect(await calls()).toBe(0);
    },
  );

  test('at a real port on loopback sees no connection', async () => {
    const namespace = namespaces[1] ?? '';
    const { nodes } = await cluster(namespace);
    await applyCleanup(plane, namespace, {}, 'another');
    await untilCleanup(plane, namespace, ({ status }) => (status.conditions ?? []).length > 0, 'another');
    expect(nodes.map(({ double }) => double.requests)).toEqual([[]]);
    expect(await calls()).toBe(0);
  });

  async function createPod(namespace: string, spec: object, ip: string): Promise<void> {
    const labels = prod.podSelector.matchLabels;
    const ports = [{ name: 'icarus', containerPort: 4567 }];
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'odd', labels } },
      spec: { ...spec, nodeName: 'test-node', containers: [{ name: 'icarus', image: 'icarus', ports }] },
    };
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    const patch = [
      'patch',
      'pod',
      'odd',
      '--subresource=status',
      '--type=merge',
      '--patch',
      JSON.stringify({ status }),
    ];
    const created = await plane.kubectl(['-n', namespace, 'create', '-f', '-'], { input: JSON.stringify(pod) });
    const patched = await plane.kubectl(['-n', namespace, ...patch]);
    expect([created.stderr, patched.stderr]).toEqual(['', '']);
  }
});

describe('Pods of another namespace', () => {
  test('with the same labels are neither cleaned nor asked, nor do they count for the gate', async () => {
    const [own, other] = await Promise.all([plane.createNamespace('own'), plane.createNamespace('other')]);
    const [mine, theirs] = await Promise.all([cluster(own, 2), cluster(other)]);
    await theirs.patchStatus(theirs.nodes[0]?.name ?? '', { containerStatuses: [] }); // not Ready: would close the gate
    const calls = await operatorFor([own, other]);
    await applyCleanup(plane, own, { clusterSelector: prod.podSelector });
    const done = await untilCleanup(plane, own, (one) => conditionOf(one, 'Finished') === 'True');
    expect(done.status).toMatchObject({ state: 'Completed', total: 2 });
    expect(mine.nodes.map(({ double }) => double.posts.length)).toEqual([1, 1]);
    expect(theirs.nodes.map(({ double }) => double.requests)).toEqual([[]]);
    expect(await calls()).toBeGreaterThan(0); // what counts calls does count them
  });

  test('are no nodes of a run whose own namespace has none', async () => {
    const [empty, other] = await Promise.all([plane.createNamespace('empty'), plane.createNamespace('full')]);
    const { nodes } = await cluster(other);
    await operatorFor([empty, other]);
    await applyCleanup(plane, empty);
    const held = await untilCleanup(plane, empty, ({ status }) => (status.conditions ?? []).length > 0);
    expect(held.status.conditions?.find(({ type }) => type === 'Reconciling')?.reason).toBe('NoNodesMatched');
    expect(nodes.map(({ double }) => double.requests)).toEqual([[]]);
  });
});

test('an operator at work asks for its objects, Pods and Events, and for nothing else, by few verbs: no Secret, no other kind', async () => {
  const namespace = await plane.createNamespace('asks');
  await plane.kubectl(['-n', namespace, 'create', 'secret', 'generic', 'sidecar', '--from-literal=token=x']);
  await cluster(namespace, 2);
  await operatorFor([namespace]);
  await applyCleanup(plane, namespace, { ttlSecondsAfterFinished: 0 });
  const list = ['-n', namespace, 'get', 'cclean', '-o', 'name'];
  await until(async () => (await plane.kubectl(list)).stdout === '');
  const asked = await plane.audit({ user: OPERATOR_USER, namespace });
  const kindOf = ({ resource, subresource }: (typeof asked)[number]) =>
    `${resource}${subresource && `/${subresource}`}`;
  // The log holds a watch once it has ended, and an object of ours is read again only after a conflict.
  expect([...new Set(asked.map((one) => `${kindOf(one)} ${one.verb}`))].sort()).toEqual([
    'cassandracleanups delete',
    'cassandracleanups list',
    'cassandracleanups/status update',
    'events create',
    'pods get',
    'pods list',
  ]);
  expect(asked.filter(({ code }) => code === 403)).toEqual([]);
});

test.each(['host', 'url', 'address', 'port', 'scheme', 'namespace', 'headers', 'secretRef', 'serviceAccountName'])(
  'no field of a CassandraCleanup names a place to call, a namespace or a Secret: %s is refused',
  async (field) => {
    const input = manifest('default', 'far', { ...prod, [field]: 'x' });
    const create = ['create', '--dry-run=server', '--validate=strict', '-f', '-'];
    expect((await plane.kubectl(create, { input })).stderr).toContain(`unknown field "spec.${field}"`);
  },
);
