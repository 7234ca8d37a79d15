// Whether memory and sockets stay level: `npm run bench:churn -- --minutes 60` beside real servers, `-- --virtual-hours 24` on the
// virtual clock. Runs come, are cleaned, end and are deleted, over and over. Ends with 1 where they do not stay level.
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LoadWorld } from '../test/load/world.ts';
import { type Api, CLEANUPS } from './api.ts';
import { createContenders } from './contenders.ts';
import { createRuns } from './load.ts';
import { type Pass, playPass } from './pass.ts';
import { type BenchCluster, openPlace } from './place.ts';
import { slope } from './statistics.ts';

/** MB an hour: what a working day may add unnoticed. */
const BAR = 1;
const CLUSTERS = 10;
const NODES = 10;
const EVERY_MS = 6_000;
/** At first at twelve times that pace: heaps and caches find their size. */
const [WARM_UP_MS, WARM_UP_EVERY_MS] = [600_000, 500];
const SAMPLE_MS = 30_000;
const HOUR_MS = 3_600_000;

interface Sample {
  hours: number;
  megabytes: number;
  sockets: number;
}

/** An hour of real churn, or what is asked for, after the warm-up. */
async function churn(minutes: number): Promise<Sample[]> {
  const [ours] = createContenders({ fromSource: false, oursOnly: true });
  if (ours === undefined) throw new Error('there is no operator');
  const place = await openPlace({ clusters: CLUSTERS, nodes: NODES, namespaces: 2 });
  try {
    return await playPass(place, ours, { operationMs: 1_000, waits: false }, (pass) => sampled(pass, minutes));
  } finally {
    await place.close();
  }
}

async function sampled({ place, start }: Pass, minutes: number): Promise<Sample[]> {
  const operator = await start();
  const samples: Sample[] = [];
  const begun = performance.now();
  const elapsed = () => performance.now() - begun - WARM_UP_MS;
  for (let run = 0; elapsed() < minutes * 60_000; run += 1) {
    const cluster = place.clusters[run % CLUSTERS];
    const next = performance.now() + (elapsed() < 0 ? WARM_UP_EVERY_MS : EVERY_MS);
    if (cluster !== undefined) await replaceRun(place.api, cluster, run);
    if (elapsed() >= samples.length * SAMPLE_MS) {
      const sample = { megabytes: operator.usage().rssMb, sockets: socketsOf(operator.pid) };
      samples.push({ hours: elapsed() / HOUR_MS, ...sample });
      console.log(JSON.stringify(samples.at(-1)));
    }
    await sleep(Math.max(0, next - performance.now()));
  }
  return samples;
}

/** The last run over this cluster goes, and the next one comes. */
async function replaceRun(api: Api, cluster: BenchCluster, number: number): Promise<void> {
  const before = number - CLUSTERS;
  const path = `${CLEANUPS}/namespaces/${cluster.namespace}/cassandracleanups/churn-${before}-${cluster.name}`;
  if (before >= 0) await api.ask('DELETE', path);
  await createRuns(api, { clusters: [cluster], parallelism: NODES, name: `churn-${number}`, timeoutMs: 0 });
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
      const key = world.create('ns', cluster, `run-${hour}-${minute}`, { parallelism: NODES });
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
