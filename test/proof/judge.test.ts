// The judge itself: what it must see, and what it may excuse. The controls show the same of invariants 1 to 7.
import { describe, expect, test } from '@jest/globals';
import type { NodeDirectory } from '../../src/controller/ports.ts';
import type { Run } from '../../src/core/model.ts';
import { NOW, racked, resource, run, running, status, submitting, time } from '../support/builders.ts';
import { CallsInFlight, oversized } from './caps.ts';
import { Judge } from './judge.ts';
import type { Sabotage } from './operator.ts';
import { logTo, SECRET } from './texts.ts';
import { Wipes } from './wipes.ts';
import { World } from './world.ts';

/** Why a request is sent. */
const CAUSE = { resourceUid: 'uid-of-orders', intentId: 'one', attempt: 1, process: 'beta', sentAt: 0 };

describe('invariant 8', () => {
  test('one call of each sort may be under way from one process to one Sidecar, and no more', () => {
    const calls = new CallsInFlight();
    expect(calls.changed('alpha', 'uid-a', 'memory', 1)).toBeUndefined();
    expect(calls.changed('alpha', 'uid-a', 'jmx', 1)).toBeUndefined();
    expect(calls.changed('alpha', 'uid-a', 'submit', 1)).toBeUndefined();
    expect(calls.changed('beta', 'uid-a', 'memory', 1)).toBeUndefined();
    expect(calls.changed('alpha', 'uid-a', 'submit', 1)).toBe('2 calls at once (submit): alpha -> uid-a');
  });

  test('64 submissions may be under way from one process', () => {
    const calls = new CallsInFlight();
    const complaints = Array.from({ length: 65 }, (_, pod) => calls.changed('alpha', `uid-${pod}`, 'submit', 1));
    expect(complaints.filter((complaint) => complaint !== undefined)).toEqual(['65 calls at once (submit): alpha']);
  });

  test('an entry that would make the status of 2,000 nodes too large is seen, as Go counts its bytes', () => {
    const large = run('a', 'Pending', { message: '<'.repeat(1_200) });
    expect(oversized(status([run('b', 'Pending'), large]))[0]).toMatch(/^the entry of a has 7\d\d\d bytes$/);
  });

  test('a status that the API server would refuse is seen at once', () => {
    const complaints = oversized(status([run('a', 'Pending', { message: 'x'.repeat(300) })]));
    expect(complaints).toEqual([expect.stringContaining('status.nodes[0].message has a wrong length')]);
  });
});

describe('invariant 10', () => {
  test('of an error that is logged all is read: its message, its causes and its keys', () => {
    const said: string[] = [];
    const log = logTo((text) => said.push(text));
    log.warn('failed', { err: new Error('outer', { cause: new Error(SECRET) }) });
    log.warn('failed', { deep: { err: new Error(SECRET) } });
    log.warn('failed', { err: Object.assign(new Error('x'), { body: SECRET }) });
    expect(said.map((text) => text.includes(SECRET))).toEqual([true, true, true]);
  });

  test('an operator that tells the value of a label is found out', async () => {
    const telling = (real: NodeDirectory): NodeDirectory => ({
      inNamespace: (namespace) =>
        real.inNamespace(namespace).map((node) => ({ ...node, refused: node.labels['note'] ?? '' })),
      readLive: (namespace, name) => real.readLive(namespace, name),
    });
    const sawn = async (sabotage: Sabotage) => {
      const world = new World({ sabotage });
      world.addHost(racked('n0', 'r0', { live: false }));
      world.api.create(resource({ metadata: { creationTimestamp: new Date(NOW).toISOString() } }));
      world.startOperator('alpha');
      await world.run(3_600_000, 1_000);
      return world.judge.violations.map(({ invariant }) => invariant);
    };
    expect(await sawn({})).toEqual([]);
    expect((await sawn({ nodes: telling }))[0]).toBe(10);
  });
});

describe('a request to a node on which somebody else runs something', () => {
  const requested = async (ms: number, listed = true) => {
    const world = new World({ fate: () => ({ durationMs: 60_000 }) });
    const host = world.addHost(racked('n0', 'r0'));
    const foreign = host.post({ type: 'scrub' }, undefined);
    await world.pass(ms);
    const own = host.cleanups.find(({ id }) => id === foreign.id);
    if (own !== undefined) own.listed = listed;
    host.post({ type: 'cleanup' }, { ...CAUSE, sentAt: world.timeline.now });
    return world.judge.violations.map(({ what }) => what);
  };

  test('is a breach where a list must have shown it, and only there', async () => {
    expect(await requested(7_900)).toEqual([]);
    expect(await requested(8_100)).toEqual([expect.stringContaining('of somebody else is listed as active')]);
    expect(await requested(8_100, false)).toEqual([]);
  });
});

test('an operation that no status names is a breach, but where the status says of this attempt that nobody knows of it', async () => {
  const ended = (reason: string, change: Partial<Run> = {}) => {
    const world = new World();
    const failed = { ...run('n0', 'Failed', { reason, podUID: 'uid-n0', attempts: 1 }), ...change };
    const finished = { type: 'Failed', status: 'True', reason: 'NodesFailed', message: '' } as const;
    const conditions = [{ ...finished, lastTransitionTime: new Date(NOW).toISOString() }];
    world.api.create(resource({ status: status([failed], { conditions }) }));
    world.addHost(racked('n0', 'r0')).post({ type: 'cleanup' }, CAUSE);
    world.judge.finish();
    return world.judge.violations.map(({ what }) => what);
  };
  const unnamed = [expect.stringContaining('no status ever named')];
  expect(ended('OutcomeUnknown')).toEqual([]);
  expect(ended('OperationFailed')).toEqual(unnamed);
  expect(ended('OutcomeUnknown', { attempts: 2 })).toEqual(unnamed);
  expect(ended('OutcomeUnknown', { podUID: 'another' })).toEqual(unnamed);
  const skipped = (intentId: string) => ({ state: 'Skipped' as const, intent: { id: intentId, time: time() } });
  expect(ended('PodGone', skipped('one'))).toEqual([]);
  expect(ended('PodGone', skipped('other'))).toEqual(unnamed);
  expect(ended('NotInRing', skipped('one'))).toEqual(unnamed);
});

describe('a loss that a status told of before its object was deleted', () => {
  const later = (process: string) => {
    const world = new World();
    const host = world.addHost(racked('n0', 'r0'));
    const judge = new Judge({ ...world, leaders: () => ['alpha'], skewMs: 0 });
    host.post({ type: 'cleanup' }, CAUSE);
    host.restart(500, () => {});
    host.up = true;
    const object = resource({ status: status([run('n0', 'Pending')]) });
    world.api.deleted.set(object.metadata.uid, object);
    judge.deleted(object.metadata.uid);
    const cleanup = { ...CAUSE, resourceUid: 'uid-of-another', intentId: 'two', process };
    host.options.onPost = (one, posted) => judge.posted(one, posted);
    host.post({ type: 'cleanup' }, cleanup);
    return judge.violations.map(({ what }) => what);
  };

  test('binds whoever led when it was deleted', () => {
    expect(later('alpha')).toEqual([expect.stringContaining('after its Sidecar lost')]);
  });

  test('and not who did not, even the process that had begun it', () => {
    expect(later('beta')).toEqual([]);
    expect(later('gamma')).toEqual([]);
  });
});

describe('a status from which somebody removed entries', () => {
  const intent = submitting('a', 0);
  const full = resource({ status: status([intent, running('b', 'x')]) });
  const wiped = resource({ status: status([running('b', 'x')]) });
  const wipe = () => {
    const wipes = new Wipes();
    wipes.written(full, 'alpha');
    wipes.stored(full, 'alpha');
    wipes.removed(full, wiped, 1_000);
    return wipes;
  };

  const sentTo = (node: string, sentAt: number) => ({ uid: 'uid-of-orders', node, intentId: 'other', sentAt });

  test('excuses nothing where the process that wrote them last writes them back', () => {
    const wipes = wipe();
    expect(wipes.written(full, 'alpha')).toEqual([]);
    expect(wipes.isGone(sentTo('a', 500))).toBe(false);
  });

  test('is a breach of rule 19 where that process does not', () => {
    expect(wipe().written(wiped, 'alpha')).toEqual([expect.stringContaining('a was removed from the status')]);
  });

  test('excuses what another process cannot know of these nodes, and of no others', () => {
    const wipes = wipe();
    const anew = resource({ status: status([run('a', 'Pending'), running('b', 'x')]) });
    expect(wipes.written(anew, 'beta')).toEqual([]);
    expect(wipes.isGone(sentTo('a', 500))).toBe(true);
    expect(wipes.isGone(sentTo('a', 1_500))).toBe(false);
    expect(wipes.isGone(sentTo('b', 500))).toBe(false);
  });

  test('excuses what is begun anew in one write, as it is not the same attempt', () => {
    const wipes = wipe();
    expect(wipes.written(resource({ status: status([submitting('a', -2_000)]) }), 'beta')).toEqual([]);
    expect(wipes.isGone(sentTo('a', 500))).toBe(true);
  });

  test('excuses no request that comes while a status without nodes makes everyone wait', () => {
    const wipes = new Wipes();
    wipes.removed(full, resource(), 1_000, 61_000);
    wipes.written(resource({ status: status([run('a', 'Pending')]) }), 'beta');
    expect(wipes.isUnguarded(sentTo('a', 500), 40_000)).toBe(false);
    expect(wipes.isUnguarded(sentTo('a', 500), 42_000)).toBe(true);
  });

  test('still tells for which intent a request leaves', () => {
    expect(wipe().intent('intent-1', 'uid-a')).toEqual({ resourceUid: 'uid-of-orders', run: intent });
  });
});
