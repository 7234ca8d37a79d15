// Who leads, and for how long: campaigns for one Lease, with lost answers, frozen processes and clocks that disagree.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { alwaysLeader } from '../../src/kube/lease.ts';
import { type LeaseRig, startLeaseRig } from './lease-rig.ts';

let rig: LeaseRig;

beforeEach(async () => {
  rig = await startLeaseRig();
});

afterEach(() => rig.close());

const MINUTES = 60_000;

/** A replica that leads. */
async function leader(identity = 'one') {
  const replica = rig.replica(identity);
  replica.campaign.start();
  await replica.nextTry();
  expect(replica.campaign.isLeader()).toBe(true);
  return replica;
}

/** A replica that has seen the Lease held by another. */
async function standby(identity = 'two') {
  const replica = rig.replica(identity);
  replica.campaign.start();
  expect(await replica.nextTry()).toBe(0);
  expect(replica.campaign.isLeader()).toBe(false);
  return replica;
}

test('the first try is made at once, and creates the Lease, with times of six decimals', async () => {
  const one = rig.replica('one');
  expect(one.campaign.isLeader()).toBe(false);
  one.campaign.start();
  expect(await one.nextTry()).toBe(0);
  expect(one.campaign.isLeader()).toBe(true);
  expect(one.terms).toEqual(['started']);
  expect(rig.lease).toMatchObject({
    metadata: { name: 'the-lease', namespace: 'ops' },
    spec: { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 },
  });
  expect(rig.lease?.spec.renewTime).toMatch(/\.\d{6}Z$/);
});

test('a renewal is one request, every 2 s, and keeps the time of acquisition', async () => {
  const one = await leader();
  const before = rig.lease;
  const requests = rig.server.requests.length;
  expect(await one.nextTry()).toBe(2_000);
  expect(rig.server.requests.slice(requests).map(({ method }) => method)).toEqual(['PUT']);
  expect(rig.lease?.spec.acquireTime).toBe(before?.spec.acquireTime);
  expect(rig.lease?.spec.renewTime).not.toBe(before?.spec.renewTime);
  expect(rig.lease?.spec.leaseTransitions).toBe(0);
  expect(one.terms).toEqual(['started']);
});

test('while one renews, the other waits, however far apart their wall clocks are', async () => {
  const one = await leader();
  const two = await standby();
  two.clock.stepWall(5 * MINUTES);
  for (let i = 0; i < 15; i += 1) {
    await one.nextTry();
    expect(await two.nextTry()).toBeLessThanOrEqual(2_000);
    expect(two.campaign.isLeader()).toBe(false);
  }
  expect(two.terms).toEqual([]);
});

test('when a leader dies, the other takes over 15 s after the last renewal it saw, and not before', async () => {
  await leader();
  const two = await standby();
  let waited = 0;
  while (!two.campaign.isLeader()) waited += await two.nextTry();
  expect(waited).toBe(15_000);
  expect(rig.lease?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
});

test('a fresh replica waits for the whole duration, however old the renewal says it is', async () => {
  await leader();
  const two = rig.replica('two');
  two.clock.stepWall(60 * MINUTES);
  two.campaign.start();
  let waited = 0;
  while (!two.campaign.isLeader()) waited += await two.nextTry();
  expect(waited).toBe(15_000);
});

test('a replica that comes back under its own name goes on at once', async () => {
  await leader('pod-uid');
  const again = rig.replica('pod-uid');
  again.campaign.start();
  await again.nextTry();
  expect(again.campaign.isLeader()).toBe(true);
  expect(rig.lease?.spec.leaseTransitions).toBe(0);
});

test('stop() gives the Lease up: the other takes over with its next try, within 2 s', async () => {
  const one = await leader();
  const two = await standby();
  await one.campaign.stop();
  expect(one.terms).toEqual(['started', 'stopped']);
  expect(one.campaign.isLeader()).toBe(false);
  expect(rig.lease?.spec.holderIdentity).toBe('');
  expect(await two.nextTry()).toBeLessThanOrEqual(2_000);
  expect(two.campaign.isLeader()).toBe(true);
  expect(one.clock.pending()).toBe(0);
});

test('stop() of one that does not lead leaves the Lease alone', async () => {
  await leader();
  const two = await standby();
  await two.campaign.stop();
  expect(rig.lease?.spec.holderIdentity).toBe('one');
  expect(two.terms).toEqual([]);
});

describe('leadership ends 10 s after the last renewal was sent', () => {
  test('when the API server is away: by the clock, and with a call', async () => {
    const one = await leader();
    rig.fault = (request) => {
      request.cut();
      return true;
    };
    for (let i = 0; i < 4; i += 1) await one.nextTry();
    expect(one.campaign.isLeader()).toBe(true);
    one.clock.advance(1_999);
    expect(one.campaign.isLeader()).toBe(true);
    one.clock.advance(2);
    expect(one.campaign.isLeader()).toBe(false);
    expect(one.terms).toEqual(['started', 'stopped']);
  });

  test('when the process was frozen and no timer fired', async () => {
    const one = await leader();
    one.clock.freeze(10_000);
    expect(one.campaign.isLeader()).toBe(false);
  });

  test('when the machine was suspended: the monotonic clock stood still, the wall clock did not', async () => {
    const one = await leader();
    one.clock.stepWall(10_000);
    expect(one.campaign.isLeader()).toBe(false);
    await one.nextTry();
    expect(one.campaign.isLeader()).toBe(true);
    expect(one.terms).toEqual(['started', 'stopped', 'started']);
  });

  test('but not when the wall clock is set back', async () => {
    const one = await leader();
    one.clock.stepWall(-5 * MINUTES);
    expect(one.campaign.isLeader()).toBe(true);
    one.clock.freeze(10_000);
    expect(one.campaign.isLeader()).toBe(false);
  });
});

test('a leader that was frozen past its Lease steps down when it finds another', async () => {
  const one = await leader();
  const two = await standby();
  while (!two.campaign.isLeader()) await two.nextTry();
  one.clock.freeze(20_000);
  await one.nextTry();
  expect(one.campaign.isLeader()).toBe(false);
  expect(one.terms).toEqual(['started', 'stopped']);
  expect(rig.lease?.spec.holderIdentity).toBe('two');
});

test('a renewal that was written but whose answer was lost costs nothing', async () => {
  const one = await leader();
  let lost = 0;
  rig.fault = (request, apply) => {
    if (request.method !== 'PUT' || lost > 0) return false;
    lost += 1;
    apply();
    request.cut();
    return true;
  };
  await one.nextTry();
  await one.nextTry();
  expect(one.campaign.isLeader()).toBe(true);
  expect(one.terms).toEqual(['started']);
});

test('two that find the Lease free at once: one of them leads', async () => {
  const [one, two] = [rig.replica('one'), rig.replica('two')];
  one.campaign.start();
  two.campaign.start();
  await Promise.all([one.nextTry(), two.nextTry()]);
  expect([one, two].filter(({ campaign }) => campaign.isLeader())).toHaveLength(1);
});

test('a Lease that someone deleted is created again, and leadership starts anew', async () => {
  const one = await leader();
  rig.lease = undefined;
  await one.nextTry();
  expect(one.campaign.isLeader()).toBe(false);
  await one.nextTry();
  expect(one.campaign.isLeader()).toBe(true);
  expect(one.terms).toEqual(['started', 'stopped', 'started']);
});

test('refusals are waited out, never in a hot loop', async () => {
  const one = rig.replica('one');
  rig.fault = (request) => {
    request.refuse(403, 'forbidden');
    return true;
  };
  one.campaign.start();
  await one.nextTry();
  expect(await one.nextTry()).toBe(1_400);
  expect(await one.nextTry()).toBe(1_400);
  expect(one.campaign.isLeader()).toBe(false);
});

test('without leader election a replica leads from start() to stop()', async () => {
  const calls: string[] = [];
  const alone = alwaysLeader({ onStarted: () => calls.push('started'), onStopped: () => calls.push('stopped') });
  expect(alone.isLeader()).toBe(false);
  alone.start();
  expect(alone.isLeader()).toBe(true);
  await alone.stop();
  expect(alone.isLeader()).toBe(false);
  expect(calls).toEqual(['started', 'stopped']);
});
