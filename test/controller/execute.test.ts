// Submissions: what may leave, when, and what is kept of it until a status holds it (hard cases 11, 12, 18, 20).
import { describe, expect, test } from '@jest/globals';
import { Submissions } from '../../src/controller/execute.ts';
import type { SubmitResult } from '../../src/controller/ports.ts';
import type { Submission } from '../../src/core/model.ts';
import { Slots } from '../../src/runtime/slots.ts';
import { id, NOW, node, operation, resource, run, running, SECOND, status, submitting } from '../support/builders.ts';
import { submissionsHarness, TestClient } from '../support/ports.ts';
import { settled, VirtualClock } from '../support/virtual-clock.ts';

const KEY = 'cassandracleanups/ns/orders';
const body = { type: 'cleanup' };
const submission = (name: string, change: Partial<Submission> = {}): Submission => ({
  node: node(name),
  intentId: 'intent-1',
  intentAt: NOW,
  body,
  ...change,
});
const created: SubmitResult = { result: 'created', operation: operation(id(1), 'RUNNING') };

function setUp(slots = 10) {
  const clock = new VirtualClock(NOW);
  const client = new TestClient();
  const harness = submissionsHarness();
  const submissions = new Submissions({ client, clock, slots: new Slots(slots), ...harness });
  const post = (index: number) => {
    const found = client.posts[index];
    if (found === undefined) throw new Error(`no POST ${index}`);
    return found;
  };
  const submit = (...batch: Submission[]) => submissions.submit(KEY, batch, clock.monotonic());
  return { clock, client, harness, submissions, post, submit };
}

describe('rule 12: checked after the connection is made and before the request is written', () => {
  test('a young intent of the leader may leave', () => {
    const { post, submit } = setUp();
    submit(submission('a'));
    expect(post(0)).toMatchObject({ target: { uid: 'uid-a', ip: '10.0.0.1', port: 4567 }, body });
    expect(post(0).guard()).toBeUndefined();
  });

  test('without the lease nothing leaves', () => {
    const { harness, post, submit } = setUp();
    submit(submission('a'));
    harness.leads = false;
    expect(post(0).guard()).toContain('leader');
  });

  test('older than 5 s by the wall clock: not sent', () => {
    const { clock, post, submit } = setUp();
    submit(submission('a'));
    clock.setWall(NOW + 5 * SECOND);
    expect(post(0).guard()).toBeUndefined();
    clock.setWall(NOW + 5 * SECOND + 1);
    expect(post(0).guard()).toContain('5 s');
  });

  test('older than 5 s by the monotonic clock: not sent, though someone set the wall clock back', async () => {
    const { clock, post, submit } = setUp();
    submit(submission('a'));
    await clock.advance(5 * SECOND + 1);
    clock.setWall(NOW);
    expect(post(0).guard()).toContain('5 s');
  });

  test.each([{ ip: undefined }, { port: undefined }, { refused: 'hostNetwork' }])('no call to %o', async (change) => {
    const { client, submissions, submit } = setUp();
    submit(submission('a', { node: { ...node('a'), ...change } as never }));
    await settled();
    expect(client.posts).toEqual([]);
    expect(submissions.settled(KEY)).toMatchObject([{ node: 'a', result: 'notSent' }]);
  });

  test('more than the slots wait in line; whose turn comes too late makes no connection', async () => {
    const { clock, client, submissions, post, submit } = setUp(1);
    submit(submission('a'), submission('b'));
    expect(client.posts).toHaveLength(1);
    await clock.advance(6 * SECOND);
    post(0).answer(created);
    await settled();
    expect(client.posts).toHaveLength(1);
    expect(submissions.settled(KEY)[1]).toMatchObject({ node: 'b', result: 'notSent' });
  });
});

describe('outcomes', () => {
  test('rule 11: an outcome carries the intent that it answers, and is kept until a status holds it', async () => {
    const { submissions, post, submit } = setUp();
    submit(submission('a'));
    post(0).answer(created);
    await settled();
    expect(submissions.settled(KEY)).toEqual([{ node: 'a', intentId: 'intent-1', ...created }]);
    submissions.recorded(KEY, submissions.settled(KEY));
    expect(submissions.settled(KEY)).toEqual([]);
    expect(submissions.unrecorded()).toEqual([]);
  });

  test('a batch is recorded together: its key comes up when all have answered', async () => {
    const { harness, post, submit } = setUp();
    submit(submission('a'), submission('b'));
    post(0).answer(created);
    await settled();
    expect(harness.requeued).toEqual([]);
    post(1).answer({ result: 'unknown', message: 'reset' });
    await settled();
    expect(harness.requeued).toEqual([KEY]);
    expect(harness.outcomes).toEqual(['created', 'unknown']);
  });

  test('the slow ones of a batch hold the others up for a second at most', async () => {
    const { clock, harness, post, submit } = setUp();
    submit(submission('a'), submission('b'));
    post(0).answer(created);
    await clock.advance(SECOND);
    expect(harness.requeued).toEqual([KEY]);
    post(1).answer(created);
    await settled();
    expect(harness.requeued).toEqual([KEY, KEY]);
  });

  test('a Pod with a request under way is known, until the answer is there', async () => {
    const { submissions, post, submit } = setUp();
    submit(submission('a'));
    expect([...submissions.podsInFlight()]).toEqual(['uid-a']);
    post(0).answer(created);
    await settled();
    expect(submissions.podsInFlight().size).toBe(0);
  });
});

describe('rule 18: the object is deleted while an intent is open', () => {
  const gone = resource({ status: status([submitting('a', 0), running('b', id(1)), run('c', 'Pending')]) });

  test('what has not left yet does not leave any more', () => {
    const { post, submissions, submit } = setUp();
    submit(submission('a'));
    expect(post(0).guard()).toBeUndefined();
    submissions.guard(gone);
    expect(post(0).guard()).toBe('its object was deleted');
  });

  test('its Pod is guarded for 40 s, in its own namespace', async () => {
    const { clock, submissions } = setUp();
    submissions.guard(gone);
    expect([...submissions.guardedPods('ns')]).toEqual(['a']);
    expect(submissions.guardedPods('other').size).toBe(0);
    await clock.advance(40 * SECOND - 1);
    expect(submissions.guardedPods('ns').size).toBe(1);
    await clock.advance(1);
    expect(submissions.guardedPods('ns').size).toBe(0);
  });
});

describe('rule 20: SIGTERM', () => {
  test('POSTs in flight get 1.5 s, then they are reset and their outcome is still kept', async () => {
    const { clock, submissions, post, submit } = setUp();
    submit(submission('a'), submission('b'));
    let closed = false;
    const close = submissions.close(1_500).then(() => {
      closed = true;
    });
    post(0).answer(created);
    await clock.advance(1_499);
    expect(post(1).signal.aborted).toBe(false);
    await clock.advance(1);
    expect(post(1).signal.aborted).toBe(true);
    expect(closed).toBe(false);
    post(1).answer({ result: 'unknown', message: 'reset' });
    await close;
    expect(submissions.settled(KEY).map(({ result }) => result)).toEqual(['created', 'unknown']);
  });

  test('with nothing in flight it ends at once', async () => {
    await setUp().submissions.close(1_500);
  });

  test('nothing is sent after it', async () => {
    const { submissions, post, submit } = setUp();
    await submissions.close(1_500);
    submit(submission('a'));
    expect(post(0).signal.aborted).toBe(true);
  });
});
