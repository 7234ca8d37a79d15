// An operation that was one of several that may be ours: the node is done when its list shows none of them active any more.
import { describe, expect, test } from '@jest/globals';
import { pollDelayMs } from '../../src/core/backoff.ts';
import type { Operation, Run, SidecarView } from '../../src/core/model.ts';
import { stepRunning } from '../../src/core/running.ts';
import { stepSubmitting } from '../../src/core/submitting.ts';
import {
  answer,
  failedWith,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  polled,
  running,
  SECOND,
  silence,
  submitting,
  time,
  view,
} from '../support/builders.ts';
import { contextOf } from '../support/step-context.ts';

const target = node('a');
/** A look at the running node whose Sidecar said this. */
const look = (run: Run, heard: SidecarView) =>
  stepRunning(run, target, contextOf({ nodes: [target], views: { a: heard } }));

describe('an operation that was one of several', () => {
  const several = running('a', id(1), {
    reason: 'SeveralOperations',
    message: '2 operations on this node look like ours',
  });
  const { list: _empty, ...done } = view({ operation: polled(id(1), operation(id(1), 'COMPLETED')) });
  const listing = (list: SidecarView['list'], run = several) => look(run, { ...done, ...(list && { list }) });

  test('says so when it is found', () => {
    const list = answer([operation(id(1), 'RUNNING'), operation(id(2), 'RUNNING')]);
    const { run } = stepSubmitting(submitting('a', MINUTE), target, contextOf({ views: { a: view({ list }) } }));
    const message = `${several.message}; the oldest is followed`;
    expect(run).toMatchObject({ reason: 'SeveralOperations', message, intent: submitting('a', MINUTE).intent });
  });

  test.each([
    ['was never heard', undefined, NOW],
    ['is older than ten seconds', answer([], 10 * SECOND - 4), NOW - 10 * SECOND + 4 + pollDelayMs(30_000)],
    ['did not come', silence(), NOW - 100 + pollDelayMs(30_000)],
    ['shows another one running', answer([operation(id(2), 'RUNNING')]), NOW - 100 + pollDelayMs(30_000)],
  ])('is not done where the list of its node %s', (_which, list, when) => {
    expect(listing(list)).toEqual({ run: several, needs: [{ uid: 'uid-a', what: 'list', at: when }] });
  });

  test.each<[string, Operation[]]>([
    ['is empty', []],
    ['shows only ended ones', [operation(id(2), 'FAILED')]],
    ['still shows itself as running', [operation(id(1), 'RUNNING')]],
    ['shows one of another keyspace', [operation(id(2), 'RUNNING', { keyspace: 'elsewhere' })]],
  ])('is done where that list %s', (_which, list) => {
    const over = listing(answer(list, 10 * SECOND - 5));
    expect(over).toMatchObject({ run: { state: 'Completed' }, needs: [] });
    expect(over.run).not.toHaveProperty('reason');
  });

  test.each<[string, Operation]>([
    ['COMPLETED', operation(id(1), 'COMPLETED')],
    ['FAILED', failedWith(id(1), 'boom')],
    ['CANCELLED, read twice alike', operation(id(1), 'CANCELLED')],
  ])(
    'is told apart by its intent, whatever was in between: it is not over as %s while another one runs',
    (_how, end) => {
      const intent = { id: 'i', time: time(-MINUTE) };
      const seeing = (run: Run, heard: Partial<SidecarView>) => look(run, view(heard)).run;
      const found = running('a', id(1), { intent, reason: 'SeveralOperations', message: 'x' });
      const quiet = seeing(found, { operation: { ...polled(id(1), null), ...silence() } });
      expect(quiet).toMatchObject({ reason: 'SidecarUnreachable', intent });
      const again = seeing(quiet, { operation: polled(id(1), operation(id(1), 'RUNNING')) });
      expect(again).toMatchObject({ reason: 'SeveralOperations', message: expect.stringMatching(/^several/), intent });
      const ended = { operation: { ...polled(id(1), end), earlier: end } };
      const twin = answer([operation(id(2), 'RUNNING')]);
      for (const run of [found, quiet, again]) {
        expect(seeing(run, { ...ended, list: twin })).toMatchObject({ state: 'Running', intent });
        const over = seeing(run, { ...ended, list: answer([operation(id(2), 'COMPLETED')]) });
        expect(over.state).not.toBe('Running');
        expect(over).not.toHaveProperty('intent');
      }
    },
  );

  test('is done at once where there was only one, whatever else its node lists', () => {
    const list = answer([operation(id(2), 'RUNNING')]);
    expect(listing(list, running('a', id(1)))).toMatchObject({ run: { state: 'Completed' }, needs: [] });
  });
});
