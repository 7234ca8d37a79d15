// docs/api.md is made from crds/ (the gate compares it): here, that the reference leaves nothing out and says what holds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { apiReference } from '../src/tools/api-reference.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

const crd = parse(readFileSync(join(import.meta.dirname, '..', 'crds', 'cassandracleanup.yaml'), 'utf8'));
const { spec, status }: Record<string, Schema> = crd.spec.versions[0].schema.openAPIV3Schema.properties;

/** The path and description of every field below a schema. */
function fieldsOf(schema: Schema, path: string): [path: string, description: string][] {
  const inner = schema.properties === undefined && schema.items !== undefined ? schema.items : schema;
  const base = inner === schema ? path : `${path}[]`;
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => [
    [`${base}.${name}`, field.description ?? ''],
    ...fieldsOf(field, `${base}.${name}`),
  ]);
}

/** The rows of the reference, by the heading they stand under. */
function rowsOf(page: string): Map<string, string> {
  const rows = new Map<string, string>();
  let heading = '';
  for (const line of page.split('\n')) {
    heading = /^### `([^`]+)`/.exec(line)?.[1] ?? heading;
    const field = /^\| `([^`]+)` \|/.exec(line)?.[1];
    if (field !== undefined) rows.set(`${heading}.${field}`, line);
  }
  return rows;
}

const page = apiReference([crd]);

test('has a row for every field of spec and status, with its whole description', () => {
  const rows = rowsOf(page);
  const twins = /^### `spec.clusterSelector`[\s\S]*?those of `spec.podSelector`/m;
  expect(page).toMatch(twins);
  const fields = [...fieldsOf(spec ?? {}, 'spec'), ...fieldsOf(status ?? {}, 'status')].filter(
    ([path]) => !path.startsWith('spec.clusterSelector.'),
  );
  expect(fields.length).toBeGreaterThan(50);
  expect(fields.filter(([path, text]) => text === '' || !rows.get(path)?.includes(text))).toEqual([]);
});

test('is about every field that a description could teach: none is without one', () => {
  const undescribed = [...fieldsOf(spec ?? {}, 'spec'), ...fieldsOf(status ?? {}, 'status')].filter(
    ([, text]) => text.trim() === '',
  );
  expect(undescribed).toEqual([]);
});

describe('of a field it says', () => {
  const made = (field: object, more: object = {}) =>
    apiReference([
      {
        spec: {
          group: 'g',
          scope: 'Namespaced',
          names: { kind: 'Kind', plural: 'kinds' },
          versions: [
            {
              name: 'v1',
              storage: true,
              schema: { openAPIV3Schema: { properties: { spec: { properties: { field }, ...more } } } },
            },
          ],
        },
      },
    ]);

  test.each<[string, object, string]>([
    ['its bounds', { type: 'integer', minimum: 1, maximum: 2000 }, '| `field` | integer |  | *1 to 2,000.* |'],
    ['one bound alone', { type: 'string', maxLength: 9 }, '| `field` | string |  | *at most 9 characters.* |'],
    ['its default', { type: 'boolean', default: false }, '| `field` | boolean | `false` |  |'],
    ['its values', { type: 'string', enum: ['A', 'B'] }, '| `field` | `A`, `B` |  |  |'],
    ['a pattern with a bar', { type: 'string', pattern: '^a|b$' }, '| `field` | string |  | *`^a\\|b$`.* |'],
    [
      'what a list holds',
      { type: 'array', maxItems: 3, items: { type: 'string', minLength: 1 } },
      '| `field` | list of strings |  | *at most 3 items; each at least 1 characters.* |',
    ],
    ['what a map holds', { type: 'object', additionalProperties: { type: 'string' } }, '| `field` | map of strings |'],
  ])('%s', (_what, field, row) => expect(made(field)).toContain(row));

  test('that it is required, and the rules on it', () => {
    const rules = [{ message: 'must be odd', fieldPath: '.field' }];
    const text = made({ type: 'integer' }, { required: ['field'], 'x-kubernetes-validations': rules });
    expect(text).toContain('| `field` | integer | required |');
    expect(text).toContain('- `spec.field` must be odd');
  });
});
