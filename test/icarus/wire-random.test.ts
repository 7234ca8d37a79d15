// Whatever comes from a Sidecar: nothing gets past the bounds, and nothing but a fault of the Sidecar is thrown.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SidecarFault } from '../../src/controller/errors.ts';
import type { Operation } from '../../src/core/model.ts';
import type { Reply } from '../../src/icarus/answer.ts';
import { boundText } from '../../src/icarus/bounded-text.ts';
import { decodeCassandraState, decodeOperationAnswer, decodeVersion } from '../../src/icarus/wire.ts';
import { decodeList, document, ID, reply } from '../support/sidecar-answers.ts';

describe('whatever comes', () => {
  const decoders = [
    decodeList,
    decodeVersion,
    decodeCassandraState,
    (answer: Reply) => decodeOperationAnswer(answer, ID),
  ] as const;
  const fields = fc.constantFrom(
    'id',
    'type',
    'state',
    'progress',
    'errors',
    'failureCause',
    'tables',
    'jobs',
    'creationTime',
  );
  const bodies = fc.oneof(
    fc.json(),
    fc.string(),
    fc.tuple(fields, fc.jsonValue()).map(([name, value]) => JSON.stringify([document({ [name]: value })])),
    fc.tuple(fields, fc.jsonValue()).map(([name, value]) => JSON.stringify(document({ [name]: value }))),
  );

  test('nothing but SidecarFault of kind invalid is thrown, and what is read is within its bounds', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom(200, 201, 404, 500, 503), (body, status) => {
        for (const decode of decoders) checkDecoded(() => decode(reply(body, status)));
      }),
      { numRuns: 2_000 },
    );
  });

  function checkDecoded(decode: () => unknown): void {
    try {
      for (const read of [decode()].flat()) checkBounds(read);
    } catch (error) {
      expect(error).toBeInstanceOf(SidecarFault);
      expect((error as SidecarFault).kind).toBe('invalid');
    }
  }

  function checkBounds(read: unknown): void {
    if (typeof read !== 'object' || read === null) return;
    const { progress = 0, failureCause } = read as Operation;
    expect(progress >= 0 && progress <= 1).toBe(true);
    expect([...(failureCause?.message ?? '')].length).toBeLessThanOrEqual(256);
    expect([...(failureCause?.source ?? '')].length).toBeLessThanOrEqual(253);
  }

  test('a bounded text is one line and no longer than its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const bounded = boundText(text, limit);
        expect([...bounded].length).toBeLessThanOrEqual(limit);
        expect(bounded).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(boundText('word', 4)).toBe('word');
    expect(boundText('words', 4)).toBe('wor…');
    expect(boundText(`${' '.repeat(1_000)}late`, 10)).toBe('…');
  });
});
