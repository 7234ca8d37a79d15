// What kubectl says to manifests that the CRD refuses: the rules of crds/ on a real API server, in its words.
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { manifest, specWith } from '../support/manifests.ts';

let plane: SharedControlPlane;
let namespace: string;
beforeAll(async () => {
  plane = sharedControlPlane();
  namespace = await plane.createNamespace('crd-invalid');
});

/** What kubectl apply complains of; what the API server could not check for that is left out. */
async function refusal(spec: unknown): Promise<string> {
  const { stderr, code } = await plane.kubectl(['apply', '-f', '-'], { input: manifest(namespace, 'bad', spec) });
  expect(code).toBe(1);
  const lines = stderr.trim().split('\n');
  return lines
    .filter((line) => !line.includes('some validation rules were not checked'))
    .map((line) => line.replace(/^The CassandraCleanup "bad" is invalid: ?/, '').replace(/^\* /, ''))
    .filter((line) => line !== '')
    .join('\n');
}

const emptySelector =
  'Invalid value: must name at least one label in matchLabels or one requirement in matchExpressions; ' +
  'an empty selector would select every Pod of the namespace';
const valuesRule =
  'spec.podSelector.matchExpressions[0].values: Invalid value: must not be empty with the operators In and NotIn, ' +
  'and must be empty with Exists and DoesNotExist';
const noSystem = 'must not be a local system keyspace; those hold nothing to clean up';
const word = "in body should match '^[A-Za-z0-9_]+$'";
const labelKey = "'^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'";
const unknownField = (field: string): string =>
  'Error from server (BadRequest): error when creating "STDIN": CassandraCleanup in version "v1alpha1" cannot be ' +
  `handled as a CassandraCleanup: strict decoding error: unknown field "${field}"`;
const requirement = (...matchExpressions: unknown[]) => ({ podSelector: { matchExpressions } });
const bounds = (field: string, value: number, bound: string): string =>
  `spec.${field}: Invalid value: ${value}: spec.${field} in body should be ${bound}`;

describe('the selectors', () => {
  test.each<[what: string, changes: Record<string, unknown>, message: string]>([
    ['no podSelector', { podSelector: undefined }, 'spec.podSelector: Required value'],
    ['an empty podSelector', { podSelector: {} }, `spec.podSelector: ${emptySelector}`],
    [
      'a podSelector of empty parts',
      { podSelector: { matchLabels: {}, matchExpressions: [] } },
      `spec.podSelector: ${emptySelector}`,
    ],
    ['an empty clusterSelector', { clusterSelector: {} }, `spec.clusterSelector: ${emptySelector}`],
    ['In without values', requirement({ key: 'a', operator: 'In' }), valuesRule],
    ['NotIn with no value', requirement({ key: 'a', operator: 'NotIn', values: [] }), valuesRule],
    ['Exists with values', requirement({ key: 'a', operator: 'Exists', values: ['b'] }), valuesRule],
    ['DoesNotExist with values', requirement({ key: 'a', operator: 'DoesNotExist', values: ['b'] }), valuesRule],
    [
      'an unknown operator',
      requirement({ key: 'a', operator: 'Gt' }),
      'spec.podSelector.matchExpressions[0].operator: Unsupported value: "Gt": supported values: ' +
        '"In", "NotIn", "Exists", "DoesNotExist"',
    ],
    [
      'a requirement without a key',
      requirement({ operator: 'Exists' }),
      'spec.podSelector.matchExpressions[0].key: Required value',
    ],
    [
      'a label value that is no text',
      { podSelector: { matchLabels: { a: 1 } } },
      'spec.podSelector.matchLabels.a: Invalid value: "integer": spec.podSelector.matchLabels.a in body must be of ' +
        'type string: "integer"',
    ],
    [
      'a label value that is too long',
      { podSelector: { matchLabels: { a: 'v'.repeat(64) } } },
      'spec.podSelector.matchLabels.a: Too long: may not be more than 63 bytes',
    ],
    ['a misspelt matchLabels', { podSelector: { matchLabel: {} } }, unknownField('spec.podSelector.matchLabel')],
  ])('%s', async (_what, changes, message) => {
    expect(await refusal(specWith(changes))).toBe(message);
  });
});

describe('keyspace, tables and rack', () => {
  const systemKeyspaces = ['system', 'system_schema', 'system_views', 'system_virtual_schema'];

  test.each<[what: string, changes: Record<string, unknown>, message: string]>([
    ['no keyspace', { keyspace: undefined }, 'spec.keyspace: Required value'],
    [
      'an empty keyspace',
      { keyspace: '' },
      'spec.keyspace: Invalid value: "": spec.keyspace in body should be at least 1 chars long',
    ],
    ['a long keyspace', { keyspace: 'k'.repeat(49) }, 'spec.keyspace: Too long: may not be more than 48 bytes'],
    ['a keyspace with a dash', { keyspace: 'a-b' }, `spec.keyspace: Invalid value: "a-b": spec.keyspace ${word}`],
    ['a keyspace with a table', { keyspace: 'a.b' }, `spec.keyspace: Invalid value: "a.b": spec.keyspace ${word}`],
    ...systemKeyspaces.map((keyspace): [string, Record<string, unknown>, string] => [
      `the keyspace ${keyspace}`,
      { keyspace },
      `spec.keyspace: Invalid value: "${keyspace}": ${noSystem}`,
    ]),
    [
      'an empty list of tables',
      { tables: [] },
      'spec.tables: Invalid value: 0: spec.tables in body should have at least 1 items',
    ],
    ['a table named twice', { tables: ['a', 'b', 'a'] }, 'spec.tables[2]: Duplicate value: "a"'],
    ['a table with a space', { tables: ['a b'] }, `spec.tables[0]: Invalid value: "a b": spec.tables[0] ${word}`],
    [
      'tables that are no list',
      { tables: 'items' },
      'spec.tables: Invalid value: "string": spec.tables in body must be of type array: "string"',
    ],
    [
      'a rackLabel with a space',
      { rackLabel: 'a b' },
      `spec.rackLabel: Invalid value: "a b": spec.rackLabel in body should match ${labelKey}`,
    ],
  ])('%s', async (_what, changes, message) => {
    expect(await refusal(specWith(changes))).toBe(message);
  });
});

describe('numbers and switches', () => {
  const atLeast = 'greater than or equal to';
  const atMost = 'less than or equal to';

  test.each<[field: string, value: number, bound: string]>([
    ['jobs', -1, `${atLeast} 0`],
    ['jobs', 1025, `${atMost} 1024`],
    ['parallelism', 0, `${atLeast} 1`],
    ['parallelism', 2001, `${atMost} 2000`],
    ['backoffLimitPerNode', -1, `${atLeast} 0`],
    ['backoffLimitPerNode', 101, `${atMost} 100`],
    ['maxFailedNodes', -1, `${atLeast} 0`],
    ['activeDeadlineSeconds', 0, `${atLeast} 1`],
    ['activeDeadlineSeconds', 31536001, `${atMost} 31536000`],
    ['nodeDeadlineSeconds', 0, `${atLeast} 1`],
    ['ttlSecondsAfterFinished', -1, `${atLeast} 0`],
  ])('%s: %d', async (field, value, bound) => {
    expect(await refusal(specWith({ [field]: value }))).toBe(bounds(field, value, bound));
  });

  test.each<[what: string, changes: Record<string, unknown>, message: string]>([
    [
      'a switch that is no boolean',
      { suspend: 'yes' },
      'spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string"',
    ],
    [
      'a number that is text',
      { parallelism: '3' },
      'spec.parallelism: Invalid value: "string": spec.parallelism in body must be of type integer: "string"',
    ],
    ['an unknown field', { hosts: ['a'] }, unknownField('spec.hosts')],
    ['a field of another case', { Keyspace: 'a' }, unknownField('spec.Keyspace')],
  ])('%s', async (_what, changes, message) => {
    expect(await refusal(specWith(changes))).toBe(message);
  });

  test('no spec at all', async () => {
    expect(await refusal(undefined)).toBe('spec: Required value');
  });
});
