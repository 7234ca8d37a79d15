// What `kubectl explain` teaches: the description of every field says its unit, its bounds, its default, and what happens.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Schema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  'x-kubernetes-validations'?: { fieldPath?: string; message?: string }[];
}

interface Field extends Schema {
  path: string;
  description: string;
  isRequired: boolean;
}

const crd = parse(readFileSync(join(import.meta.dirname, '..', '..', 'crds', 'cassandracleanup.yaml'), 'utf8'));
const { spec, status }: Record<'spec' | 'status', Schema> = crd.spec.versions[0].schema.openAPIV3Schema.properties;

function fieldsOf(schema: Schema, path: string): Field[] {
  const { properties = {}, required = [] } = schema.items ?? schema;
  return Object.entries(properties).flatMap(([name, field]) => {
    const here = `${path}.${name}`;
    const { description = '' } = field;
    return [{ ...field, path: here, description, isRequired: required.includes(name) }, ...fieldsOf(field, here)];
  });
}

const ofSpec = fieldsOf(spec, 'spec');
const ofStatus = fieldsOf(status, 'status');
const all = [...ofSpec, ...ofStatus];
/** The paths of fields whose description lacks something. */
const lacking = (fields: readonly Field[], isThere: (field: Field) => boolean) =>
  fields.filter((field) => !isThere(field)).map(({ path, description }) => `${path}: ${description}`);
const written = (value: number) => value.toLocaleString('en-US');
const numbers = (fields: readonly Field[]) => fields.filter(({ type }) => type === 'integer' || type === 'number');

describe('the description of every field', () => {
  test('is there, is one or more sentences', () => {
    expect(all.length).toBeGreaterThan(60);
    expect(lacking(all, ({ description }) => /^([A-Z0-9]|true = ).*\.$/s.test(description))).toEqual([]);
  });

  test('with a default says it', () => {
    const withDefault = ofSpec.filter((field) => field.default !== undefined);
    expect(withDefault.map(({ path }) => path)).toContain('spec.jobs');
    expect(lacking(withDefault, (field) => field.description.includes(`Default ${field.default}`))).toEqual([]);
  });

  test('that may be left out without one says what holds then', () => {
    const open = ofSpec.filter((field) => !field.isRequired && field.default === undefined);
    expect(lacking(open, ({ description }) => description.includes('Default: '))).toEqual([]);
  });

  test('that is bounded says its bound', () => {
    const largest = ({ maximum, maxItems, maxProperties }: Field) => maximum ?? maxItems ?? maxProperties;
    const bounded = ofSpec.filter((field) => largest(field) !== undefined);
    expect(bounded.length).toBeGreaterThan(8);
    expect(lacking(bounded, (field) => field.description.includes(written(largest(field) ?? 0)))).toEqual([]);
  });

  test('that is immutable says so, and no other does', () => {
    const rules = (spec['x-kubernetes-validations'] ?? []).map(({ fieldPath }) => `spec${fieldPath}`).sort();
    const said = all.filter(({ description }) => description.startsWith('Immutable. ')).map(({ path }) => path);
    expect(said.sort()).toEqual(rules);
  });

  test('that is a number says its unit', () => {
    const unit = /\b(nodes?|Nodes|Seconds|attempts|times|SSTables|metadata\.generation|0 to 100|0\.0 to 1\.0)\b/;
    expect(lacking(numbers(all), ({ description }) => unit.test(description))).toEqual([]);
    const seconds = all.filter(({ path }) => /Seconds/.test(path));
    expect(seconds).toHaveLength(3);
    expect(lacking(seconds, ({ description }) => description.startsWith('Seconds '))).toEqual([]);
  });

  test('that is a time says its form', () => {
    const times = all.filter(({ format }) => format === 'date-time');
    expect(times.length).toBeGreaterThan(8);
    expect(lacking(times, ({ description }) => description.includes('RFC 3339'))).toEqual([]);
  });

  test('of more than a word says what happens: none of the spec is shorter than 60 characters', () => {
    const steering = ofSpec.filter(({ path }) => path.split('.').length === 2);
    expect(lacking(steering, ({ description }) => description.length >= 60)).toEqual([]);
  });
});
