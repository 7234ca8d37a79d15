// Fuzzing of what Sidecars say, through the real decoders and over real HTTP: nothing but SidecarFault comes out, nothing gets past
// its bounds, and no message holds a word of an answer. FUZZ=100 runs a hundred times as long (fuzzing.ts).
import { globSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SidecarFault } from '../../src/controller/errors.ts';
import type { SubmitResult } from '../../src/controller/ports.ts';
import type { Operation } from '../../src/core/model.ts';
import { whole } from '../../src/icarus/answer.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { JsonList, NoList } from '../../src/icarus/json-list.ts';
import { judgeSubmission } from '../../src/icarus/submission.ts';
import { decodeCassandraState, decodeOperationAnswer, decodeVersion } from '../../src/icarus/wire.ts';
import { readExchanges } from '../support/recordings.ts';
import { decodeList } from '../support/sidecar-answers.ts';
import { CLEANUP, UNKNOWN_ID } from '../support/sidecar-rig.ts';
import { aPath, aSlip, patience, replaced, runs, slipped } from './fuzzing.ts';

const files = globSync('*-*.json', { cwd: join(import.meta.dirname, '../support/recordings') });
const recorded = files
  .flatMap((file) => readExchanges(basename(file, '.json')))
  .map(({ answer }) => answer)
  .filter(({ body }) => body !== '');
const statuses = fc.constantFrom(200, 200, 201, 202, 307, 400, 404, 422, 500, 503);
const CALL = 'GET http://10.0.0.7:4567/x';
const SAID = /^(?:GET|POST) http:\/\/[\d.:]+\/[\w/?=&%-]*(?: answered HTTP \d{3}|: )/;
const NO_QUOTE = /^[\w ,'.:/()?=&%-]*$/;

const decoders = {
  list: decodeList,
  operation: whole((reply) => decodeOperationAnswer(reply, UNKNOWN_ID)),
  state: whole(decodeCassandraState),
  version: whole(decodeVersion),
};

/** Puts a body through every decoder. */
function decodeAll(body: Buffer, status: number): void {
  const head = { call: CALL, status };
  check(() => decodeList({ ...head, body }));
  for (const read of [decoders.operation, decoders.state, decoders.version]) {
    const reader = read(head);
    reader.take(body);
    check(() => reader.end());
  }
  checkSubmission(judgeSubmission({ ...head, body }, CLEANUP));
}

function check(decode: () => unknown): void {
  try {
    for (const read of [decode()].flat()) checkOperation(read);
  } catch (error) {
    checkFault(error);
  }
}

function checkFault(error: unknown): void {
  if (!(error instanceof SidecarFault)) throw error;
  expect(error.message).toMatch(SAID);
  expect(error.message).toMatch(NO_QUOTE);
  expect(error.message.length).toBeLessThan(200);
}

function checkSubmission(result: SubmitResult): void {
  if (result.result === 'created') {
    checkOperation(result.operation);
    return;
  }
  // What Icarus 1.0.2 complains about is its own, shown cut to a length.
  if (result.result !== 'rejected') expect(result.message).toMatch(NO_QUOTE);
  expect(result.message.length).toBeLessThan(300);
}

function checkOperation(read: unknown): void {
  if (typeof read !== 'object' || read === null) return;
  const { id, progress = 0, failureCause, tables = [], jobs = 0, notes = [], ...rest } = read as Operation;
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(progress >= 0 && progress <= 1).toBe(true);
  expect([...(failureCause?.message ?? '')].length).toBeLessThanOrEqual(256);
  expect(tables.length).toBeLessThanOrEqual(1_024);
  expect(Math.abs(jobs)).toBeLessThanOrEqual(2 ** 31);
  expect(notes.length).toBeLessThanOrEqual(7);
  for (const text of Object.values(rest)) expect(String(text).length).toBeLessThanOrEqual(256);
}

describe('whatever a body is', () => {
  test('mutated recordings', () => {
    const world = fc.record({
      of: fc.constantFrom(...recorded),
      slips: fc.array(aSlip, { maxLength: 4 }),
      status: statuses,
    });
    fc.assert(
      fc.property(world, ({ of, slips, status }) => decodeAll(slipped(Buffer.from(of.body), slips), status)),
      runs(1_500),
    );
  });

  test('recordings with any JSON value in any place, alone and in a list', () => {
    const documents = recorded.flatMap(({ body }) => (/^[[{]/.test(body) ? [JSON.parse(body) as unknown] : []));
    const changes = fc.array(fc.tuple(aPath, fc.jsonValue()), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...documents), changes, statuses, (document, all, status) => {
        const changed = all.reduce((one, [path, value]) => replaced(one, path, value), document);
        for (const body of [changed, [changed]]) decodeAll(Buffer.from(JSON.stringify(body)), status);
      }),
      runs(1_500),
    );
  });

  test('any bytes, and any JSON', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(Buffer.from),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(fc.property(bodies, statuses, decodeAll), runs(1_000));
  });
});

describe('a list in pieces', () => {
  const text = fc.oneof(
    fc.array(fc.jsonValue(), { maxLength: 5 }).map((value) => JSON.stringify(value)),
    fc.array(fc.jsonValue(), { maxLength: 4 }).map((value) => JSON.stringify(value, null, 2)),
    fc.json(),
    fc
      .array(fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', ' ', '1', 'null', ':', '"a"', '\uFEFF', 'é'), {
        maxLength: 14,
      })
      .map((parts) => parts.join('')),
  );
  const bodies = fc
    .tuple(text, fc.array(aSlip, { maxLength: 2 }))
    .map(([one, slips]) => slipped(Buffer.from(one), slips));

  function parsed(body: Buffer): unknown[] | undefined {
    try {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
      return Array.isArray(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  function inPieces(body: Buffer, cuts: readonly number[]): unknown[] | undefined {
    const entries: unknown[] = [];
    const list = new JsonList((entry) => entries.push(entry));
    const places = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].sort((a, b) => a - b);
    try {
      for (const [index, place] of [...places, body.length].entries())
        list.take(body.subarray(places[index - 1] ?? 0, place));
      list.end();
      return entries;
    } catch (error) {
      if (error instanceof NoList) return undefined;
      throw error;
    }
  }

  test('is what JSON.parse makes of the whole, wherever it was cut', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat({ max: 400 }), { maxLength: 6 }), (body, cuts) => {
        expect(inPieces(body, cuts)).toEqual(parsed(body));
      }),
      // A byte order mark is no blank in JSON, though it is one for String.trim().
      { ...runs(4_000), examples: [[Buffer.from('[\ufeff]'), []]] },
    );
  });
});

describe('any bytes over HTTP', () => {
  const client = createSidecarClient({ callMs: 200, connectMs: 200, answerBytes: 10_000, listBytes: 20_000 });
  let server: Server;
  let answer: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.18', resolve));
  });

  afterAll(() => void server.close());

  const heads = fc.constantFrom(
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n',
    'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9999999\r\n\r\n',
    'HTTP/1.0 503 x\r\nRetry-After: \u0007soon\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    '',
  );

  test(
    'end every call in time, with an answer or a fault',
    async () => {
      const target = { uid: 'u', ip: '127.0.0.18', port: (server.address() as { port: number }).port };
      const signal = new AbortController().signal;
      const rest = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
        fc.constantFrom(...recorded).map(({ body }) => Buffer.from(body)),
      );
      const answers = fc.tuple(heads, rest, fc.array(aSlip, { maxLength: 3 }));
      const property = fc.asyncProperty(answers, async ([head, body, slips]) => {
        answer = slipped(Buffer.concat([Buffer.from(head), body]), slips);
        const reads = [
          client.list(target, 'cleanup'),
          client.operation(target, UNKNOWN_ID),
          client.cassandra(target),
          client.version(target),
        ];
        for (const end of await Promise.allSettled(reads)) if (end.status === 'rejected') checkFault(end.reason);
        checkSubmission(await client.submit(target, CLEANUP, () => undefined, signal));
      });
      await fc.assert(property, runs(150));
    },
    patience(60_000),
  );
});
