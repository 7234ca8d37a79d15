// How fast a run goes when nothing is in its way: it waits for answers, and for no timer that it could do without. In virtual time, so
// that no machine is too slow for it; `npm run bench` has the real times.
import { expect, test } from '@jest/globals';
import { LoadWorld } from './world.ts';

// Of these Sidecars: a state or a version of Cassandra takes 1.01 s to answer, everything else 4 to 10 ms, a cleanup 2 s. This Cassandra
// does not guard itself: one at a time, every other start asks for the version, and then for all states anew.
test.each([
  { parallelism: 1, seconds: 32 },
  { parallelism: 10, seconds: 3.4 },
])(
  'ten nodes, $parallelism at a time: the first POST leaves within 60 ms of the states, the end is seen within $seconds s',
  async (most) => {
    const world = new LoadWorld();
    world.addCluster('ns', 'c', 10);
    const key = world.create('ns', 'c', 'run', { parallelism: most.parallelism });
    await world.untilFinished([key], 3_600_000);
    expect(world.startOf(key, 'c') - 1_010).toBeLessThan(60);
    expect(world.durationOf(key) / 1_000).toBeLessThan(most.seconds);
  },
);
