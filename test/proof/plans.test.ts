// Exhaustive plans: whatever goes wrong with any one side effect or notification of a run, no invariant breaks and the end is the
// same. `PLAN=19:late npm test -- test/proof/plans.test.ts` plays one plan and prints its steps; `npm run test:plans` plays every one.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { noWait } from './controls.ts';
import { NOTICE_FAULTS } from './gate.ts';
import { complaintsOf, nameOf, type Plan, planOf, plansFor, play, reportsOf, type Verdict } from './plans.ts';

/** A machine that is busy with other things takes longer than the usual half a minute. */
const PATIENCE_MS = 300_000;
const only = process.env['PLAN'];
let learned: Verdict;
let plans: Plan[];

beforeAll(async () => {
  learned = await play(undefined);
  plans = plansFor(learned.passages, process.env['PLANS'] === 'all');
});

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

test('a plan that fails is told with its plan, step and invariant, and with the command that plays it again', async () => {
  const own = await play(undefined, noWait);
  const lates = plansFor(own.passages, true).filter(
    ({ n, fault }) => fault === 'late' && own.passages[n]?.kind === 'POST',
  );
  const [report = ''] = await reportsOf(lates, own, noWait);
  const told = /^PLAN=(\S+) npm test -- test\/proof\/plans\.test\.ts \(POST uid-\w+\): (invariant \d at step \d+ .+)$/;
  const [, name = '', complaint = ''] = told.exec(report) ?? [];
  expect(lates.map(nameOf)).toContain(name);
  expect(complaintsOf(await play(planOf(name), noWait), own)).toContain(complaint);
  expect(complaintsOf(await play(planOf(name)), learned)).toEqual([]);
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
    test.each(faults)(
      '%s breaks nothing',
      async (_saying, fault) => {
        expect(
          await reportsOf(
            plans.filter((plan) => plan.fault === fault && !plan.standby),
            learned,
          ),
        ).toEqual([]);
      },
      PATIENCE_MS,
    );
  });

  test(
    'another replica, its clock five minutes ahead, takes over at any write or POST and breaks nothing',
    async () => {
      expect(
        await reportsOf(
          plans.filter(({ standby }) => standby),
          learned,
        ),
      ).toEqual([]);
    },
    PATIENCE_MS,
  );

  test.each([...NOTICE_FAULTS])(
    'a notification that is %s breaks nothing',
    async (fault) => {
      expect(
        await reportsOf(
          plans.filter((plan) => plan.fault === fault),
          learned,
        ),
      ).toEqual([]);
    },
    PATIENCE_MS,
  );
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
