// Pods of a real API server as nodes; the test plays the kubelet.
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Node } from '../../src/core/model.ts';
import { PodDirectory } from '../../src/kube/node-directory.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { enterControlPlane, type RealPlane, silent, until } from './real-control-plane.ts';

let real: RealPlane;
let directory: PodDirectory;
let looks: (() => void)[];
let changes: [Node | undefined, Node | undefined][];

beforeAll(async () => {
  real = await enterControlPlane('pods');
});

beforeEach(async () => {
  const settings = { sidecarPort: 4567, allowLoopbackTargets: true };
  const options = {
    client: real.client,
    namespaces: [real.namespace],
    settings,
    clock: systemClock,
    random: Math.random,
  };
  directory = new PodDirectory({ ...options, log: silent });
  looks = [];
  changes = [];
  directory.onChange((node, previous) => {
    changes.push([node, previous]);
    for (const look of looks) look();
  });
  directory.start();
  await directory.whenSynced();
});

afterEach(() => directory.stop());

function pod(name: string): object {
  const containers = [
    { name: 'cassandra', image: 'cassandra' },
    { name: 'helper', image: 'icarus', ports: [{ name: 'icarus', containerPort: 4711 }] },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'x' } },
    spec: { nodeName: 'machine', containers, terminationGracePeriodSeconds: 1 },
  };
}

function find(name: string): Node | undefined {
  return directory.inNamespace(real.namespace).find((node) => node.name === name);
}

function eventually<T>(read: () => T | undefined): Promise<T> {
  return until(read, (look) => looks.push(look));
}

async function patchStatus(name: string, status: object): Promise<void> {
  const patch = JSON.stringify({ status });
  await real.kubectl(['patch', 'pod', name, '--subresource', 'status', '--type', 'merge', '--patch', patch]);
}

function statuses(helper: string) {
  const container = (name: string, containerID: string) => ({
    name,
    containerID,
    ready: true,
    restartCount: 0,
    image: 'i',
    imageID: 'i',
  });
  return [container('cassandra', 'containerd://c'), container('helper', helper)];
}

test('a Pod becomes a node, its status follows, and its end removes it', async () => {
  await real.kubectl(['create', '--filename', '-'], pod('life'));
  const first = await eventually(() => find('life'));
  expect(first).toMatchObject({ namespace: real.namespace, port: 4711, ready: false, terminating: false });
  expect(first.labels).toEqual({ app: 'x' });
  expect(first.ip).toBeUndefined();

  await patchStatus('life', {
    phase: 'Running',
    podIP: '127.0.0.9',
    podIPs: [{ ip: '127.0.0.9' }],
    containerStatuses: statuses('containerd://1'),
  });
  const second = await eventually(() => (find('life')?.ready ? find('life') : undefined));
  expect(second).toMatchObject({ uid: first.uid, ip: '127.0.0.9', sidecarContainer: 'containerd://1' });
  expect(second?.refused).toBeUndefined();

  await patchStatus('life', { phase: 'Failed' });
  await eventually(() => (find('life') === undefined ? true : undefined));
  expect(await directory.readLive(real.namespace, 'life')).toBeUndefined();
});

test('a change that no node shows is no change', async () => {
  await real.kubectl(['create', '--filename', '-'], pod('quiet'));
  await eventually(() => find('quiet'));
  await real.kubectl(['annotate', 'pod', 'quiet', 'a=b']);
  await real.kubectl(['label', 'pod', 'quiet', 'rack=r1']);
  await eventually(() => find('quiet')?.labels['rack']);
  const [, relabelled, ...more] = changes.filter(([node]) => node?.name === 'quiet');
  expect(relabelled?.[1]?.labels).toEqual({ app: 'x' });
  expect(more).toEqual([]);
});

test('a Pod is read live, past the cache', async () => {
  await real.kubectl(['create', '--filename', '-'], pod('live'));
  await patchStatus('live', {
    phase: 'Running',
    podIP: '127.0.0.9',
    podIPs: [{ ip: '127.0.0.9' }],
    containerStatuses: statuses('containerd://2'),
  });
  const node = await directory.readLive(real.namespace, 'live');
  expect(node).toMatchObject({ ip: '127.0.0.9', sidecarContainer: 'containerd://2', live: true });
  expect(await directory.readLive(real.namespace, 'nobody')).toBeUndefined();
  const cached = await eventually(() => (find('live')?.ready ? find('live') : undefined));
  expect({ ...cached, live: true }).toEqual(node);
});

test('a terminating Pod is one that is not ready', async () => {
  await real.kubectl(['create', '--filename', '-'], pod('ending'));
  await patchStatus('ending', { phase: 'Running', containerStatuses: statuses('containerd://3') });
  await eventually(() => (find('ending')?.ready ? true : undefined));
  await real.kubectl(['delete', 'pod', 'ending', '--wait=false']);
  const node = await eventually(() => (find('ending')?.terminating ? find('ending') : undefined));
  expect(node?.ready).toBe(false);
  expect(await directory.readLive(real.namespace, 'ending')).toMatchObject({ terminating: true, ready: false });
  await real.kubectl(['delete', 'pod', 'ending', '--force', '--grace-period=0']);
  await eventually(() => (find('ending') === undefined ? true : undefined));
});
