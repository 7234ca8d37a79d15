// Controls: with any one part of the protocol switched off, a plan or a schedule must fail, or this proof proves nothing; and
// with all of it in place the same plan or schedule holds.
import { describe, expect, test } from '@jest/globals';
import * as off from './controls.ts';
import * as directed from './directed.ts';
import * as leases from './directed-leases.ts';
import type { Fault } from './gate.ts';
import type { Sabotage } from './operator.ts';
import { complaintsOf, planOf, plansFor, play } from './plans.ts';

/** What is wrong with the first plan that fails: each POST of the scenario with this fault. */
async function plansOfPosts(sabotage: Sabotage, fault: Fault): Promise<string[]> {
  const own = await play(undefined, sabotage);
  const posts = plansFor(own.passages, true).filter((plan) => own.passages[plan.n]?.kind === 'POST');
  const learned = await play(undefined);
  for (const plan of posts.filter((one) => one.fault === fault && !one.standby)) {
    const complaints = complaintsOf(await play(plan, sabotage), own);
    if (complaints.length > 0) return complaints;
  }
  return complaintsOf(own, learned);
}

describe('a plan fails without', () => {
  const cases = [
    ['adoption', off.noAdoption, 'timedOut'],
    ['the intent', off.noIntent, 'crashAfter'],
    ['the wait of 30 s', off.noWait, 'late'],
    ['the wait after a loss', off.noWaitAfterLoss, 'crashBefore'],
  ] as const;
  test.each(cases)('%s', async (_what, sabotage, fault) => {
    expect(await plansOfPosts(sabotage, fault)).not.toEqual([]);
    expect(await plansOfPosts({}, fault)).toEqual([]);
  });
});

describe('a schedule written for it fails without', () => {
  const cases = [
    ['the second absence', off.noSecondAbsence, directed.frozenSidecar],
    ['the send window', off.noSendWindow, leases.lateTurn],
    ['the fresh read of the Pod', off.noFreshRead, directed.swappedAddresses],
    ['the intent’s id', off.noIntentId, leases.staleOutcome],
    ['the resourceVersion condition', off.noCondition, leases.twoLeaders],
    ['the wait of other runs after a loss', off.noWaitOfOthers, directed.turnAfterLoss],
    ['the tombstone of an object deleted in mid-submission', off.noTombstone, directed.recreatedInFlight],
    ['the tombstone of an object deleted after a loss', off.noTombstone, directed.recreatedAfterLoss],
    ['the lease asked for after an intent', off.noFence, leases.twoFirsts],
    ['the list at the beginning of a term', off.noCatchUp, leases.blindSuccessor],
    ['a list asked for after the last request', off.noListAfterRequest, directed.recreatedAtOnce],
  ] as const;
  test.each(cases)('%s', async (_what, sabotage, schedule) => {
    expect(await schedule({})).toEqual([]);
    expect(await schedule(sabotage)).not.toEqual([]);
  });
});

test('a cleanup adopted on a Pod that was replaced is followed to its end there', async () => {
  expect(await directed.replacedWithTwin({})).toEqual([]);
});

test('a status that is wiped in the second in which its writer ends is written back with what came of its request', async () => {
  expect(await directed.wipedAtTheEnd({})).toEqual([]);
});

test('a plan that cannot be is refused', () => {
  expect(() => planOf('nonsense')).toThrow('no plan is called nonsense');
});
