// Seeded simulation: replicas with stale caches and wrong clocks, stolen leases, faults of API and Sidecars at random, restarts,
// and resources that share Pods. `SIM_RUNS=50000 SIM_SEED=1 npm run test:sim` plays more, or others.
import { expect, test } from '@jest/globals';
import { scheduleOf, shrink, simulate, told } from './simulation.ts';

const runs = Number(process.env['SIM_RUNS'] ?? 2_000);
const first = Number(process.env['SIM_SEED'] ?? 1);

test(`no invariant breaks in ${runs} schedules from seed ${first}`, async () => {
  const failures: string[] = [];
  for (let seed = first; seed < first + runs && failures.length < 5; seed += 1) {
    const outcome = await simulate(scheduleOf(seed));
    if (outcome.violations.length > 0) failures.push(told(await shrink(outcome)));
  }
  expect(failures).toEqual([]);
}, 3_600_000);
