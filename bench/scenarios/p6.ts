// P6: ten runs at once, one Sidecar of one cluster silent, one of another dripping: how long the other eight take, beside the same
// without; with the 1 s waits of a real Sidecar and without them.
import type { Contender } from '../contenders.ts';
import { type Cost, play } from '../load.ts';
import { playPass } from '../pass.ts';
import type { BenchCluster, Place } from '../place.ts';
import { type FigureSpec, figuresOf, measureAll, quickAlone, type Scenario, type Values } from '../scenario.ts';
import { median } from '../statistics.ts';

const CLUSTERS = 10;
const NODES = 10;
const LIMIT_MS = 120_000;

const FIGURES: readonly FigureSpec[] = ['', ', waits on'].flatMap((waits): FigureSpec[] => [
  { key: `healthy${waits}`, name: `wall of eight runs, all Sidecars well${waits}`, unit: 's', kind: 'time' },
  { key: `faulty${waits}`, name: `wall of the same eight beside two bad Sidecars${waits}`, unit: 's', kind: 'time' },
  { key: `ratio${waits}`, name: `the second to the first${waits}`, unit: '', kind: 'time', bar: { atMost: 1.1 } },
]);

export const p6: Scenario = async (context) => {
  const size = { clusters: CLUSTERS, nodes: NODES };
  const times = { ours: context.quick ? 1 : 5, naive: 1 };
  const measured = await measureAll(quickAlone(context), 'P6', size, (place, contender) =>
    measure(place, contender, times[contender.name]),
  );
  return figuresOf('P6', FIGURES, measured);
};

async function measure(place: Place, contender: Contender, times: number): Promise<Values> {
  const values: Record<string, number> = {};
  for (const [name, waits] of [
    ['', false],
    [', waits on', true],
  ] as const) {
    const walls = { healthy: [] as number[], faulty: [] as number[] };
    for (let time = 0; time < times; time += 1) {
      walls.healthy.push(await wall(place, contender, waits, false));
      walls.faulty.push(await wall(place, contender, waits, true));
    }
    values[`healthy${name}`] = median(walls.healthy);
    values[`faulty${name}`] = median(walls.faulty);
    values[`ratio${name}`] = median(walls.faulty) / median(walls.healthy);
  }
  return values;
}

/** Seconds until the last of the eight has ended. */
function wall(place: Place, contender: Contender, waits: boolean, faulty: boolean): Promise<number> {
  return playPass(place, contender, { operationMs: 1_000, waits }, async (pass) => {
    const [silent, dripping] = place.clusters;
    if (faulty) {
      await pass.sidecars.fault(firstHost(silent), 'silent');
      await pass.sidecars.fault(firstHost(dripping), 'drip');
    }
    const neglected = new Set([silent, dripping].flatMap((cluster) => cluster ?? []));
    const load = { clusters: place.clusters, parallelism: NODES, name: 'r', timeoutMs: LIMIT_MS, neglected };
    return wallOf(await play(pass, await pass.start(), load));
  });
}

function wallOf({ wallMs }: Cost): number {
  return wallMs / 1_000;
}

function firstHost(cluster: BenchCluster | undefined): string {
  return cluster?.nodes[0]?.host ?? '';
}
