// A real kube-state-metrics with deploy/monitoring/kube-state-metrics.yaml, beside a real API server, with no more rights than
// deploy/monitoring/README.md names: what it tells is what the objects say, in each state.
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { applyCleanup, getCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { launch } from '../support/control-plane-process.ts';
import { freePort } from '../support/free-port.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { onScene, operatorOf, type Scene } from '../support/scene.ts';
import { kubeStateMetricsProgram } from './go-programs.ts';
import { MONITORING } from './shipped.ts';

const plane = sharedControlPlane();
let program: string;

beforeAll(async () => {
  program = await kubeStateMetricsProgram();
}, BUILD_TIMEOUT_MS);

const endless = { operationMs: Number.POSITIVE_INFINITY };
const stateOf = ({ status }: CassandraCleanup) => status.state;

/** Four objects: one for each of these states. The operator has not seen the one that is Pending. */
async function reachStates(scene: Scene): Promise<void> {
  const { namespace, cluster } = scene;
  const operator = await operatorOf(scene);
  const reaches = (name: string, state: string) =>
    untilCleanup(plane, namespace, (one) => stateOf(one) === state, name);
  await applyCleanup(plane, namespace, { keyspace: 'nope' }, 'failed');
  await reaches('failed', 'Failed');
  await applyCleanup(plane, namespace, {}, 'completed');
  const { double } = cluster.nodes[0] ?? {};
  await until(() => double?.posts.some(({ id }) => id !== undefined) === true);
  const started = ({ status }: CassandraCleanup) => status.nodes?.[0]?.operation?.state === 'RUNNING';
  await untilCleanup(plane, namespace, started, 'completed');
  double?.finish(double.posts.at(-1)?.id ?? '');
  await reaches('completed', 'Completed');
  await applyCleanup(plane, namespace, { keyspace: 'items' }, 'running');
  await untilCleanup(plane, namespace, started, 'running');
  await operator.stop();
  await applyCleanup(plane, namespace, {}, 'pending');
}

/** A kubeconfig with the rights that the README names. */
async function reader(namespace: string): Promise<string> {
  const account = 'kube-state-metrics';
  const name = `${account}-${namespace}`;
  const resources = 'cassandracleanups.cassandra-sidecar.io,customresourcedefinitions.apiextensions.k8s.io';
  for (const what of [
    ['serviceaccount', account, '--namespace', namespace],
    ['clusterrole', name, '--verb=get,list,watch', `--resource=${resources}`],
    ['clusterrolebinding', name, `--clusterrole=${name}`, `--serviceaccount=${namespace}:${account}`],
  ]) {
    expect(await plane.kubectl(['create', ...what])).toMatchObject({ code: 0 });
  }
  return plane.kubeconfigFor({ namespace, serviceAccount: account });
}

/** Starts it, for the scene; the answer tells all series of one scrape. */
async function watch({ namespace, ends }: Scene): Promise<() => Promise<Record<string, number>>> {
  const [port, telemetry] = [await freePort(), await freePort()];
  const args = [
    `--kubeconfig=${await reader(namespace)}`,
    '--custom-resource-state-only=true',
    `--custom-resource-state-config-file=${join(MONITORING, 'kube-state-metrics.yaml')}`,
    `--namespaces=${namespace}`,
    ...['--host=127.0.0.1', `--port=${port}`, '--telemetry-host=127.0.0.1', `--telemetry-port=${telemetry}`],
  ];
  const server = launch(program, args, plane.directory, []);
  ends.push(() => server.stop());
  return async () => {
    server.requireRunning();
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const lines = ((await answer?.text()) ?? '').split('\n');
    const kind = /customresource_(group|kind|version)="[^"]*",/g;
    const series = lines.map((line) => /^(cassandracleanup_\S+\{.*\}) (\S+)$/.exec(line.replaceAll(kind, '')));
    return Object.fromEntries(series.flatMap((found) => (found === null ? [] : [[found[1], Number(found[2])]])));
  };
}

/** What should be told of an object, by what it says itself. */
function seriesOf({ metadata, spec, status }: CassandraCleanup): Record<string, number> {
  const told: Record<string, number> = {};
  const tell = (name: string, value: number | undefined, labels: object = {}) => {
    const all = Object.entries({ ...labels, name: metadata.name, namespace: metadata.namespace });
    const text = all.sort().map(([label, of]) => `${label}="${of}"`);
    if (value !== undefined && !Number.isNaN(value)) told[`cassandracleanup_${name}{${text.join(',')}}`] = value;
  };
  const seconds = (when = '') => Math.floor(Date.parse(when) / 1_000);
  tell('info', 1, { keyspace: spec.keyspace });
  for (const state of ['Pending', 'Running', 'Suspended', 'Completed', 'Failed']) {
    tell('state', Number(status.state === state), { state });
  }
  for (const { type, reason, status: holds } of status.conditions ?? []) {
    tell('condition', Number(holds === 'True'), { type, reason });
  }
  tell('progress_percent', status.progressPercent ?? 0);
  const { pending, active, completed, failed, skipped } = status;
  tell('nodes', status.total);
  for (const [name, count] of Object.entries({ pending, active, completed, failed, skipped })) {
    tell(`nodes_${name}`, count);
  }
  tell('start_time', seconds(status.startTime));
  tell('completion_time', seconds(status.completionTime));
  return told;
}

test('it tells of each object what it says of itself', () =>
  onScene({ plane, name: 'ksm', nodes: 1, double: endless }, async (scene) => {
    await reachStates(scene);
    const names = ['pending', 'running', 'completed', 'failed'];
    const objects = await Promise.all(names.map((name) => getCleanup(plane, scene.namespace, name)));
    expect(objects.map(stateOf)).toEqual(['Pending', 'Running', 'Completed', 'Failed']);
    const scrape = await watch(scene);
    const expected = Object.assign({}, ...objects.map(seriesOf));
    const isAll = async () => Object.keys(await scrape()).length >= Object.keys(expected).length;
    await until(isAll).catch(() => {}); // the next line shows what is missing
    expect(await scrape()).toEqual(expected);
  }));
