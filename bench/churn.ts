// Whether memory and sockets stay level: `npm run bench:churn -- --minutes 60` beside real servers, `-- --virtual-hours 24` on the
// virtual clock. Runs come, are cleaned, end and are deleted, over and over. Ends with 1 where they do not stay level.
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LoadWorld } from '../test/load/world.ts';
import { CLEANUPS } from './api.ts';
import { createContenders } from './contenders.ts';
import { startOperator } from './operators.ts';
import { openPlace } from './place.ts';
import { startSidecars } from './sidecars-process.ts';
import { slope } from './statistics.ts';

/** MB an hour: what a working day may add unnoticed. */
const BAR = 1;
const CLUSTERS = 10;
const NODES = 10;
const EVERY_MS = 6_000;
const KEPT_MS = 60_000;
const SAMPLE_MS = 30_000;
const HOUR_MS = 3_600_000;

interface Sample {
  hours: number;
  megabytes: number;
  sockets: number;
}

/** An hour of real churn, or what is asked for. Samples of the first sixth do not count: heaps find their size. */
async function churn(minutes: number): Promise<Sample[]> {
  const place = await openPlace({ clusters: CLUSTERS, nodes: NODES, namespaces: 2 });
  const hosts = place.clusters.flatMap(({ nodes }) => nodes.map(({ host }) => host));
  const sidecars = await startSidecars({ hosts, port: place.port, operationMs: 1_000, waits: false });
  const [ours] = createContenders({ fromSource: false, oursOnly: true });
  if (ours === undefined) throw new Error('there is no operator');
  const operator = await startOperator(ours, place.plane);
  const samples: Sample[] = [];
  const begun = performance.now();
  const elapsed = () => performance.now() - begun;
  try {
    for (let run = 0; elapsed() < minutes * 60_000; run += 1) {
      const cluster = place.clusters[run % CLUSTERS];
      if (cluster !== undefined) await replaceRun(place.api, cluster, run);
      if (elapsed() >= samples.length * SAMPLE_MS) {
        const sample = { megabytes: operator.usage().rssMb, sockets: socketsOf(operator.pid) };
        samples.push({ hours: elapsed() / HOUR_MS, ...sample });
        console.log(JSON.stringify(samples.at(-1)));
      }
      await sleep(Math.max(0, (run + 1) * EVERY_MS - elapsed()));
    }
  } finally {
    await operator.stop();
    await sidecars.stop();
    await place.close();
  }
  return samples.slice(Math.floor(samples.length / 6));
}

/** The run of a minute ago over this cluster goes, and the next one comes. */
async function replaceRun(
  api: Awaited<ReturnType<typeof openPlace>>['api'],
  { namespace, name }: { namespace: string; name: string },
  number: number,
): Promise<void> {
  const path = `${CLEANUPS}/namespaces/${namespace}/cassandracleanups`;
  const before = number - KEPT_MS / EVERY_MS;
  if (before >= 0) await api.ask('DELETE', `${path}/churn-${before}`);
  const podSelector = { matchLabels: { 'app.kubernetes.io/instance': name } };
  await api.ask('POST', path, {
    ...{ apiVersion: 'cassandra-sidecar.io/v1alpha1', kind: 'CassandraCleanup' },
    ...{ metadata: { name: `churn-${number}` }, spec: { podSelector, keyspace: 'orders', parallelism: NODES } },
  });
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const isSocket = (fd: string) => {
    try {
      return readlinkSync(`${folder}/${fd}`).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  };
  return readdirSync(folder).filter(isSocket).length;
}

/** Days on the virtual clock, one sample an hour: of the heap, what is garbage aside. `--expose-gc` is needed. */
async function days(hours: number): Promise<Sample[]> {
  const world = new LoadWorld();
  const clusters = Array.from({ length: CLUSTERS }, (_, index) => `c${index}`);
  for (const cluster of clusters) world.addCluster('ns', cluster, NODES);
  const samples: Sample[] = [];
  for (let hour = 0; hour <= hours; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      const cluster = clusters[minute % CLUSTERS] ?? '';
      const key = world.create('ns', cluster, `run-${hour}-${minute}`, NODES);
      await world.untilFinished([key], HOUR_MS);
      world.forget(key);
      await world.pass(60_000);
    }
    gc?.();
    samples.push({ hours: hour, megabytes: process.memoryUsage().heapUsed / 2 ** 20, sockets: 0 });
    console.log(JSON.stringify(samples.at(-1)));
  }
  return samples.slice(1);
}

const { values } = parseArgs({ options: { minutes: { type: 'string' }, 'virtual-hours': { type: 'string' } } });
const virtual = values['virtual-hours'];
const samples = virtual === undefined ? await churn(Number(values.minutes ?? 60)) : await days(Number(virtual));
const perHour = slope(samples.map(({ hours, megabytes }) => [hours, megabytes]));
const sockets = samples.map((sample) => sample.sockets);
const [fewest, most] = [Math.min(...sockets), Math.max(...sockets)];
console.log(`${perHour.toFixed(2)} MB/h (bar ${BAR}), ${fewest} to ${most} sockets, ${samples.length} samples`);
process.exitCode = perHour < BAR ? 0 : 1;
