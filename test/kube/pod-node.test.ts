// Which container is the Sidecar, whether the rest is Ready, and which Pods must not be called.
import { describe, expect, test } from '@jest/globals';
import { nodeOf, type Pod, refusedAddress } from '../../src/kube/pod-node.ts';

const settings = { sidecarPort: 4567, allowLoopbackTargets: false };

type Container = { name: string; ports?: object[]; restartPolicy?: string };
type Status = { name: string; ready?: boolean; containerID?: string; restartCount?: number };

function pod(
  containers: Container[],
  more: { statuses?: Status[]; init?: Container[]; spec?: object; status?: object; metadata?: object } = {},
): Pod {
  return {
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { a: 'b' }, ...more.metadata },
    spec: { containers, initContainers: more.init, ...more.spec },
    status: { phase: 'Running', podIP: '10.1.2.3', containerStatuses: more.statuses, ...more.status },
  } as unknown as Pod;
}

const cassandra: Container = { name: 'cassandra', ports: [{ name: 'cql', containerPort: 9042 }] };
const icarus: Container = { name: 'helper', ports: [{ name: 'icarus', containerPort: 4711 }] };
const bothReady = [
  { name: 'cassandra', ready: true },
  { name: 'helper', ready: true, containerID: 'containerd://1', restartCount: 3 },
];

test('a Pod with a Sidecar becomes a node', () => {
  expect(nodeOf(pod([cassandra, icarus], { statuses: bothReady }), settings)).toEqual({
    name: 'p',
    namespace: 'n',
    uid: 'u',
    labels: { a: 'b' },
    ip: '10.1.2.3',
    port: 4711,
    sidecarContainer: 'containerd://1',
    ready: true,
    terminating: false,
  });
});

describe('the Sidecar is', () => {
  const port = (containers: Container[], init: Container[] = []) => nodeOf(pod(containers, { init }), settings)?.port;

  test.each<[string, Container[], number | undefined]>([
    ['the container with a port named icarus', [cassandra, icarus], 4711],
    [
      'the container with a port named sidecar',
      [cassandra, { name: 'x', ports: [{ name: 'sidecar', containerPort: 1 }] }],
      1,
    ],
    [
      'rather the port named icarus than the one named sidecar',
      [{ name: 'x', ports: [{ name: 'sidecar', containerPort: 1 }] }, icarus],
      4711,
    ],
    ['rather the named port than the number', [{ name: 'x', ports: [{ containerPort: 4567 }] }, icarus], 4711],
    [
      'the container with the configured port',
      [cassandra, { name: 'x', ports: [{ name: 'web', containerPort: 4567 }] }],
      4567,
    ],
    ['rather the number than the name', [{ name: 'icarus' }, { name: 'x', ports: [{ containerPort: 4567 }] }], 4567],
    ['the container named icarus', [cassandra, { name: 'icarus' }], 4567],
    ['the container named sidecar', [cassandra, { name: 'sidecar' }], 4567],
    [
      'not a UDP port',
      [cassandra, { name: 'x', ports: [{ name: 'icarus', containerPort: 1, protocol: 'UDP' }] }],
      undefined,
    ],
    ['nowhere', [cassandra, { name: 'other' }], undefined],
  ])('%s', (_name, containers, expected) => expect(port(containers)).toBe(expected));

  test('also a restartable init container, but not an ordinary one', () => {
    expect(port([cassandra], [{ ...icarus, restartPolicy: 'Always' }])).toBe(4711);
    expect(port([cassandra], [icarus])).toBeUndefined();
  });
});

describe('a node is', () => {
  const ready = (statuses: Status[], more: Parameters<typeof pod>[1] = {}) =>
    nodeOf(pod([cassandra, icarus], { statuses, ...more }), settings)?.ready;

  test('ready although its Sidecar is not', () => {
    expect(
      ready([
        { name: 'cassandra', ready: true },
        { name: 'helper', ready: false },
      ]),
    ).toBe(true);
    expect(ready([{ name: 'cassandra', ready: true }])).toBe(true);
  });

  test('not ready while another container is not', () => {
    expect(
      ready([
        { name: 'cassandra', ready: false },
        { name: 'helper', ready: true },
      ]),
    ).toBe(false);
    expect(ready([{ name: 'helper', ready: true }])).toBe(false);
    expect(ready([])).toBe(false);
  });

  test('not ready while a restartable init container of another kind is not', () => {
    const mesh = { name: 'mesh', restartPolicy: 'Always' };
    const initContainerStatuses = [{ name: 'mesh', ready: false }];
    expect(ready(bothReady, { init: [mesh], status: { initContainerStatuses } })).toBe(false);
    expect(ready(bothReady, { init: [mesh], status: { initContainerStatuses: [{ name: 'mesh', ready: true }] } })).toBe(
      true,
    );
  });

  test('not ready while it terminates', () => {
    const node = nodeOf(
      pod([cassandra, icarus], { statuses: bothReady, metadata: { deletionTimestamp: 'x' } }),
      settings,
    );
    expect(node).toMatchObject({ ready: false, terminating: true });
  });

  test('as ready as its only container', () => {
    const one = (ready: boolean) => nodeOf(pod([icarus], { statuses: [{ name: 'helper', ready }] }), settings)?.ready;
    expect([one(true), one(false)]).toEqual([true, false]);
    expect(nodeOf(pod([]), settings)?.ready).toBe(false);
  });

  test.each(['Succeeded', 'Failed'])('none when its Pod has %s', (phase) => {
    expect(nodeOf(pod([cassandra, icarus], { status: { phase } }), settings)).toBeUndefined();
  });
});

describe('the container of the Sidecar is known by', () => {
  const container = (status: Status) =>
    nodeOf(pod([cassandra, icarus], { statuses: [status] }), settings)?.sidecarContainer;

  test('its id, at most 128 characters', () => {
    expect(container({ name: 'helper', containerID: 'containerd://2' })).toBe('containerd://2');
    expect(container({ name: 'helper', containerID: 'x'.repeat(300) })).toHaveLength(128);
  });

  test('its restarts where it has no id, and by nothing before it was created', () => {
    expect(container({ name: 'helper', restartCount: 2 })).toBe('restart-2');
    expect(container({ name: 'cassandra' })).toBeUndefined();
  });
});

describe('a Pod must not be called', () => {
  test.each<[string, Pod, string]>([
    [
      'on the network of its host',
      pod([icarus], { spec: { hostNetwork: true } }),
      'the Pod uses the network of its host',
    ],
    ['without a Sidecar', pod([cassandra]), 'the Pod has no container of a Sidecar'],
    ['at a loopback address', pod([icarus], { status: { podIP: '127.0.0.1' } }), 'the Pod has a loopback address'],
  ])('%s', (_name, given, refused) => expect(nodeOf(given, settings)?.refused).toBe(refused));

  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0.0.0.0',
    '::',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    'fe80::1',
    'febf::1',
    '224.0.0.1',
    '239.1.1.1',
    'ff02::1',
    '255.255.255.255',
    '',
    'localhost',
    '10.0.0.1:80',
    '010.0.0.1',
    '1.2.3',
  ])('at "%s"', (ip) => expect(refusedAddress(ip, false)).toBeDefined());

  test.each(['10.0.0.1', '192.168.1.1', '100.64.0.1', '8.8.8.8', 'fd00::1', '2001:db8::1', '::ffff:10.0.0.1'])(
    'but at %s it may',
    (ip) => expect(refusedAddress(ip, false)).toBeUndefined(),
  );

  test('the setting for test clusters allows loopback, and nothing else', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((ip) => refusedAddress(ip, true))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(refusedAddress('169.254.1.1', true)).toBeDefined();
    expect(
      nodeOf(pod([icarus], { spec: { hostNetwork: true } }), { ...settings, allowLoopbackTargets: true })?.refused,
    ).toBeDefined();
  });
});
