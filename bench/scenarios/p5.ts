// P5: an operator with nothing to do, beside 0, 1,000 and 10,000 finished runs: memory, CPU, requests, Sidecars asked, and its start.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, CLEANUPS, eachOf } from '../api.ts';
import type { Contender } from '../contenders.ts';
import { callsOf, requestsSince } from '../load.ts';
import { startOperator } from '../operators.ts';
import { openPlace, type Place } from '../place.ts';
import {
  type Context,
  type FigureSpec,
  figuresOf,
  type Measured,
  orNothing,
  quickAlone,
  type Scenario,
  type Values,
} from '../scenario.ts';
import { startSidecars } from '../sidecars-process.ts';

/** RSS in MB that is allowed, by the number of finished runs. */
const RSS_BARS: Readonly<Record<number, number>> = { 0: 70, 1000: 85, 10000: 130 };
const START_BARS: Readonly<Record<number, number>> = { 10000: 3_000 };
const NODES = 10;
const MINUTE_MS = 60_000;
/** Until the start is forgotten: heaps shrink, watches have had their first bookmark. */
const SETTLE_MS = 5_000;

function figuresAt(finished: number): FigureSpec[] {
  const specs: (FigureSpec & { atMost?: number | undefined })[] = [
    { key: 'rss', name: 'RSS', unit: 'MB', kind: 'time', atMost: RSS_BARS[finished] },
    { key: 'own', name: 'RSS without mapped files', unit: 'MB', kind: 'time' },
    { key: 'peak', name: 'RSS at most', unit: 'MB', kind: 'time' },
    { key: 'cpu', name: 'CPU', unit: 's/min', kind: 'time' },
    { key: 'requests', name: 'API requests beside lease and watches', unit: '/min', kind: 'count', atMost: 0 },
    { key: 'calls', name: 'Sidecar polls', unit: '/min', kind: 'count', atMost: 0 },
    { key: 'start', name: 'process start to synced', unit: 'ms', kind: 'time', atMost: START_BARS[finished] },
  ];
  return specs.map(({ key, name, atMost, ...spec }) => ({
    ...spec,
    ...{ key: `${key}-${finished}`, name: `${name}, ${finished} finished runs` },
    ...(atMost === undefined ? {} : { bar: { atMost } }),
  }));
}

export const p5: Scenario = async (context) => {
  const sizes = context.quick ? [0, 200] : [0, 1_000, 10_000];
  const place = await openPlace({ clusters: 1, nodes: NODES });
  const measured: Measured = {};
  try {
    let there = 0;
    for (const finished of sizes) {
      await addFinished(place.api, there, finished);
      there = finished;
      await measureAt(context, place, finished, measured);
    }
  } finally {
    await place.close();
  }
  return figuresOf('P5', sizes.flatMap(figuresAt), measured);
};

async function measureAt(context: Context, place: Place, finished: number, measured: Measured): Promise<void> {
  for (const contender of quickAlone(context).contenders) {
    context.say(`P5, ${finished} finished runs: ${contender.name}`);
    if (finished >= 1_000) await place.restart();
    const values = await orNothing(context, contender, idle(place, contender, context.quick ? 10_000 : MINUTE_MS));
    const named = Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [`${key}-${finished}`, value]));
    measured[contender.name] = { ...measured[contender.name], ...named };
  }
}

async function idle(place: Place, contender: Contender, forMs: number): Promise<Values> {
  const hosts = place.clusters.flatMap(({ nodes }) => nodes.map(({ host }) => host));
  const sidecars = await startSidecars({ hosts, port: place.port, operationMs: 0, waits: false });
  const operator = await startOperator(contender, place.plane);
  try {
    await sleep(SETTLE_MS);
    const before = operator.usage();
    const begun = Date.now();
    await sleep(forMs);
    const after = operator.usage();
    const { requests } = await requestsSince(place.plane, contender.user, begun);
    const { own, status } = callsOf(await sidecars.report());
    const perMinute = MINUTE_MS / forMs;
    return {
      rss: after.rssMb,
      own: after.anonymousMb,
      peak: after.peakMb,
      cpu: (after.cpuSeconds - before.cpuSeconds) * perMinute,
      requests: requests * perMinute,
      calls: (own + status) * perMinute,
      start: operator.watchingAfterMs,
    };
  } finally {
    await operator.stop();
    await sidecars.stop();
  }
}

/** Finished runs as our operator leaves them, from `from` to `to`. */
async function addFinished(api: Api, from: number, to: number): Promise<void> {
  const path = `${CLEANUPS}/namespaces/bench-0/cassandracleanups`;
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await eachOf(numbers, async (number) => {
    const name = `old-${number}`;
    const spec = { podSelector: { matchLabels: { 'app.kubernetes.io/instance': 'c0' } }, keyspace: 'orders' };
    const body = { apiVersion: 'cassandra-sidecar.io/v1alpha1', kind: 'CassandraCleanup', metadata: { name }, spec };
    const created = (await api.ask('POST', path, body)) as { metadata: { generation: number } };
    await api.ask('PUT', `${path}/${name}/status`, { ...created, status: finishedStatus(number) });
  });
}

const TIME = '2026-01-01T10:00:00Z';

function finishedStatus(number: number): object {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    ...{ type, status, reason, message, observedGeneration: 1, lastTransitionTime: TIME },
  });
  const all = `all ${NODES} nodes completed`;
  return {
    observedGeneration: 1,
    state: 'Completed',
    startTime: TIME,
    completionTime: TIME,
    progressPercent: 100,
    ...{ total: NODES, pending: 0, active: 0, completed: NODES, failed: 0, skipped: 0 },
    conditions: [
      condition('Complete', 'True', 'NodesCompleted', all),
      condition('Failed', 'False', 'NodesCompleted', all),
      condition('Finished', 'True', 'NodesCompleted', all),
      condition('Suspended', 'False', 'NodesCompleted', all),
      condition('Reconciling', 'False', 'NodesCompleted', all),
      condition('Stalled', 'False', 'NodesCompleted', all),
    ],
    nodes: Array.from({ length: NODES }, (_, node) => ({
      name: `c0-${node}`,
      rack: 'rack1',
      state: 'Completed',
      attempts: 1,
      podUID: uuid(node),
      sidecarContainer: `test://c0-${node}-icarus`,
      startTime: TIME,
      operation: {
        ...{ id: uuid(number * NODES + node), state: 'COMPLETED', progress: 1 },
        ...{ creationTime: TIME, startTime: TIME, completionTime: TIME },
      },
    })),
  };
}

function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
