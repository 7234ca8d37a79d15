// Between an intent and its request the leader asks the API server whether it still leads.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LeaseRig, startLeaseRig } from './lease-rig.ts';

let rig: LeaseRig;

beforeEach(async () => {
  rig = await startLeaseRig();
});

afterEach(() => rig.close());

/** A replica that has made its first try. */
async function replica(identity: string) {
  const made = rig.replica(identity);
  made.campaign.start();
  await made.nextTry();
  return made;
}

describe('asked whether it leads by the API server’s word', () => {
  test('the holder does, with one more request, and goes on renewing', async () => {
    const one = await replica('one');
    const requests = rig.server.requests.length;
    expect(await one.campaign.confirm()).toBe(true);
    expect(rig.server.requests.slice(requests).map(({ method }) => method)).toEqual(['GET']);
    await one.nextTry();
    expect(one.campaign.isLeader()).toBe(true);
  });

  test('whoever lost the lease without knowing does not, and ends its term at once', async () => {
    const one = await replica('one');
    if (rig.lease !== undefined) rig.lease.spec.holderIdentity = 'two';
    expect(one.campaign.isLeader()).toBe(true);
    expect(await one.campaign.confirm()).toBe(false);
    expect(one.campaign.isLeader()).toBe(false);
    expect(one.terms).toEqual(['started', 'stopped']);
  });

  test('nobody does while the server does not answer, and the term goes on', async () => {
    const one = await replica('one');
    await rig.server.close();
    expect(await one.campaign.confirm()).toBe(false);
    expect(one.campaign.isLeader()).toBe(true);
  });

  test('a standby is not asked about', async () => {
    await replica('one');
    const two = await replica('two');
    const requests = rig.server.requests.length;
    expect(await two.campaign.confirm()).toBe(false);
    expect(rig.server.requests).toHaveLength(requests);
  });
});
