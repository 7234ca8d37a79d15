// A list that is taken apart while it arrives: whatever is in it, and wherever its chunks end, it is what JSON.parse makes of the whole.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ListBody } from '../../src/kube/list-body.ts';

function taken(text: string, cuts: readonly number[] = []): { items: unknown[]; head: unknown } {
  const items: unknown[] = [];
  const body = new ListBody((item) => items.push(item));
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  for (const end of ends) {
    body.take(bytes.subarray(from, end));
    from = end;
  }
  return { items, head: body.end() };
}

test('any list, cut anywhere', () => {
  const list = fc.record({
    kind: fc.string({ unit: 'grapheme' }),
    items: fc.array(fc.jsonValue()),
    metadata: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant({ deep: [{ items: ['"', '\\"]', '{'] }] }))),
  });
  const written = fc.tuple(list, fc.constantFrom(0, 2), fc.array(fc.nat()));
  fc.assert(
    fc.property(written, ([value, blanks, cuts]) => {
      const plain = JSON.parse(JSON.stringify(value));
      const { items, head } = taken(JSON.stringify(value, null, blanks), cuts);
      expect(items).toEqual(plain.items);
      expect(head).toEqual({ ...plain, items: [] });
    }),
  );
});

test('items before or behind the metadata, and none at all', () => {
  const metadata = { resourceVersion: '1' };
  expect(taken('{"metadata":{"resourceVersion":"1"},"items":[{"a":1},{"b":[2]}]}').items).toEqual([
    { a: 1 },
    { b: [2] },
  ]);
  expect(taken('{"items":[{"a":1}],"metadata":{"resourceVersion":"1"}}').head).toEqual({ items: [], metadata });
  expect(taken('{"items":null,"metadata":{"resourceVersion":"1"}}')).toEqual({
    items: [],
    head: { items: null, metadata },
  });
});

test.each([
  ['nothing', ''],
  ['no JSON', '<html>'],
  ['a body that breaks off between items', '{"items":[{"a":1},'],
  ['a body that breaks off in an item', '{"items":[{"a":1'],
  ['a body that breaks off behind its items', '{"items":[{"a":1}]'],
  ['an item that is no JSON', '{"items":[{a}],"metadata":{}}'],
])('it throws for %s', (_what, text) => {
  expect(() => taken(text)).toThrow();
});

test('an item, or a head, without an end is given up before it fills the memory', () => {
  const body = (start: string) => {
    const one = new ListBody(() => {});
    one.take(Buffer.from(start));
    return one;
  };
  const megabyte = Buffer.alloc(1_048_576, 'x');
  const endless = (start: string) => {
    const one = body(start);
    for (let count = 0; count < 17; count += 1) one.take(megabyte);
  };
  expect(() => endless('{"items":["')).toThrow('an item of the list is too long');
  expect(() => endless('{"kind":"')).toThrow('the list is too long beside its items');
});
