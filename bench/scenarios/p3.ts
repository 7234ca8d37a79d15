// P3: 1,000 runs of ten nodes over ten namespaces. All are there before the operator starts, one namespace after another in the
// order of the list: whoever serves in that order serves the first namespace first.
import type { Contender } from '../contenders.ts';
import { type Cost, play, type RunTimes } from '../load.ts';
import { playPass } from '../pass.ts';
import type { Place } from '../place.ts';
import { figuresOf, measureAll, quickAlone, type Scenario, type Values } from '../scenario.ts';
import { jain, median, sum } from '../statistics.ts';
import { CROWD_BARS, crowdFigures, crowdValues } from './crowd.ts';

const NODES = 10;
const NAMESPACES = 10;
const LIMIT_MS = 580_000;

export const p3: Scenario = async (context) => {
  const runs = context.quick ? 50 : 1_000;
  const size = { clusters: runs, nodes: NODES, namespaces: NAMESPACES };
  const measured = await measureAll(quickAlone(context), 'P3', size, measure);
  const figures = [
    ...crowdFigures(`${runs} runs`, '', CROWD_BARS),
    {
      ...{ key: 'fairness', name: `fairness between ${NAMESPACES} namespaces when half is done (Jain)`, unit: '' },
      ...{ kind: 'time' as const, bar: { atLeast: 0.95 } },
    },
  ];
  return figuresOf('P3', figures, measured);
};

function measure(place: Place, contender: Contender): Promise<Values> {
  return playPass(place, contender, { operationMs: 0, waits: false }, async (pass) => {
    const clusters = place.clusters.toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
    const load = { clusters, parallelism: NODES, name: 'r', timeoutMs: LIMIT_MS };
    const cost = await play(pass, undefined, load);
    return { ...crowdValues(cost, ''), fairness: fairness(cost, place.namespaces) };
  });
}

/** Of the node-operations that each namespace has had when half of all are over. */
function fairness({ runs }: Cost, namespaces: readonly string[]): number {
  const half = median(runs.flatMap(({ endedAt }) => endedAt));
  const early = ({ endedAt }: RunTimes) => endedAt.filter((at) => at <= half).length;
  return jain(namespaces.map((name) => sum(runs.filter(({ cluster }) => cluster.namespace === name).map(early))));
}
