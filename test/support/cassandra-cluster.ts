// A Cassandra cluster as the operator sees one: Pods on a real API server, each with a Sidecar double at its address.
import type { SharedControlPlane } from './control-plane.ts';
import { type SidecarDouble, type SidecarDoubleOptions, startSidecarDouble } from './sidecar-double.ts';

export interface TestNode {
  name: string;
  rack: string;
  ip: string;
  double: SidecarDouble;
}

export interface ClusterOptions {
  plane: SharedControlPlane;
  namespace: string;
  racks: number;
  nodes: number;
  /** Value of the cluster label; the names of the Pods begin with it. */
  name?: string;
  /** Options of each double, by its index. */
  double?: (index: number) => Partial<SidecarDoubleOptions>;
}

export interface TestCluster {
  nodes: readonly TestNode[];
  /** Changes the status of a Pod: a merge patch. */
  patchStatus(name: string, status: Record<string, unknown>): Promise<void>;
  /** Deletes a Pod at once. */
  deletePod(name: string): Promise<void>;
  /** Creates the Pod of a node (again); a new UID. */
  createPod(node: TestNode): Promise<void>;
  /** Ends the doubles. */
  stop(): Promise<void>;
}

/** Starts the doubles and creates the Pods, Ready. Racks are filled in turn: rack1 has the first nodes. */
export async function createCluster(options: ClusterOptions): Promise<TestCluster> {
  const { plane, namespace, name = 'prod' } = options;
  const nodes = await Promise.all(
    Array.from({ length: options.nodes }, async (_, index): Promise<TestNode> => {
      const rack = `rack${1 + Math.floor((index * options.racks) / options.nodes)}`;
      const ip = `127.0.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
      const double = await startSidecarDouble({ host: ip, port: 0, ...options.double?.(index) });
      return { name: `${name}-${rack}-sts-${index}`, rack, ip, double };
    }),
  );
  const kubectl = async (args: string[], input?: string) => {
    const result = await plane.kubectl(['--namespace', namespace, ...args], input === undefined ? {} : { input });
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
  };
  const create = async (created: readonly TestNode[]) => {
    await kubectl(['create', '--filename', '-'], listOf(created.map((node) => pod(node, name))));
    const statuses = created.map((node) => ({ ...pod(node, name), status: readyStatus(node) }));
    await kubectl(
      ['apply', '--server-side', '--force-conflicts', '--subresource=status', '--filename', '-'],
      listOf(statuses),
    );
  };
  await create(nodes);
  return {
    nodes,
    patchStatus: (pod, status) =>
      kubectl(['patch', 'pod', pod, '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })]),
    deletePod: (pod) => kubectl(['delete', 'pod', pod, '--grace-period=0', '--force']),
    createPod: (node) => create([node]),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.double.close()));
    },
  };
}

function listOf(items: readonly unknown[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function pod(node: TestNode, cluster: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: node.name,
      labels: { 'app.kubernetes.io/instance': cluster, 'cassandra.datastax.com/rack': node.rack },
    },
    spec: {
      nodeName: 'test-node',
      containers: [
        { name: 'cassandra', image: 'cassandra' },
        { name: 'icarus', image: 'icarus', ports: [{ name: 'icarus', containerPort: node.double.port }] },
      ],
    },
  };
}

/** What the kubelet would say of a Pod that runs well. */
export function readyStatus(node: TestNode): Record<string, unknown> {
  const container = (name: string) => ({
    name,
    ready: true,
    started: true,
    restartCount: 0,
    image: name,
    imageID: name,
    containerID: `test://${node.name}-${name}`,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  });
  return {
    phase: 'Running',
    podIP: node.ip,
    podIPs: [{ ip: node.ip }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    containerStatuses: [container('cassandra'), container('icarus')],
  };
}
