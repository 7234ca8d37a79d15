// Exhaustive plans: whatever goes wrong with any one side effect or notification of a run, no invariant breaks and the end is the
// same. `PLAN=19:late npm test -- test/proof/plans` plays one plan and prints its steps; `PLANS=all` plays every one.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { NOTICE_FAULTS } from './gate.ts';
import { complaintsOf, nameOf, type Plan, planOf, plansFor, play, type Verdict } from './plans.ts';

const only = process.env['PLAN'];
let learned: Verdict;
let plans: Plan[];

beforeAll(async () => {
  learned = await play(undefined);
  plans = plansFor(learned.passages, process.env['PLANS'] === 'all');
});

/** Plays plans; returns what is wrong, each with the command that plays it again. */
async function failures(some: readonly Plan[]): Promise<string[]> {
  const found: string[] = [];
  for (const plan of some) {
    const verdict = await play(plan);
    const { kind, what } = learned.passages[plan.n] ?? {};
    for (const complaint of complaintsOf(verdict, learned)) {
      found.push(`PLAN=${nameOf(plan)} npm test -- test/proof/plans (${kind} ${what}): ${complaint}`);
    }
  }
  return found;
}

test('without faults the run completes, every invariant holds, and nothing is started twice but what failed or was lost', () => {
  expect(learned.violations).toEqual([]);
  expect(learned.end.posts).toEqual({ a1: 1, a2: 1, b1: 2, b2: 1, c1: 2, c2: 1 });
  expect(learned.end.status).toMatchObject({ state: 'Completed', completed: 6, progressPercent: 100 });
});

test('the same plan gives the same run', async () => {
  const [first, second] = [await play(planOf('19:timedOut')), await play(planOf('19:timedOut'))];
  expect(second).toEqual(first);
});

test('there are at least 400 plans', () => {
  expect(plans.length).toBeGreaterThanOrEqual(400);
});

if (only === undefined) {
  describe('a side effect', () => {
    const faults = [
      ['whose process dies before it', 'crashBefore'],
      ['whose process dies after it', 'crashAfter'],
      ['that fails', 'error'],
      ['that is carried out while its answer is lost', 'timedOut'],
      ['that is carried out after every deadline', 'delayed'],
      ['that is carried out after its caller gave up', 'late'],
      ['that is refused', 'refused'],
    ] as const;
    test.each(faults)('%s breaks nothing', async (_saying, fault) => {
      expect(await failures(plans.filter((plan) => plan.fault === fault && !plan.standby))).toEqual([]);
    });
  });

  test('another replica, its clock five minutes ahead, takes over at any write or POST and breaks nothing', async () => {
    expect(await failures(plans.filter(({ standby }) => standby))).toEqual([]);
  });

  test.each([...NOTICE_FAULTS])('a notification that is %s breaks nothing', async (fault) => {
    expect(await failures(plans.filter((plan) => plan.fault === fault))).toEqual([]);
  });
} else {
  test(`plan ${only}`, async () => {
    const verdict = await play(planOf(only));
    const steps = verdict.passages.map(({ n, at, process: by, kind, what, fault = '' }) =>
      [n, Math.round(at), by, kind, what, fault].join(' '),
    );
    console.log(steps.join('\n'));
    expect(complaintsOf(verdict, learned)).toEqual([]);
  });
}
