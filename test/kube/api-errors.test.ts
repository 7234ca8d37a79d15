// What an answer of the API server means to the caller.
import { describe, expect, test } from '@jest/globals';
import { errorOf, errorWithoutAnswer } from '../../src/kube/api-errors.ts';

function refusal(status: number, message = 'no', headers = {}) {
  return errorOf({ what: 'PUT /x', status, headers, body: JSON.stringify({ kind: 'Status', message }) });
}

describe('an answer that is not 2xx is', () => {
  test.each([
    [409, 'conflict'],
    [404, 'gone'],
    [410, 'gone'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [429, 'throttled'],
    [400, 'permanent'],
    [405, 'permanent'],
    [413, 'permanent'],
    [415, 'permanent'],
    [422, 'permanent'],
    [408, 'unavailable'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [302, 'unavailable'],
  ])('%i: %s', (status, kind) => {
    expect(refusal(status)).toMatchObject({ kind, status, message: 'PUT /x: no' });
  });

  test.each([
    'etcdserver: request is too large',
    'rpc error: code = ResourceExhausted desc = x',
    'trying to send message larger than max',
  ])('permanent where a 500 says "%s"', (message) => expect(refusal(500, message).kind).toBe('permanent'));
});

test('the wait that the server asks for is passed on, and bounded', () => {
  expect(refusal(429, 'no', { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
  expect(refusal(429, 'no', { 'retry-after': '86400' }).retryAfterMs).toBe(300_000);
  expect(refusal(429, 'no', { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined();
});

test('a text that is no Status is not shown', () => {
  const error = errorOf({ what: 'GET /x', status: 502, headers: {}, body: '<html>secret</html>' });
  expect(error.message).toBe('GET /x: HTTP 502');
  expect(errorOf({ what: 'GET /x', status: 502, headers: {}, body: '{"message":7}' }).message).toBe('GET /x: HTTP 502');
});

test('messages are cut, and hold no control characters', () => {
  expect(refusal(422, `a\n\u0000${'b'.repeat(5_000)}`).message).toHaveLength(1_024);
  expect(refusal(422, 'a\nb').message).toBe('PUT /x: a b');
});

test('no answer is "unavailable" with status 0', () => {
  expect(errorWithoutAnswer('GET /x', new Error('ECONNREFUSED'))).toMatchObject({
    kind: 'unavailable',
    status: 0,
    message: 'GET /x: no answer: ECONNREFUSED',
  });
});
