// Decoding what Sidecars say: real recordings whole, and what cannot be used at all.
import { describe, expect, test } from '@jest/globals';
import { SidecarFault } from '../../src/controller/errors.ts';
import type { Operation } from '../../src/core/model.ts';
import { field } from '../../src/icarus/json.ts';
import { decodeCassandraState, decodeOperationAnswer, decodeVersion, readOperation } from '../../src/icarus/wire.ts';
import { readExchanges, readRecordings } from '../support/recordings.ts';
import { decodeList, document, ID, reply } from '../support/sidecar-answers.ts';

describe('what real Sidecars said', () => {
  const FILES = [
    'post-variants',
    'get-by-id',
    'list-filters',
    'http-methods-and-paths',
    'older-icarus-1.0.2-failureCause',
    'twelve-slow-cleanups-cassandra-4.1.10',
    'cassandra-killed-in-cleanup-cassandra-5.0.6',
  ];

  test.each(FILES)('every operation in %s is understood, and nothing has to be cut', (file) => {
    const bodies = readExchanges(file).filter(({ answer, path, method }) => {
      return path.startsWith('/operations') && answer.status < 300 && answer.body !== '' && method !== 'HEAD';
    });
    expect(bodies.length).toBeGreaterThan(0);
    for (const { answer } of bodies) {
      const documents = [JSON.parse(answer.body) as Record<string, unknown>].flat();
      for (const one of documents) {
        const read = readOperation(one);
        expect(read).toMatchObject({
          id: one['id'],
          state: one['state'],
          type: one['type'],
          creationTime: one['creationTime'],
        });
        const nameless = Array.isArray(one['tables']) && one['tables'].includes(null);
        if (!nameless) expect((read as Operation).notes).toBeUndefined();
      }
    }
  });

  test('a whole document of Icarus 3 comes through as it is', () => {
    const [completed] = readExchanges('get-by-id');
    expect(decodeOperationAnswer(reply(completed?.answer.body), ID)).toEqual({
      id: ID,
      type: 'cleanup',
      state: 'COMPLETED',
      progress: 1,
      creationTime: '2026-11-24T15:38:06.041037954Z',
      startTime: '2026-11-24T15:38:06.041161093Z',
      completionTime: '2026-11-24T15:38:07.059276349Z',
      keyspace: 'shop',
      tables: ['orders'],
      jobs: 2,
    });
  });

  test('errors of Icarus 3 and the failureCause of Icarus 1.0.2 say the same', () => {
    const three = readExchanges('get-by-id').find(({ name }) => name === 'GET failed');
    const one = readExchanges('older-icarus-1.0.2-failureCause')
      .filter(({ name }) => name === 'unknown keyspace: GET')
      .at(-1);
    const message = 'Keyspace nope does not exist';
    expect(decodeOperationAnswer(reply(three?.answer.body), '31c36ad2-719d-4d9d-9988-42872b5c151f')).toMatchObject({
      failureCause: { message, source: 'vm' },
    });
    expect(decodeOperationAnswer(reply(one?.answer.body), '509dbdd1-929d-4314-9449-b54713aa2a67')).toMatchObject({
      failureCause: { message },
    });
  });

  test('an unknown id is null: the false 500, word for word, and a true 404', () => {
    const unknown = readExchanges('get-by-id').find(({ name }) => name === 'GET unknown UUID');
    expect(decodeOperationAnswer(reply(unknown?.answer.body, unknown?.answer.status), ID)).toBeNull();
    expect(decodeOperationAnswer(reply('', 404), ID)).toBeNull();
    expect(() => decodeOperationAnswer(reply('HTTP 405 Method Not Allowed', 500), ID)).toThrow(SidecarFault);
    expect(() => decodeOperationAnswer(reply('HTTP 404 Not Found '.trimStart(), 500), ID)).toThrow(SidecarFault);
    expect(() => decodeOperationAnswer(reply('HTTP 404 Not Found', 200), ID)).toThrow(SidecarFault);
  });

  test('half-written documents are understood as far as they go', () => {
    const examples = readRecordings('half-written-documents-cassandra-4.1.10') as unknown as {
      example: { body: string };
    }[];
    const states = examples.map(({ example }) => readOperation(JSON.parse(example.body)));
    expect(states.map((read) => (read as Operation).state).sort()).toEqual([
      'COMPLETED',
      'FAILED',
      'FAILED',
      'PENDING',
      'RUNNING',
    ]);
  });

  test('the state of a node, and a JMX failure as UNKNOWN', () => {
    const down = readExchanges('cassandra-killed-in-cleanup-cassandra-5.0.6').find(({ name }) =>
      /status.*down/.test(name),
    );
    expect(decodeCassandraState(reply('{\n  "nodeState" : "NORMAL"\n}'))).toBe('NORMAL');
    expect(decodeCassandraState(reply(down?.answer.body, 500))).toBe('UNKNOWN');
    expect(() => decodeCassandraState(reply({ nodeState: 'SLEEPING' }))).toThrow(/state of the node is unknown/);
    expect(() => decodeCassandraState(reply({ nodeState: 'UNKNOWN' }))).toThrow(SidecarFault);
    expect(() => decodeCassandraState(reply({ error: 'x' }, 500))).toThrow(SidecarFault);
    expect(() => decodeCassandraState(reply({ nodeState: 'NORMAL' }, 500))).toThrow(SidecarFault);
  });

  test.each([
    [{ major: 5, minor: 0, patch: 6, dsePatch: -1 }, '5.0.6'],
    [{ major: 4, minor: 1, patch: 10 }, '4.1.10'],
    [{ major: 6, minor: 8, patch: 0, dsePatch: 25 }, '6.8.0-dse'],
    [{ major: 5, minor: 0, patch: 0, dsePatch: -1, preReleases: ['beta1'] }, '5.0.0-prerelease'],
  ])('version %j is %s', (body, version) => {
    expect(decodeVersion(reply(body))).toBe(version);
  });

  test.each([
    [{ major: '5', minor: 0, patch: 6 }],
    [{ major: 5 }],
    [[5, 0, 6]],
    ['5.0.6'],
    [{ major: 1e9, minor: 0, patch: 0 }],
  ])('version %j is none', (body) => {
    expect(() => decodeVersion(reply(body))).toThrow(SidecarFault);
  });
});

describe('what cannot be used at all', () => {
  test.each([
    ['no id', { id: undefined }],
    ['an id that is none', { id: '../../status' }],
    ['an id of 37 characters', { id: `${ID}0` }],
    ['an id with a line break', { id: `${ID}\n` }],
    ['an unknown state', { state: 'PAUSED' }],
    ['a state in lower case', { state: 'running' }],
    ['a state from the prototype', { state: 'constructor' }],
    ['no type', { type: undefined }],
    ['a type that is none', { type: 'clean up' }],
  ])('an operation with %s', (_name, change) => {
    expect(() => decodeOperationAnswer(reply(document(change)), ID)).toThrow(SidecarFault);
    expect(() => decodeList(reply([document(), document(change)]))).toThrow(SidecarFault);
  });

  test('another operation than was asked for', () => {
    expect(() => decodeOperationAnswer(reply(document()), ID.replace('d8', 'd9'))).toThrow(/another operation/);
    expect(decodeOperationAnswer(reply(document({ id: ID.toUpperCase() })), ID)).toMatchObject({ id: ID });
  });

  test.each([['{}'], ['null'], ['[null]'], ['[[]]'], ['"x"'], ['[1]'], [''], ['[{"id":'], ['<html>']])(
    'the list %s',
    (body) => {
      expect(() => decodeList(reply(body))).toThrow(SidecarFault);
    },
  );

  test('a body that is not UTF-8, and one that nests half a million deep', () => {
    expect(() => decodeList({ ...reply(''), body: Buffer.from([0x5b, 0xff, 0x5d]) })).toThrow(/not text/);
    expect(() => decodeList(reply('['.repeat(500_000) + ']'.repeat(500_000)))).toThrow(SidecarFault);
  });

  test('its message names status, length and hash, and quotes nothing', () => {
    const body = '<p>s3cret</p>';
    const fault = catchFault(() => decodeList(reply(body, 502)));
    expect(fault.message).toMatch(
      /^GET http:\/\/10.0.0.7:4567\/x answered HTTP 502: .*\(13 bytes, sha256 [0-9a-f]{12}\)$/,
    );
    expect(fault.message).not.toContain('s3cret');
  });

  test('`__proto__` and inherited names mean nothing', () => {
    const sly = `{"__proto__":{"id":"${ID}","type":"cleanup","state":"RUNNING","polluted":true},"constructor":{"prototype":{"x":1}}}`;
    expect(() => decodeOperationAnswer(reply(sly), ID)).toThrow(SidecarFault);
    const read = decodeOperationAnswer(
      reply(JSON.stringify(document()).replace('{', '{"__proto__":{"keyspace":"shop"},')),
      ID,
    );
    expect(read).not.toHaveProperty('keyspace');
    expect({}).not.toHaveProperty('polluted');
    expect(field({}, 'constructor')).toBeUndefined();
  });
});

function catchFault(action: () => unknown): SidecarFault {
  try {
    action();
  } catch (error) {
    if (error instanceof SidecarFault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
