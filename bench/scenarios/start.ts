// start: from the start of the process until the operator watches, on an API server that has nothing for it.
import type { Contender } from '../contenders.ts';
import { playPass } from '../pass.ts';
import type { Place } from '../place.ts';
import { type FigureSpec, figuresOf, measureAll, type Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';

const FIGURES: readonly FigureSpec[] = [
  { key: 'ms', name: 'process start to watching, p50', unit: 'ms', kind: 'time', bar: { atMost: 300 } },
  { key: 'slowest', name: 'process start to watching, slowest', unit: 'ms', kind: 'time' },
  { key: 'cpu', name: 'CPU of a start', unit: 's', kind: 'time' },
  { key: 'rss', name: 'RSS after it', unit: 'MB', kind: 'time' },
];

export const start: Scenario = async (context) => {
  const times = context.quick ? 3 : 10;
  const measured = await measureAll(context, 'start', { clusters: 1, nodes: 1 }, (place, contender) =>
    measure(place, contender, times),
  );
  return figuresOf('start', FIGURES, measured);
};

function measure(place: Place, contender: Contender, times: number) {
  return playPass(place, contender, { operationMs: 0, waits: false }, async ({ start: startOne }) => {
    const started: { ms: number; cpu: number; rss: number }[] = [];
    for (let index = 0; index < times; index += 1) {
      const operator = await startOne();
      const { cpuSeconds, rssMb } = operator.usage();
      started.push({ ms: operator.watchingAfterMs, cpu: cpuSeconds, rss: rssMb });
      await operator.stop();
    }
    return {
      ms: median(started.map(({ ms }) => ms)),
      slowest: Math.max(...started.map(({ ms }) => ms)),
      cpu: median(started.map(({ cpu }) => cpu)),
      rss: median(started.map(({ rss }) => rss)),
    };
  });
}
