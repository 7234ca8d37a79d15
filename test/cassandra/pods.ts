// The Pods of a ring on a real API server: each has the address of a node, and the state that a kubelet would report.
import type { CassandraCleanup, CassandraCleanupSpec } from '../../src/api/generated.ts';
import { applyCleanup, conditionOf, getCleanup, untilCleanup } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { type OperatorOptions, type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { SIDECAR_PORT } from './engine.ts';
import type { RingNode } from './ring.ts';

/** A namespace with the Pods of a ring, and the CassandraCleanups in it. */
export interface Scene {
  readonly plane: SharedControlPlane;
  readonly namespace: string;
  /** Creates the Pod of a node, Ready. `rack`: of the Pod's label; default: the node's. */
  addPod(node: RingNode, rack?: string): Promise<void>;
  removePod(node: RingNode): Promise<void>;
  /** What the kubelet sees when a container dies, is not ready, or runs again under a new id. */
  setContainer(
    node: RingNode,
    container: 'cassandra' | 'icarus',
    state: { ready: boolean; restarts?: number },
  ): Promise<void>;
  operator(options?: Partial<OperatorOptions>): Promise<OperatorProcess>;
  apply(name: string, spec: Partial<CassandraCleanupSpec>): Promise<void>;
  patch(name: string, spec: Partial<CassandraCleanupSpec>): Promise<void>;
  get(name: string): Promise<CassandraCleanup>;
  until(name: string, test: (resource: CassandraCleanup) => boolean): Promise<CassandraCleanup>;
  /** Waits for the end. */
  finished(name: string): Promise<CassandraCleanup>;
  /** Reasons and notes of the Events so far. */
  events(): Promise<{ reason: string; note: string }[]>;
  stop(): Promise<void>;
}

type Containers = Record<'cassandra' | 'icarus', { ready: boolean; restarts: number }>;

/** A fresh namespace. */
export async function createScene(plane: SharedControlPlane, prefix: string): Promise<Scene> {
  const namespace = await plane.createNamespace(prefix);
  const states = new Map<string, Containers>();
  const operators: OperatorProcess[] = [];
  const kubectl = async (args: readonly string[], input?: unknown) => {
    const options = input === undefined ? {} : { input: JSON.stringify(input) };
    const result = await plane.kubectl(['--namespace', namespace, ...args], options);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const writeStatus = (node: RingNode) => {
    const status = JSON.stringify({ status: podStatus(node, states.get(node.pod)) });
    return kubectl(['patch', 'pod', node.pod, '--subresource=status', '--type=merge', '--patch', status]);
  };
  return {
    plane,
    namespace,
    addPod: async (node, rack = node.rack) => {
      states.set(node.pod, { cassandra: { ready: true, restarts: 0 }, icarus: { ready: true, restarts: 0 } });
      await kubectl(['create', '--filename', '-'], podOf(node, rack));
      await writeStatus(node);
    },
    removePod: async (node) => void (await kubectl(['delete', 'pod', node.pod, '--grace-period=0', '--force'])),
    setContainer: async (node, container, { ready, restarts }) => {
      const state = states.get(node.pod)?.[container];
      if (state === undefined) throw new Error(`no Pod ${node.pod}`);
      Object.assign(state, { ready, restarts: restarts ?? state.restarts });
      await writeStatus(node);
    },
    operator: async (options = {}) => {
      const operator = await startOperator({ plane, namespaces: [namespace], ...options });
      operators.push(operator);
      return operator;
    },
    ...cleanupsOf(plane, namespace, kubectl),
    stop: async () => {
      await Promise.all(operators.map((operator) => operator.stop()));
    },
  };
}

type Cleanups = Pick<Scene, 'apply' | 'patch' | 'get' | 'until' | 'finished' | 'events'>;

function cleanupsOf(
  plane: SharedControlPlane,
  namespace: string,
  kubectl: (args: readonly string[]) => Promise<string>,
): Cleanups {
  const until: Scene['until'] = (name, test) => untilCleanup(plane, namespace, test, name);
  return {
    apply: (name, spec) => applyCleanup(plane, namespace, spec, name),
    patch: async (name, spec) =>
      void (await kubectl(['patch', 'cclean', name, '--type=merge', '--patch', JSON.stringify({ spec })])),
    get: (name) => getCleanup(plane, namespace, name),
    until,
    finished: (name) => until(name, (resource) => conditionOf(resource, 'Finished') === 'True'),
    events: async () => {
      const list: { items: { reason: string; message?: string; note?: string }[] } = JSON.parse(
        await kubectl(['get', 'events', '-o', 'json']),
      );
      return list.items.map(({ reason, message, note }) => ({ reason, note: note ?? message ?? '' }));
    },
  };
}

/** Why a run waits: reason and message of its Reconciling condition. */
export function waitOf(resource: CassandraCleanup): string {
  const condition = resource.status?.conditions?.find(({ type }) => type === 'Reconciling');
  return `${condition?.reason}: ${condition?.message}`;
}

function podOf(node: RingNode, rack: string): unknown {
  const labels = { 'app.kubernetes.io/instance': 'prod', 'cassandra.datastax.com/rack': rack };
  const ports = [{ name: 'icarus', containerPort: SIDECAR_PORT }];
  const containers = [
    { name: 'cassandra', image: 'cassandra' },
    { name: 'icarus', image: 'icarus', ports },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: node.pod, labels },
    spec: { nodeName: 'test', containers },
  };
}

function podStatus(node: RingNode, states: Containers | undefined): Record<string, unknown> {
  const started = Date.now();
  const containerStatuses = Object.entries(states ?? {}).map(([name, { ready, restarts }]) => ({
    ...{ name, ready, started: ready, restartCount: restarts, image: name, imageID: name },
    containerID: `test://${node.pod}-${name}-${restarts}`,
    state: { running: { startedAt: restarts === 0 ? '2026-01-01T00:00:00Z' : new Date(started).toISOString() } },
  }));
  const allReady = containerStatuses.every(({ ready }) => ready) ? 'True' : 'False';
  const conditions = [{ type: 'Ready', status: allReady, lastTransitionTime: '2026-01-01T00:00:00Z' }];
  return { phase: 'Running', podIP: node.ip, podIPs: [{ ip: node.ip }], conditions, containerStatuses };
}
