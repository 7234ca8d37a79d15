// One look at a node whose operation has an id: what is asked next and when, what its entry says, and what is believed.
import { describe, expect, test } from '@jest/globals';
import { pollDelayMs } from '../../src/core/backoff.ts';
import type { Operation, OperationAnswer, Run, SidecarView } from '../../src/core/model.ts';
import { stepRunning } from '../../src/core/running.ts';
import {
  answer,
  failedWith,
  HOUR,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  polled,
  running,
  SECOND,
  silence,
  time,
  view,
} from '../support/builders.ts';
import { contextOf } from '../support/step-context.ts';

type Views = Record<string, SidecarView | null>;
const ours = (change: Partial<Run> = {}) => running('a', id(1), change);

function look(run: Run, views: Views, target = node('a'), nodes = [target]) {
  return stepRunning(run, target, contextOf({ nodes, views }));
}
/** A look at a node whose Sidecar says this of the operation. */
const told = (value: OperationAnswer, change: Partial<Run> = {}, more: Partial<SidecarView> = {}) =>
  look(ours(change), { a: view({ operation: polled(id(1), value), ...more }) });
const torn = (state: Operation['state'], change: Partial<Operation> = {}) => {
  const { completionTime: _c, ...rest } = operation(id(1), state, change);
  return rest;
};
const ask = (at: number) => [{ uid: 'uid-a', what: 'operation', id: id(1), at }];
const askList = (at: number) => [{ uid: 'uid-a', what: 'list', at }];
/** When a poll follows an answer that came 100 ms ago to a question first asked a minute ago. */
const NEXT_POLL = NOW - 100 + pollDelayMs(MINUTE - 100);

describe('what is asked', () => {
  test.each<[string, SidecarView | null]>([
    ['that was never heard', null],
    ['that was not asked for this operation yet', view()],
    [
      'whose last answer was about another operation',
      view({ operation: polled(id(9), operation(id(9), 'COMPLETED')) }),
    ],
  ])('a Sidecar %s is asked at once, and nothing is concluded', (_which, heard) => {
    const run = ours();
    expect(look(run, { a: heard })).toEqual({ run, needs: ask(NOW) });
  });

  test('a running operation is polled, more and more slowly', () => {
    expect(told(operation(id(1), 'RUNNING')).needs).toEqual(ask(NEXT_POLL));
  });

  test('a Sidecar that does not answer is asked on at the same pace', () => {
    const views = { a: view({ operation: { ...polled(id(1), null), ...silence('no route') } }) };
    const quiet = look(ours(), views);
    expect(quiet.run).toMatchObject({ state: 'Running', reason: 'SidecarUnreachable', message: 'no route' });
    expect(quiet.needs).toEqual(ask(NEXT_POLL));
    const held = { reason: 'CompletionTimeMissing', since: time(-2 * HOUR) };
    expect(look(ours(held), views).run.state).toBe('Running');
    const given = look(ours({ reason: 'SidecarUnreachable', since: time(-HOUR) }), views);
    expect(given).toMatchObject({ run: { state: 'Failed', reason: 'OutcomeUnknown' }, needs: [] });
    expect(given.run.message).toBe('no answer for an hour, outcome unknown: no route');
  });
});

describe('what the entry of a running operation says', () => {
  test('state and progress go on', () => {
    const next = told(operation(id(1), 'RUNNING', { progress: 0.5 }), { operation: { id: id(1), state: 'PENDING' } });
    expect(next.run.operation).toMatchObject({ state: 'RUNNING', progress: 0.5 });
  });

  test('progress that the Sidecar does not give is not made up', () => {
    const { progress: _p, ...silentOfIt } = operation(id(1), 'RUNNING');
    const before = { id: id(1), state: 'RUNNING' as const };
    expect(told(silentOfIt, { operation: before }).run.operation).not.toHaveProperty('progress');
    expect(told(silentOfIt, { operation: { ...before, progress: 0.4 } }).run.operation?.progress).toBe(0.4);
  });

  test('a trouble that is over is forgotten; that there are several operations is not', () => {
    const toldAfter = (reason: string) =>
      told(operation(id(1), 'RUNNING'), { reason, message: 'x', since: time() }).run;
    expect(toldAfter('SidecarUnreachable')).not.toHaveProperty('reason');
    expect(toldAfter('SidecarUnreachable')).not.toHaveProperty('message');
    expect(toldAfter('SeveralOperations')).toMatchObject({ reason: 'SeveralOperations', message: 'x' });
  });

  test('what had to be bounded is added to what it says already, once', () => {
    const noted = operation(id(1), 'RUNNING', { notes: ['progress was 7', 'a time was none'] });
    expect(told(noted).run.message).toBe('progress was 7; a time was none');
    const several = told(noted, { reason: 'SeveralOperations', message: 'two' }).run;
    expect(several.message).toBe('two; progress was 7; a time was none');
    expect(told(noted, several).run.message).toBe(several.message);
    const long = told(operation(id(1), 'RUNNING', { notes: ['x'.repeat(300)] })).run;
    expect(long.message).toHaveLength(256);
  });
});

describe('a final state that is not whole', () => {
  const missing = (ms: number) => ({ reason: 'CompletionTimeMissing', since: time(-ms) });

  test('says what it waits for; COMPLETED is shown already, others only once they are believed', () => {
    const completed = told(torn('COMPLETED')).run;
    expect(completed.operation?.state).toBe('COMPLETED');
    expect(completed.message).toBe('the Sidecar says COMPLETED, but not all that goes with it yet; asking again');
    const failed = told(torn('FAILED')).run;
    expect(failed.operation?.state).toBe('RUNNING');
    expect(failed.message).toContain('says FAILED');
  });

  test.each([
    ['in its first two seconds', 2 * SECOND - 1, NOW + 150],
    ['after that', 2 * SECOND, NEXT_POLL],
    ['until five minutes have passed', 5 * MINUTE - 1, NEXT_POLL],
  ])('is read again %s', (_when, ms, at) => {
    expect(told(torn('COMPLETED'), missing(ms)).needs).toEqual(ask(at));
  });

  test('COMPLETED is then believed, and the entry says what was missing', () => {
    const done = told(torn('COMPLETED'), missing(5 * MINUTE));
    const message = 'the Sidecar never gave a completionTime';
    expect(done.run).toMatchObject({ state: 'Completed', reason: 'CompletionTimeMissing', message });
    expect(done.needs).toEqual([]);
  });

  test('CANCELLED is believed only when two reads agree on its time too, even where it gives a cause', () => {
    const failureCause = { message: 'stopped', source: 'host' };
    const cancelled = operation(id(1), 'CANCELLED', { failureCause });
    expect(told(cancelled).run.state).toBe('Running');
    const reread = (earlier: Operation) =>
      look(ours(), { a: view({ operation: polled(id(1), cancelled, { earlier }) }) });
    expect(reread({ ...cancelled, completionTime: time(-MINUTE) }).run.state).toBe('Running');
    const over = reread(cancelled);
    expect(over.run).toMatchObject({ state: 'Pending', failures: 1, message: 'the Sidecar says CANCELLED' });
    expect(over.needs).toEqual([]);
  });

  test('FAILED without a cause says that none was given', () => {
    const failed = operation(id(1), 'FAILED');
    const views = { a: view({ operation: polled(id(1), failed, { earlier: failed }) }) };
    expect(look(ours(), views).run.message).toBe('the Sidecar gave no reason');
  });
});

describe('an id that the Sidecar does not know', () => {
  const unknown = polled(id(1), null);
  const unlisted = (list: SidecarView['list'], change: Partial<Run> = {}) =>
    look(ours(change), { a: view({ operation: unknown, ...(list === undefined ? {} : { list }) }) });

  test('counts together with a list that was asked for at the same moment, not with an older one', () => {
    expect(unlisted(answer([], 100)).run.state).toBe('Pending');
    expect(unlisted(answer([], 101))).toMatchObject({ run: { state: 'Running' }, needs: askList(NOW + 149) });
  });

  test('a list that fails meanwhile is silence, asked on at a pace that slackens', () => {
    const quiet = unlisted(silence('no route'), { reason: 'SidecarInvalidAnswer', since: time(-MINUTE) });
    expect(quiet.run).toMatchObject({ state: 'Running', reason: 'SidecarUnreachable', message: 'no route' });
    expect(quiet.needs).toEqual(askList(NOW - 100 + 10 * SECOND));
    const given = unlisted(silence(), { reason: 'SidecarUnreachable', since: time(-HOUR) });
    expect(given.run).toMatchObject({ state: 'Failed', reason: 'OutcomeUnknown' });
  });

  test('a list that failed before says nothing of it', () => {
    const asking = unlisted(silence('no route', 101));
    expect(asking.run).toEqual(ours());
    expect(asking.needs).toEqual(askList(NOW + 149));
  });

  test('other operations in the list do not keep it', () => {
    expect(unlisted(answer([operation(id(9), 'RUNNING')], 50)).run.state).toBe('Pending');
  });

  test('the Pod is read before it is given up, and nothing is asked of the Sidecar meanwhile', () => {
    const views = { a: view({ operation: unknown, list: answer([], 50) }) };
    const run = ours();
    expect(look(run, views, node('a', { live: false }))).toEqual({ run, needs: [], wantsLive: true });
  });

  test.each([
    ['ended and expired', {}, 'the Sidecar no longer lists the operation: it has ended and its result expired'],
    ['forgotten', { sidecarContainer: 'x' }, 'the Sidecar was restarted and has forgotten the operation'],
  ])('the entry says whether it was %s', (_which, change, message) => {
    const views = { a: view({ operation: unknown, list: answer([], 50) }) };
    expect(look(ours(), views, node('a', change))).toMatchObject({ run: { message }, needs: [] });
  });

  test('another Pod under the name of the old one is asked for its list first', () => {
    const run = ours();
    const needs = [{ uid: 'new', what: 'list', at: NOW }];
    expect(look(run, { a: null }, node('a', { uid: 'new' }))).toEqual({ run, needs });
  });

  test('where another Pod lists it, it runs there: the entry names that Pod and its process', () => {
    const list = answer([operation(id(9), 'RUNNING'), operation(id(1), 'RUNNING')], 50);
    const moved = look(ours(), { a: view({ list }) }, node('a', { uid: 'new', sidecarContainer: 'another' }));
    expect(moved.run).toEqual(ours({ podUID: 'new', sidecarContainer: 'another' }));
    expect(moved.needs).toEqual([{ uid: 'new', what: 'operation', id: id(1), at: NOW + 200 }]);
  });

  test('a Running entry that somebody edited to name no operation is lost', () => {
    const { operation: _operation, ...edited } = ours();
    const list = answer([operation(id(9), 'RUNNING')], 50);
    const lost = look(edited, { a: view({ operation: polled('', null), list }) });
    expect(lost.run).toMatchObject({ state: 'Pending', reason: 'OutcomeUnknown' });
  });
});

describe('what must be heard before a failure is judged', () => {
  const failing = (text: string, cassandra?: SidecarView['cassandra']) => {
    const { cassandra: _normal, ...rest } = view({ operation: polled(id(1), failedWith(id(1), text)) });
    return look(ours(), { a: { ...rest, ...(cassandra === undefined ? {} : { cassandra }) } });
  };
  const ABORTED = 'Aborted cleaning up at least one table in keyspace shop';
  const UNKNOWN_TABLE = 'Unknown keyspace/cf pair (shop.items)';
  const askState = { uid: 'uid-a', what: 'cassandra', at: NOW };

  test.each([
    ['an abort: whether the ring has changed', ABORTED],
    ['a table that is not there: whether the node has its schema', UNKNOWN_TABLE],
  ])('%s', (_what, text) => {
    for (const heard of [undefined, answer('NORMAL' as const, 11 * SECOND)]) {
      const asking = failing(text, heard);
      expect(asking.run).toEqual(ours());
      expect(asking.needs).toContainEqual(askState);
    }
  });

  test.each([
    ['NORMAL, no attempt can succeed', 'NORMAL', { state: 'Failed', reason: 'InvalidRequest', message: UNKNOWN_TABLE }],
    ['JOINING, it is tried again, and does not count', 'JOINING', { state: 'Pending', reason: 'InvalidRequest' }],
  ] as const)('a table that is not there on a node that is %s', (_which, state, outcome) => {
    const judged = failing(UNKNOWN_TABLE, answer(state, 10 * SECOND));
    expect(judged).toMatchObject({ run: outcome, needs: [] });
    expect(judged.run.failures).toBeUndefined();
  });

  test('any other failure is judged without a word of Cassandra', () => {
    expect(failing('boom')).toMatchObject({ run: { state: 'Pending', failures: 1, message: 'boom' }, needs: [] });
  });
});
