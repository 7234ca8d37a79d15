// A load of runs, each over a cluster of its own, put to an operator all at once; and what that cost, from every side.
import type { SharedControlPlane } from '../test/support/control-plane.ts';
import { type Api, CLEANUPS, eachOf } from './api.ts';
import type { RunningOperator } from './operators.ts';
import type { Pass } from './pass.ts';
import type { BenchCluster } from './place.ts';
import type { CallKind, NodeRecord, SidecarsReport } from './sidecars.ts';
import { sum } from './statistics.ts';
import type { Usage } from './usage.ts';

export interface Load {
  readonly clusters: readonly BenchCluster[];
  readonly parallelism: number;
  /** How the names of the runs begin: others than in earlier loads. */
  readonly name: string;
  readonly timeoutMs: number;
  /** Runs over these are created but not waited for. */
  readonly neglected?: ReadonlySet<BenchCluster>;
}

/** Times are milliseconds since the epoch. */
export interface RunTimes {
  readonly cluster: BenchCluster;
  readonly createdAt: number;
  readonly firstPostAt: number;
  /** When its operations were over. */
  readonly endedAt: readonly number[];
  readonly lastEndedAt: number;
  readonly finishedAt: number;
}

export interface Cost {
  readonly runs: readonly RunTimes[];
  readonly nodeOperations: number;
  /** From the first creation, or from the start of the operator, to the last end of a run. */
  readonly wallMs: number;
  readonly cpuSeconds: number;
  readonly sentBytes: number;
  readonly peakMb: number;
  readonly rssMb: number;
  /** Writes of statuses; and all requests of the operator to the API server but those about its Lease. */
  readonly writes: number;
  readonly requests: number;
  readonly calls: Readonly<Record<CallKind, number>>;
}

const UNUSED: Usage = { cpuSeconds: 0, rssMb: 0, anonymousMb: 0, peakMb: 0, sentBytes: 0 };

/**
 * Creates the runs and waits for their ends; throws where one does not come in time. Where no operator runs yet, one is started
 * once all are created, and its start is counted.
 */
export async function play(pass: Pass, running: RunningOperator | undefined, load: Load): Promise<Cost> {
  const before = running?.usage() ?? UNUSED;
  const callsBefore = await pass.sidecars.report();
  let begun = Date.now();
  const created = await createRuns(pass.place.api, load);
  if (running === undefined) begun = Date.now();
  const operator = running ?? (await pass.start());
  const awaited = [...created.keys()].filter((cluster) => load.neglected?.has(cluster) !== true);
  const late = await pass.ends.until(
    awaited.map((cluster) => keyOf(cluster, load)),
    load.timeoutMs,
  );
  if (late.length > 0)
    throw new Error(
      `${late.length} runs have not ended within ${load.timeoutMs} ms: ${late[0]}; ${operator.lastWord()}`,
    );
  const after = operator.usage();
  const report = await pass.sidecars.report();
  const records = new Map(report.nodes.map((node) => [node.host, node]));
  const runs = awaited.map((cluster) =>
    timesOf(cluster, records, {
      createdAt: created.get(cluster) ?? begun,
      finishedAt: pass.ends.at.get(keyOf(cluster, load)) ?? Number.NaN,
    }),
  );
  const requests = await requestsSince(pass.place.plane, pass.contender.user, begun);
  return {
    runs,
    nodeOperations: sum(awaited.map(({ nodes }) => nodes.length)),
    wallMs: Math.max(...runs.map(({ finishedAt }) => finishedAt)) - begun,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    sentBytes: after.sentBytes - before.sentBytes,
    peakMb: after.peakMb,
    rssMb: after.rssMb,
    ...requests,
    calls: difference(report.calls, callsBefore.calls),
  };
}

function keyOf({ namespace, name }: BenchCluster, load: Load): string {
  return `${namespace}/${load.name}-${name}`;
}

/** All at once; when each was sent to the API server. */
export async function createRuns(api: Api, load: Load): Promise<Map<BenchCluster, number>> {
  const createdAt = new Map<BenchCluster, number>();
  await eachOf(load.clusters, async (cluster) => {
    createdAt.set(cluster, Date.now());
    const podSelector = { matchLabels: { 'app.kubernetes.io/instance': cluster.name } };
    await api.ask('POST', `${CLEANUPS}/namespaces/${cluster.namespace}/cassandracleanups`, {
      apiVersion: 'cassandra-sidecar.io/v1alpha1',
      kind: 'CassandraCleanup',
      metadata: { name: `${load.name}-${cluster.name}` },
      spec: { podSelector, keyspace: 'orders', parallelism: load.parallelism },
    });
  });
  return createdAt;
}

/** Of what happened at its nodes since the run was created. */
function timesOf(
  cluster: BenchCluster,
  records: ReadonlyMap<string, NodeRecord>,
  { createdAt, finishedAt }: Pick<RunTimes, 'createdAt' | 'finishedAt'>,
): RunTimes {
  const since = (times: readonly number[]) => times.filter((at) => at >= createdAt);
  const nodes = cluster.nodes.flatMap(({ host }) => records.get(host) ?? []);
  const posts = nodes.flatMap((node) => since(node.posts));
  const ended = nodes.flatMap((node) => since(node.ended));
  const lastEndedAt = Math.max(...ended);
  return { cluster, createdAt, firstPostAt: Math.min(...posts), endedAt: ended, lastEndedAt, finishedAt };
}

/** By the audit log: writes of statuses, and all requests. A watch counts when it ends, and is left out. */
export async function requestsSince(plane: SharedControlPlane, user: string, since: number) {
  const all = (await plane.audit({ user })).filter(
    ({ time, resource, verb }) => time.getTime() >= since && resource !== 'leases' && verb !== 'watch',
  );
  return { writes: all.filter(({ subresource }) => subresource === 'status').length, requests: all.length };
}

function difference(after: SidecarsReport['calls'], before: SidecarsReport['calls']): SidecarsReport['calls'] {
  const entries = Object.entries(after).map(([kind, count]) => [kind, count - before[kind as CallKind]]);
  return Object.fromEntries(entries) as SidecarsReport['calls'];
}

/** All Sidecar calls but rounds of `/status`, which every start wants of the whole ring; and those. */
export function callsOf({ calls }: Pick<Cost, 'calls'>): { own: number; status: number } {
  const { status, ...others } = calls;
  return { own: sum(Object.values(others)), status };
}
