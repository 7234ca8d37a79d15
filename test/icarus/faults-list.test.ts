// The Sidecar at its worst: every line of the list of faults (docs/reliability.md), once: what the client makes of a read and of
// the POST, how long that takes at most, and the tests that hold it. Only that those tests exist is checked here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

// A read is answered, or it fails as `unreachable` (no answer) or `invalid` (an answer that is not Icarus'). A POST is created,
// `refused` (surely not created), `notSent` (surely not delivered) or `unknown` (never sent again from here); `-` = nothing of a POST. Times: `connect` = 3 s,
// `deadline` = 10 s, both in all; `turn` = 3 s from the moment in which a large answer may be read.
const TABLE = `
  refused                             | unreachable | notSent | at once  | faults: on a refused connection; submit: when the connection is refused
  black hole that never accepts       | unreachable | notSent | connect  | faults: is given up after the connect time-out; faults: is surely not sent, for a POST
  black hole that accepts             | unreachable | unknown | deadline | faults: name: 'silence'; submit: 'silence'; e2e: that never answers
  5xx                                 | invalid     | unknown | at once  | faults: name: 'status 500'; faults: name: 'status 503'; submit: [503, answer(503)
  5xx with Retry-After, 4xx           | invalid     | refused | at once  | faults: name: 'status 401'; submit: '503 with Retry-After'
  the false 500                       | unknown id  | unknown | at once  | worst: the false 500 is an unknown id; wire: an unknown id is null
  slow drip                           | unreachable | unknown | deadline | worst: does not stretch the total deadline; faults: name: 'a slow drip; submit: 'a slow drip'
  headers, then nothing               | unreachable | unknown | deadline | faults: name: 'headers, then nothing'
  headers without end                 | invalid     | unknown | deadline | worst: headers that go on for ever; worst: interim answers for ever
  truncated JSON                      | invalid     | unknown | at once  | faults: name: 'truncated JSON'; submit: '201, cut off'; worst: a list is never taken for whole
  200 MB                              | invalid     | unknown | turn     | faults: name: '200 MB'; submit: '201 and a bomb'; memory: 200 MB, announced or not
  gzip bomb                           | invalid     | unknown | at once  | faults: name: 'a gzip bomb'; memory: gzip bombs of 200 MB
  8 MiB that are a hundred when parsed | invalid    | -       | at once  | memory: lists of 8 MiB that would be a hundred when parsed
  many large answers at once          | unreachable | unknown | deadline | client: all answers together stay under a limit; worst: that stand still delay no small one
  redirects                           | invalid     | unknown | at once  | worst: the other host sees nothing
  HTML                                | invalid     | unknown | at once  | faults: name: 'HTML'; submit: '201 and HTML'
  not HTTP                            | invalid     | unknown | at once  | faults: something that is not HTTP; submit: 'no HTTP at all'
  an id that is none                  | invalid     | unknown | at once  | wire: an id that is none; submit: '201 and no id'
  an id of another operation          | invalid     | -       | at once  | faults: on an answer about another operation
  another operation than was asked    | -           | unknown | at once  | submit: 201 with an echo of another
  unknown state                       | invalid     | unknown | at once  | wire: an unknown state; submit: 201 and an unknown state
  progress NaN, "0.5" or 2            | answered    | created | at once  | fields: progress %j becomes; fields: progress %j is fine
  times in the future, unusable times | answered    | created | at once  | fields: '2999-12-31T23:59:59Z'; fields: the time %j is dropped
  __proto__ and constructor           | invalid     | unknown | at once  | wire: and inherited names mean nothing; wire: a state from the prototype
  anything else that can be said      | invalid     | unknown | at once  | fuzz: mutated recordings; fuzz: any bytes over HTTP
  restart at every point              | invalid     | unknown | at once  | worst: that dies at every point of its answer; submit: a reset after it was carried out; sim: no invariant breaks
  pool full                           | answered    | created | at once  | worst: a full pool
  a list with 10,000 entries          | answered    | -       | turn     | worst: a list with 10,000 entries; memory: lists of 10,000 operations
  a list with more than 20,000        | invalid     | -       | turn     | worst: one with more than 20,000
  a POST delivered after we gave up   | -           | unknown | deadline | submit: a Sidecar that was frozen carries it out later; submit: the connection is reset, not closed; e2e: gets no second one
`;

const FILES: Readonly<Record<string, string>> = {
  client: 'icarus/client',
  e2e: 'e2e/bad-sidecars',
  faults: 'icarus/client-faults',
  fields: 'icarus/wire-fields',
  fuzz: 'fuzz/wire',
  memory: 'icarus/memory',
  sim: 'proof/simulation',
  submit: 'icarus/submit',
  wire: 'icarus/wire',
  worst: 'icarus/client-worst',
};

const LINES = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

function textOf(file: string): string {
  return readFileSync(join(import.meta.dirname, '..', `${FILES[file]}.test.ts`), 'utf8');
}

describe.each(LINES)('%s: a read is %s, a POST %s, %s', (...[, , , , held = '']) => {
  test.each(held.split('; '))('%s', (entry) => {
    const [file = '', ...title] = entry.split(': ');
    expect(textOf(file)).toContain(title.join(': '));
  });
});

test('every line stands once', () => {
  expect(new Set(LINES.map(([fault]) => fault)).size).toBe(LINES.length);
});
