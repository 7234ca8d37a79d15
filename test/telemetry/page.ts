// What /metrics says, for tests.
import type { Metrics } from '../../src/telemetry/metrics.ts';

/** The lines of the page. */
export async function linesOf(metrics: Pick<Metrics, 'text'>): Promise<string[]> {
  return (await metrics.text()).split('\n');
}

/** The samples whose name begins so, as `name{labels}` and value; those of zero are left out. */
export async function samplesOf(metrics: Pick<Metrics, 'text'>, prefix: string): Promise<Record<string, number>> {
  const samples = (await linesOf(metrics)).filter((line) => line.startsWith(prefix));
  const pairs = samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== 0));
}
