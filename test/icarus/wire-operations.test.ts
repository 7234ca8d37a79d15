// Why an answer cannot be used, in words that name the fault; and the edges of what can.
import { describe, expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import { decodeCassandraState, decodeOperationAnswer, decodeVersion, readOperation } from '../../src/icarus/wire.ts';
import { document, ID, operation, reply } from '../support/sidecar-answers.ts';

describe('an operation that is none', () => {
  test.each<[string, unknown, string]>([
    ['a text', 'RUNNING', 'an operation is not an object'],
    ['null', null, 'an operation is not an object'],
    ['a list', [document()], 'an operation is not an object'],
    ['an object without an id', document({ id: undefined }), 'an operation has no usable id'],
    ['one of no type', document({ type: 7 }), 'an operation has no usable type'],
    ['one in a state that Icarus does not know', document({ state: 'PAUSED' }), 'an operation has an unknown state'],
  ])('%s', (_what, given, why) => {
    expect(readOperation(given)).toBe(why);
    expect(() => decodeOperationAnswer(reply(JSON.stringify(given)), ID)).toThrow(why);
  });
});

describe('an operation that is one', () => {
  test.each(['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED'])('may be %s', (state) => {
    expect(operation({ state }).state).toBe(state);
  });

  test('has what the Sidecar says of it, and nothing that it does not say', () => {
    const { progress: _progress, creationTime: _created, errors: _errors, ...bare } = document();
    expect(readOperation(bare)).toEqual({ id: ID, type: 'cleanup', state: 'RUNNING' });
  });

  test.each(['creationTime', 'startTime', 'completionTime'] as const)(
    'has its %s from the field of that name',
    (name) => {
      expect(operation({ creationTime: undefined, [name]: '2026-11-24T15:38:07Z' })).toEqual({
        ...{ id: ID, type: 'cleanup', state: 'RUNNING', progress: 0 },
        [name]: '2026-11-24T15:38:07Z',
      });
      expect(operation({ [name]: 'soon' }).notes).toEqual([`the Sidecar reports an unusable ${name}`]);
    },
  );

  test('says everything that had to be changed, in the order of its fields', () => {
    const { notes } = operation({ progress: 2, completionTime: 'soon', keyspace: 5, tables: 'orders', jobs: 'two' });
    expect(notes).toHaveLength(5);
    expect(notes?.map((note) => /progress|completionTime|keyspace|table|jobs/.exec(note)?.[0])).toEqual([
      'progress',
      'completionTime',
      'keyspace',
      'table',
      'jobs',
    ]);
  });
});

describe('an answer with another status than it must have', () => {
  test.each([201, 204, 301, 400, 401, 403, 500, 503])('%i is no answer, whatever its body says', (status) => {
    expect(() => decodeOperationAnswer(reply(document(), status), ID)).toThrow('not what Icarus answers');
    expect(() => decodeCassandraState(reply({ nodeState: 'NORMAL' }, status))).toThrow('not what Icarus answers');
    expect(() => decodeVersion(reply({ major: 5, minor: 0, patch: 6 }, status))).toThrow('not what Icarus answers');
  });
});

describe('the state of a node', () => {
  test.each(['NORMAL', 'STARTING', 'JOINING', 'LEAVING', 'MOVING', 'DECOMMISSIONED', 'DRAINING', 'DRAINED'])(
    'may be %s',
    (nodeState) => {
      expect(decodeCassandraState(reply({ nodeState }))).toBe(nodeState);
    },
  );

  test('is UNKNOWN only by a 500 that carries an exception', () => {
    const exception = { message: 'connection refused' };
    expect(decodeCassandraState(reply({ exception }, 500))).toBe('UNKNOWN');
    expect(() => decodeCassandraState(reply({ exception: 'connection refused' }, 500))).toThrow(SidecarFault);
    expect(() => decodeCassandraState(reply([exception], 500))).toThrow('not what Icarus answers');
    expect(() => decodeCassandraState(reply('null', 500))).toThrow('not what Icarus answers');
    expect(() => decodeCassandraState(reply({ exception }, 503))).toThrow('not what Icarus answers');
    expect(() => decodeCassandraState(reply({ exception }))).toThrow('the state of the node is unknown');
    expect(decodeCassandraState(reply({ nodeState: 'DRAINED', exception }))).toBe('DRAINED');
  });

  test.each(['null', '"NORMAL"', '["NORMAL"]'])('is not told by the body %s', (body) => {
    expect(() => decodeCassandraState(reply(body))).toThrow('the state of the node is unknown');
  });
});

describe('the version of Cassandra', () => {
  test.each<[object, string]>([
    [{ major: 0, minor: 0, patch: 0 }, '0.0.0'],
    [{ major: 9_999, minor: 9_999, patch: 9_999 }, '9999.9999.9999'],
    [{ major: 4, minor: 1, patch: 0, dsePatch: null, preReleases: null }, '4.1.0'],
    [{ major: 4, minor: 1, patch: 0, preReleases: [] }, '4.1.0'],
    [{ major: 4, minor: 1, patch: 0, preReleases: '' }, '4.1.0'],
    [{ major: 4, minor: 1, patch: 0, preReleases: 'rc1' }, '4.1.0-prerelease'],
    [{ major: 6, minor: 8, patch: 0, dsePatch: 0 }, '6.8.0-dse'],
    [{ major: 6, minor: 8, patch: 0, dsePatch: 1, preReleases: ['a'] }, '6.8.0-dse-prerelease'],
  ])('%j is %s', (body, version) => {
    expect(decodeVersion(reply(body))).toBe(version);
  });

  test.each<[unknown, string]>([
    [[5, 0, 6], 'the version is not an object'],
    [null, 'the version is not an object'],
    [{ major: 10_000, minor: 0, patch: 0 }, 'the version is not made of numbers'],
    [{ major: 5, minor: -1, patch: 0 }, 'the version is not made of numbers'],
    [{ major: 5, minor: 0, patch: 0.5 }, 'the version is not made of numbers'],
    [{ major: 5, minor: 0, patch: '6' }, 'the version is not made of numbers'],
  ])('%j is none', (body, why) => {
    expect(() => decodeVersion(reply(JSON.stringify(body)))).toThrow(why);
  });
});
