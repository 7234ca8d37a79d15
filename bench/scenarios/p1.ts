// P1: one run of ten nodes with operations of 1 s, again and again, one node at a time and all at once: how soon things happen.
import type { Contender } from '../contenders.ts';
import { type Cost, callsOf, play, type RunTimes } from '../load.ts';
import { playPass } from '../pass.ts';
import type { Place } from '../place.ts';
import { type FigureSpec, figuresOf, measureAll, type Scenario, type Values } from '../scenario.ts';
import { median, percentile, sum } from '../statistics.ts';

const NODES = 10;
const LIMIT_MS = 300_000;

/** How many runs, by contender and parallelism: at parallelism 1 ours takes 12 s for one, the naive one 100 s. */
const TIMES = { full: { ours: [10, 50], naive: [1, 5] }, quick: { ours: [1, 5], naive: [0, 1] } } as const;

const FIGURES: readonly FigureSpec[] = [
  { key: 'first50', name: 'created to first POST, p50', unit: 'ms', kind: 'time', bar: { atMost: 100 } },
  { key: 'first99', name: 'created to first POST, p99', unit: 'ms', kind: 'time', bar: { atMost: 1_000 } },
  { key: 'last50', name: 'last operation over to final status, p50', unit: 'ms', kind: 'time', bar: { atMost: 700 } },
  { key: 'wall1', name: 'wall, one at a time, p50', unit: 's', kind: 'time', bar: { atMost: 15 } },
  { key: 'wall10', name: 'wall, all at once, p50', unit: 's', kind: 'time', bar: { atMost: 2.5 } },
  { key: 'writes1', name: 'writes per node-operation, one at a time', unit: '', kind: 'count', bar: { atMost: 3 } },
  { key: 'writes10', name: 'writes per node-operation, all at once', unit: '', kind: 'count', bar: { atMost: 0.6 } },
  { key: 'requests1', name: 'API requests per node-operation, one at a time', unit: '', kind: 'count' },
  { key: 'requests10', name: 'API requests per node-operation, all at once', unit: '', kind: 'count' },
  {
    key: 'calls1',
    name: 'Sidecar calls per node-operation, one at a time',
    unit: '',
    kind: 'count',
    bar: { atMost: 30 },
  },
  { key: 'status1', name: '/status calls per node-operation, one at a time', unit: '', kind: 'count' },
  {
    key: 'calls10',
    name: 'Sidecar calls per node-operation, all at once',
    unit: '',
    kind: 'count',
    bar: { atMost: 30 },
  },
  { key: 'status10', name: '/status calls per node-operation, all at once', unit: '', kind: 'count' },
];

export const p1: Scenario = async (context) => {
  const times = context.quick ? TIMES.quick : TIMES.full;
  const measured = await measureAll(context, 'P1', { clusters: 1, nodes: NODES }, (place, contender) =>
    measure(place, contender, times[contender.name]),
  );
  return figuresOf('P1', FIGURES, measured);
};

async function measure(place: Place, contender: Contender, [one, ten]: readonly [number, number]): Promise<Values> {
  // For its first seconds a CRD is served anew once more, and every watch of it is closed: a run created then is seen 2 s late.
  await place.restart();
  const [atATime, atOnce] = [await repeat(place, contender, one, 1), await repeat(place, contender, ten, NODES)];
  const runs = [...atATime, ...atOnce].flatMap((cost) => cost.runs);
  const first = runs.map(({ createdAt, firstPostAt }) => firstPostAt - createdAt);
  return {
    first50: median(first),
    first99: percentile(first, 0.99),
    last50: median(runs.map(({ lastEndedAt, finishedAt }) => finishedAt - lastEndedAt)),
    wall1: wallOf(atATime),
    wall10: wallOf(atOnce),
    ...perNodeOperation(atATime, '1'),
    ...perNodeOperation(atOnce, '10'),
  };
}

/** With Sidecars of its own: nothing is sent to one that lists more than 64 cleanups like it. */
function repeat(place: Place, contender: Contender, times: number, parallelism: number): Promise<Cost[]> {
  return playPass(place, contender, { operationMs: 1_000, waits: false }, async (pass) => {
    const operator = await pass.start();
    const costs: Cost[] = [];
    for (let index = 0; index < times; index += 1) {
      const load = { clusters: place.clusters, parallelism, name: `p${parallelism}-${index}`, timeoutMs: LIMIT_MS };
      costs.push(await play(pass, operator, load));
    }
    return costs;
  });
}

function wallOf(costs: readonly Cost[]): number {
  const wall = ({ createdAt, finishedAt }: RunTimes) => (finishedAt - createdAt) / 1_000;
  return median(costs.flatMap(({ runs }) => runs.map(wall)));
}

function perNodeOperation(costs: readonly Cost[], suffix: string): Values {
  const operations = sum(costs.map(({ nodeOperations }) => nodeOperations));
  const per = (value: (cost: Cost) => number) => sum(costs.map(value)) / operations;
  return {
    [`writes${suffix}`]: per(({ writes }) => writes),
    [`requests${suffix}`]: per(({ requests }) => requests),
    [`calls${suffix}`]: per((cost) => callsOf(cost).own),
    [`status${suffix}`]: per((cost) => callsOf(cost).status),
  };
}
