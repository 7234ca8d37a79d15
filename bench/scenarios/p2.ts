// P2: 100 runs of ten nodes at once, operations of 0 s: how much of what a node-operation costs; and that it stays so as runs grow.
// Once more with the 1 s waits of a real Sidecar.
import type { Contender } from '../contenders.ts';
import { play } from '../load.ts';
import { playPass } from '../pass.ts';
import type { Place } from '../place.ts';
import { type Context, figuresOf, measureAll, type Scenario, type Values } from '../scenario.ts';
import { CROWD_BARS, crowdFigures, crowdValues } from './crowd.ts';

const NODES = 10;
const LIMIT_MS = 300_000;
interface Sizes {
  /** Runs at once; the last is the one that the bars are for. */
  readonly runs: readonly number[];
  /** Runs with the waits on. */
  readonly waiting: number;
}

const sizesOf = ({ quick }: Context): Sizes =>
  quick ? { runs: [10, 20], waiting: 10 } : { runs: [10, 50, 100], waiting: 100 };

/** With --quick the naive one is not played with the waits: it polls every 10 s with them or without. */
const isSmall = ({ waiting }: Sizes) => waiting < 100;

export const p2: Scenario = async (context) => {
  const sizes = sizesOf(context);
  const most = Math.max(...sizes.runs);
  const measured = await measureAll(context, 'P2', { clusters: most, nodes: NODES }, (place, contender) =>
    measure(place, contender, sizes),
  );
  const level = measured.ours?.[`cpu-${most}`] ?? Number.NaN;
  const figures = [
    ...[...sizes.runs]
      .reverse()
      .flatMap((runs) => crowdFigures(`${runs} runs`, `-${runs}`, runs === most ? CROWD_BARS : {})),
    { key: 'level', name: `CPU per node-operation, ${most} runs to ${sizes.runs[0]}`, unit: '', kind: 'time' as const },
    ...crowdFigures(`${sizes.waiting} runs, waits on`, '-waits'),
  ];
  const first = measured.ours?.[`cpu-${sizes.runs[0]}`] ?? Number.NaN;
  return figuresOf('P2', figures, { ...measured, ours: { ...measured.ours, level: level / first } });
};

async function measure(place: Place, contender: Contender, sizes: Sizes): Promise<Values> {
  // The naive one only at the size that counts: it gets no worse with more.
  const runs = contender.name === 'ours' ? sizes.runs : sizes.runs.slice(-1);
  const quickly = await playPass(place, contender, { operationMs: 0, waits: false }, async (pass) => {
    let values: Values = {};
    for (const count of runs) {
      const operator = await pass.start();
      const clusters = place.clusters.slice(0, count);
      const load = { clusters, parallelism: NODES, name: `r${count}`, timeoutMs: LIMIT_MS };
      values = { ...values, ...crowdValues(await play(pass, operator, load), `-${count}`) };
      await operator.stop();
    }
    return values;
  });
  if (contender.name === 'naive' && isSmall(sizes)) return quickly;
  const waiting = await playPass(place, contender, { operationMs: 1_000, waits: true }, async (pass) => {
    const clusters = place.clusters.slice(0, sizes.waiting);
    const load = { clusters, parallelism: NODES, name: 'waits', timeoutMs: LIMIT_MS };
    return crowdValues(await play(pass, await pass.start(), load), '-waits');
  });
  return { ...quickly, ...waiting };
}
