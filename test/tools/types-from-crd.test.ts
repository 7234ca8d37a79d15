// The generator of types: what becomes of a schema, and that what CRDs have in common becomes one type.
import { describe, expect, test } from '@jest/globals';
import { type Crd, type Schema, typesFromCrds } from '../../src/tools/types-from-crd.ts';

function crd(kind: string, spec: Schema, status: Schema): Crd {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec, status } } };
  const names = { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() };
  return {
    kind: 'CustomResourceDefinition',
    spec: { group: 'example.com', names, versions: [{ name: 'v1', storage: true, schema }] },
  };
}
function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: 'object', properties, required };
}
const empty = object({ x: { type: 'string' } });
const status = object({ nodes: { type: 'array', items: object({ name: { type: 'string' } }, ['name']) } });

describe('a schema', () => {
  test.each<[what: string, field: Schema, line: string]>([
    ['text', { type: 'string' }, 'readonly a?: string;'],
    ['a number', { type: 'integer' }, 'readonly a?: number;'],
    ['a field with a default, which the API server fills in', { type: 'boolean', default: false }, 'a: boolean;'],
    ['a list', { type: 'array', items: { type: 'string' } }, 'readonly a?: readonly string[];'],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'string' } },
      'readonly a?: Readonly<Record<string, string>>;',
    ],
    ['an enum', { type: 'string', enum: ['A', 'B'] }, "export const thingSpecAs = ['A', 'B'] as const;"],
    ['a nested object', object({ b: { type: 'string' } }), 'readonly a?: ThingSpecA;'],
    ['a description', { type: 'string', description: 'What for.' }, '/** What for. */'],
    ['a bound', { type: 'string', maxLength: 7 }, 'ThingSpec: { a: 7 }'],
  ])('%s', (_what, field, line) => {
    expect(typesFromCrds([crd('Thing', object({ a: field }), empty)])).toContain(line);
  });

  test('a required field is not optional', () => {
    expect(typesFromCrds([crd('Thing', object({ a: { type: 'string' } }, ['a']), empty)])).toContain('a: string;');
  });

  test('a long description is folded', () => {
    const description = 'word '.repeat(60).trim();
    const source = typesFromCrds([crd('Thing', object({ a: { type: 'string', description } }), empty)]);
    expect(Math.max(...source.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('an unknown type stops the generator, which names the place', () => {
    expect(() => typesFromCrds([crd('Thing', object({ a: { type: 'null' } }), empty)])).toThrow('Thing spec.a');
  });
});

describe('several CRDs', () => {
  const count = (text: string, part: string): number => text.split(part).length - 1;

  test('an equal part is one type, whatever its descriptions say', () => {
    const described = object({
      nodes: { type: 'array', items: object({ name: { type: 'string', description: 'Pod' } }, ['name']) },
    });
    const source = typesFromCrds([crd('One', object({}), status), crd('Two', empty, described)]);
    expect(count(source, 'export interface NodeStatus {')).toBe(1);
    expect(source).toContain('export type TwoStatus = OneStatus;');
  });

  test('a part that differs gets a name of its own', () => {
    const other = object({ nodes: { type: 'array', items: object({ name: { type: 'string' } }) } });
    const source = typesFromCrds([crd('One', object({}), status), crd('Two', empty, other)]);
    expect(source).toContain('export interface NodeStatus {');
    expect(source).toContain('export interface TwoStatusNodes {');
  });
});
