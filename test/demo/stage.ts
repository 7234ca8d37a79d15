// Builds what the demo is shown on: a control plane, nodes with their Sidecar doubles, and the operator; and takes it down.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import type { DemoOptions } from './options.ts';
import { seconds } from './table.ts';
import type { Counted } from './verdict.ts';

/** All that runs. */
export interface Stage {
  plane: ControlPlane;
  cluster: TestCluster;
  operator: OperatorProcess;
  /** `performance.now()` when the control plane was up. */
  upAt: number;
}

export const NAMESPACE = 'demo';
export const SAMPLE = join('deploy', 'samples', 'cassandracleanup.yaml');

/** A cleanup takes so long; `/status` answers sooner than a real one, which takes 1 s for it. */
const SIDECAR = { operationMs: 3_000, statusDelayMs: 250 };
const ROOT = join(import.meta.dirname, '..', '..');

/** Undoes, in the reverse order of what was begun. */
export type Ends = (() => Promise<unknown>)[];

/** Starts everything; what was started so far is in `ends`, even where this throws. */
export async function setStage(options: DemoOptions, ends: Ends, say: (text: string) => void): Promise<Stage> {
  say('A Kubernetes control plane (etcd, kube-apiserver) on loopback …');
  const begun = performance.now();
  const plane = await startControlPlane();
  ends.push(() => plane.stop());
  const upAt = performance.now();
  say(`  ${plane.url}, up after ${seconds(upAt - begun)}`);
  await plane.installCrdAndRbac();
  await kubectl(plane, 'create', 'namespace', NAMESPACE);
  await kubectl(plane, 'config', 'set-context', '--current', `--namespace=${NAMESPACE}`);
  const cluster = await nodes(plane, options);
  ends.push(() => cluster.stop());
  const racks = new Set(cluster.nodes.map(({ rack }) => rack)).size;
  say(`${options.nodes} nodes in ${racks} racks, a stand-in Sidecar beside each; a cleanup takes 3 s`);
  const operator = await startOperator({ plane, namespaces: [NAMESPACE], flags: ['--leader-elect=true'] });
  ends.push(() => operator.stop());
  say(`The operator: process ${operator.pid}, ready after ${seconds(operator.readyAfterMs)}`);
  return { plane, cluster, operator, upAt };
}

/** Each with a Sidecar double; the one that is to fail knows no keyspace. */
function nodes(plane: ControlPlane, options: DemoOptions): Promise<TestCluster> {
  return createCluster({
    plane,
    namespace: NAMESPACE,
    racks: 3,
    nodes: options.nodes,
    double: (index) => ({ ...SIDECAR, ...(index + 1 === options.fail ? { keyspaces: {} } : {}) }),
  });
}

/** Applies the sample, and gives its name. */
export async function applySample(plane: ControlPlane): Promise<string> {
  const applied = await kubectl(plane, 'apply', '--filename', join(ROOT, SAMPLE), '--output', 'name');
  return applied.trim().replace(/^.*\//, '');
}

/** Runs kubectl in the demo's namespace. Throws where it fails. */
export async function kubectl(plane: ControlPlane, ...args: string[]): Promise<string> {
  const { stdout, stderr, code } = await plane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** What each Sidecar double has counted up to now. */
export function countsOf({ cluster }: Stage): Counted[] {
  return cluster.nodes.map(({ name, double }) => ({
    node: name,
    posts: double.requests.filter(({ method }) => method === 'POST').length,
    most: double.mostActiveCleanups(),
  }));
}

/** Rejects after this many milliseconds, or when the operator ends by itself. */
export async function orTrouble<T>(work: Promise<T>, { operator }: Stage, limitMs: number): Promise<T> {
  const abort = new AbortController();
  const late = sleep(limitMs, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`the run has not ended within ${seconds(limitMs)}`);
  });
  const ended = operator.exited.then((code) => {
    throw new Error(`the operator ended by itself, with code ${code}`);
  });
  try {
    return await Promise.race([work, late, ended]);
  } finally {
    abort.abort();
    for (const promise of [late, ended]) promise.catch(() => {});
  }
}
