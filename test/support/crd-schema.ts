// What the API server would say of a status: its schema in crds/, applied. Unknown fields are complaints as well, for
// the API server would drop them without a word.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function statusSchema(): Schema {
  const crd = parse(readFileSync(join(import.meta.dirname, '../../crds/cassandracleanup.yaml'), 'utf8'));
  return crd.spec.versions[0].schema.openAPIV3Schema.properties.status;
}

const schema = statusSchema();

/** Why the API server would refuse, or cut, this status: nothing where it fits. */
export function complaintsAbout(status: unknown): string[] {
  return complaints(status, schema, 'status');
}

function complaints(value: unknown, rule: Schema, path: string): string[] {
  if (Array.isArray(value)) return [...arrayComplaints(value, rule, path)];
  if (typeof value === 'object' && value !== null) return objectComplaints(value, rule, path);
  const wrong = typeof value === 'string' ? textComplaints(value, rule) : numberComplaints(value, rule);
  if (rule.enum !== undefined && !rule.enum.includes(value)) wrong.push('is none of the enum');
  return wrong.map((complaint) => `${path} ${complaint}: ${String(value)}`);
}

function arrayComplaints(value: readonly unknown[], { type, items = {}, maxItems = Infinity }: Schema, path: string) {
  const wrong = type !== 'array' || value.length > maxItems ? [`${path} is a list, or too long a list`] : [];
  return [...wrong, ...value.flatMap((item, index) => complaints(item, items, `${path}[${index}]`))];
}

function objectComplaints(value: object, { properties = {}, required = [] }: Schema, path: string): string[] {
  const missing = required.filter((key) => !Object.hasOwn(value, key)).map((key) => `${path} lacks ${key}`);
  const inside = Object.entries(value).flatMap(([key, one]) => {
    const rule = properties[key];
    return rule === undefined ? [`${path}.${key} is unknown`] : complaints(one, rule, `${path}.${key}`);
  });
  return [...missing, ...inside];
}

function textComplaints(value: string, rule: Schema): string[] {
  const { length } = [...value];
  return [
    ...(rule.type === 'string' ? [] : ['is a text']),
    ...(length > (rule.maxLength ?? Infinity) || length < (rule.minLength ?? 0) ? ['has a wrong length'] : []),
    ...(rule.pattern !== undefined && !new RegExp(rule.pattern).test(value) ? ['does not match'] : []),
    ...(rule.format === 'date-time' && !RFC3339.test(value) ? ['is no time'] : []),
  ];
}

function numberComplaints(value: unknown, rule: Schema): string[] {
  if (typeof value !== 'number') return typeof value === rule.type ? [] : [`is a ${typeof value}`];
  const fits = value >= (rule.minimum ?? -Infinity) && value <= (rule.maximum ?? Infinity);
  const isKind = rule.type === 'number' || (rule.type === 'integer' && Number.isInteger(value));
  return fits && isKind ? [] : ['is out of range'];
}
