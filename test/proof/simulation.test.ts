// Seeded simulation: replicas with stale caches and wrong clocks, stolen leases, faults of API and Sidecars at random, restarts,
// and resources that share Pods. `npm run test:sim -- --runs 50000 --seed 1` plays more, or others.
import { describe, expect, test } from '@jest/globals';
import * as off from './controls.ts';
import { sim } from './sim.ts';
import { scheduleOf, shrink, simulate } from './simulation.ts';

/** Seeds that failed once: each was a bug, of the product or of its judge, that is mended. */
const ONCE_FAILED = [
  202_608, 404_412, 2_521, 3_335, 4_102, 5_391, 5_550, 10_811, 11_900, 18_065, 33_152, 6_467, 7_998, 13_804, 2_577,
  17_036, 22_897, 38_412,
];

/** The same, where deadlines and limits of the runs are needed for it. */
const ONCE_FAILED_BY_LIMITS = [700_356, 702_767, 702_879, 702_901];

/** The same, where what is strange is needed for it. */
const ONCE_FAILED_BY_STRANGERS = [931_522];

/** What a run of the command says, and its exit code. */
async function said(args: string, ...sabotage: Parameters<typeof simulate>[1][]) {
  const lines: string[] = [];
  const code = await sim(args.split(' '), (line) => lines.push(line), ...sabotage);
  return { code, lines };
}

test('no invariant breaks in 2,000 schedules', async () => {
  const { code, lines } = await said('--runs 2000 --seed 1');
  expect(lines.slice(0, -1)).toEqual(['1000 of 2000', '2000 of 2000']);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ schedules: 2_000, duplicates: 0, lostIds: 0, stuck: 0 });
  expect(code).toBe(0);
}, 600_000);

test.each(ONCE_FAILED)('seed %d, which failed once, holds', async (seed) => {
  expect((await simulate({ ...scheduleOf(seed), limits: 0, strange: [] })).violations).toEqual([]);
});

test.each(ONCE_FAILED_BY_LIMITS)('seed %d, which failed once by a deadline, holds', async (seed) => {
  expect((await simulate({ ...scheduleOf(seed), strange: [] })).violations).toEqual([]);
});

test.each(ONCE_FAILED_BY_STRANGERS)('seed %d, which failed once by what is strange, holds', async (seed) => {
  expect((await simulate(scheduleOf(seed))).violations).toEqual([]);
});

describe('a schedule that fails', () => {
  test('is found, and told with its seed, its command, each broken invariant and its step', async () => {
    const { code, lines } = await said('--runs 10 --seed 20', off.noAdoption);
    expect(code).toBe(1);
    const [head = '', broken = ''] = lines[0]?.split('\n') ?? [];
    const [, seed] = /^seed (\d+): /.exec(head) ?? [];
    expect(head).toContain(`npm run test:sim -- --runs 1 --seed ${seed};`);
    expect(broken).toMatch(/^ {2}invariant \d+ at step \d+ \(\d+ ms\): ./);
    expect((await said(`--runs 1 --seed ${seed}`, off.noAdoption)).lines[0]).toBe(lines[0]);
    expect((await said(`--runs 1 --seed ${seed}`)).code).toBe(0);
  });

  test('is shrunk: what is left still fails, and is no more than it was', async () => {
    const { lines } = await said('--runs 10 --seed 20', off.noAdoption);
    const [, seed] = /^seed (\d+): /.exec(lines[0] ?? '') ?? [];
    const failed = await simulate(scheduleOf(Number(seed)), off.noAdoption);
    const small = await shrink(failed, off.noAdoption);
    expect(failed.schedule.mishaps.length).toBeGreaterThan(0);
    expect(small.schedule.mishaps.length).toBeLessThan(failed.schedule.mishaps.length);
    expect(small.violations.length).toBeGreaterThan(0);
  });
});

test.each(['--runs 0', '--runs many', '--seed=-1', '--sead 1'])('%s is refused', async (args) => {
  await expect(sim(args.split(' '), () => {})).rejects.toThrow(/--runs and --seed are whole numbers|Unknown option/);
});
