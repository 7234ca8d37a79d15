// growth: one run of 10 to 2,000 nodes, a tenth of them at once: what a node-operation costs must not grow with the run. Rounds of
// /status are counted apart: every start wants to hear of the whole ring. Ours alone: the naive one looks at nothing.
import type { Contender } from '../contenders.ts';
import { play } from '../load.ts';
import { playPass } from '../pass.ts';
import type { Place } from '../place.ts';
import { alone, type FigureSpec, figuresOf, measureAll, type Scenario, type Values } from '../scenario.ts';
import { crowdFigures, crowdValues } from './crowd.ts';

const LIMIT_MS = 580_000;
/** Calls and writes are level: a larger run costs no more than this for each of its nodes. */
const BARS = { calls: { atMost: 12 }, writes: { atMost: 3 }, status: { atMost: 25 } };

export const growth: Scenario = async (context) => {
  const sizes = context.quick ? [10, 100] : [10, 100, 1_000, 2_000];
  const size = { clusters: sizes.length, nodes: (index: number) => sizes[index] ?? 0 };
  const measured = await measureAll(alone(context), 'growth', size, measure);
  const largest = measured.ours?.[`cpu-${sizes.at(-1)}`] ?? Number.NaN;
  const middle = measured.ours?.['cpu-100'] ?? Number.NaN;
  const level: FigureSpec = { key: 'level', name: 'CPU per node-operation, largest to 100', unit: '', kind: 'time' };
  const figures = sizes.flatMap((nodes) => crowdFigures(`${nodes} nodes`, `-${nodes}`, BARS));
  return figuresOf('growth', [...figures, level], { ours: { ...measured.ours, level: largest / middle } });
};

function measure(place: Place, contender: Contender): Promise<Values> {
  return playPass(place, contender, { operationMs: 0, waits: false }, async (pass) => {
    let values: Values = {};
    for (const cluster of place.clusters) {
      const operator = await pass.start();
      const count = cluster.nodes.length;
      const load = { clusters: [cluster], parallelism: count / 10, name: 'r', timeoutMs: LIMIT_MS };
      values = { ...values, ...crowdValues(await play(pass, operator, load), `-${count}`) };
      await operator.stop();
    }
    return values;
  });
}
