// Turns the schemas of CustomResourceDefinitions into docs/api.md: every field with its type, default, bounds and
// description, every rule, every column. A pure function of the CRDs; reads and writes no file.
import { isDeepStrictEqual } from 'node:util';
import type { Schema } from './types-from-crd.ts';

/** What a reader wants to know of a schema, beside what the types are made of. */
interface Field extends Schema {
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: Field;
  readonly items?: Field;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string; readonly fieldPath?: string }[];
}

interface Column {
  readonly name: string;
  readonly description: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

interface Version {
  readonly name: string;
  readonly storage: boolean;
  readonly additionalPrinterColumns?: readonly Column[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly schema: { readonly openAPIV3Schema: Field };
}

/** The part of a CustomResourceDefinition that the reference shows. */
export interface DocumentedCrd {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly Version[];
  };
}

const header = `<!-- Generated from crds/ by \`npm run generate\`: do not edit. -->

# API reference

What the API server knows of each field, as \`kubectl explain\` shows it too. How to use them is in [using.md](using.md).
`;

/** The source of docs/api.md for these CRDs. */
export function apiReference(crds: readonly DocumentedCrd[]): string {
  return `${header}${crds.map(kindSection).join('')}`;
}

function kindSection({ spec: { group, scope, names, versions } }: DocumentedCrd): string {
  const version = versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${names.kind}: the CRD has no storage version`);
  const { openAPIV3Schema: root } = version.schema;
  const short = (names.shortNames ?? []).map((name) => `\`${name}\``).join(', ');
  const facts = [
    `- \`apiVersion: ${group}/${version.name}\`, \`kind: ${names.kind}\``,
    `- ${scope}; \`${names.plural}\`${short === '' ? '' : `, in short ${short}`}`,
    `- field selectors: ${(version.selectableFields ?? []).map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ')}`,
  ];
  const seen: Seen = [];
  const parts = (['spec', 'status'] as const).flatMap((path) => {
    const field = root.properties?.[path];
    return field === undefined ? [] : objectSections(path, field, seen);
  });
  const columns = columnTable(version.additionalPrinterColumns ?? []);
  return `\n## ${names.kind}\n\n${root.description ?? ''}\n\n${facts.join('\n')}\n${parts.join('')}${columns}`;
}

/** Objects that have a section, so that an equal one refers to it. */
type Seen = { path: string; field: Field }[];

/** A section for an object, and one for each object in it, in the order of the fields. */
function objectSections(path: string, field: Field, seen: Seen): string[] {
  const { properties = {}, required = [], description = '' } = field;
  seen.push({ path, field });
  const names = Object.keys(properties);
  const rows = names.map((name) => rowOf(`${path}.${name}`, properties[name] ?? {}, required.includes(name)));
  const rules = (field['x-kubernetes-validations'] ?? []).map(
    ({ fieldPath = '', message }) => `- \`${path}${fieldPath}\` ${message}\n`,
  );
  const own = `\n### \`${path}\`\n\n${description}\n\n| field | type | default | meaning |\n|---|---|---|---|\n${rows.join('')}`;
  const held = rules.length === 0 ? '' : `\nThe API server refuses what breaks these rules:\n\n${rules.join('')}`;
  const inner = names.flatMap((name) => innerSections(`${path}.${name}`, properties[name] ?? {}, seen));
  return [own + held, ...inner];
}

function innerSections(path: string, field: Field, seen: Seen): string[] {
  const [place, object] = field.items?.properties === undefined ? [path, field] : [`${path}[]`, field.items];
  if (object.properties === undefined) return [];
  const twin = seen.find((one) => isDeepStrictEqual(shapeOf(one.field), shapeOf(object)));
  if (twin === undefined) return objectSections(place, object, seen);
  return [`\n### \`${place}\`\n\n${object.description ?? ''}\n\nIts fields and rules are those of \`${twin.path}\`.\n`];
}

function shapeOf({ description: _description, ...shape }: Field): Field {
  return shape;
}

function rowOf(path: string, field: Field, isRequired: boolean): string {
  const name = path.split('.').at(-1) ?? path;
  const preset = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
  const bounds = boundsOf(field);
  const meaning = `${field.description ?? ''}${bounds === '' ? '' : ` *${bounds}.*`}`;
  const cells = [`\`${name}\``, typeOf(field), isRequired ? 'required' : preset, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').trim()).join(' | ')} |\n`;
}

function typeOf(field: Field): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.items !== undefined) return `list of ${plural(typeOf(field.items))}`;
  if (field.additionalProperties !== undefined) return `map of ${plural(typeOf(field.additionalProperties))}`;
  if (field.format === 'date-time') return 'time';
  return field.type ?? 'any';
}

function plural(type: string): string {
  return type.startsWith('`') ? type : `${type}s`;
}

/** What the API server allows, in a few words; the bounds of a list's items after its own. */
function boundsOf(field: Field): string {
  const own = [
    range(field.minimum, field.maximum, ''),
    range(field.minLength, field.maxLength, ' characters'),
    range(field.minItems, field.maxItems, ' items'),
    range(undefined, field.maxProperties, ' entries'),
    field.pattern === undefined ? '' : `\`${field.pattern}\``,
  ];
  const inner = field.items?.properties === undefined ? (field.items ?? field.additionalProperties) : undefined;
  const each = inner === undefined ? '' : boundsOf(inner);
  return [...own, each === '' ? '' : `each ${each}`].filter((text) => text !== '').join('; ');
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  const number = (value: number) => value.toLocaleString('en');
  if (min !== undefined && max !== undefined) return `${number(min)} to ${number(max)}${unit}`;
  if (max !== undefined) return `at most ${number(max)}${unit}`;
  return min === undefined ? '' : `at least ${number(min)}${unit}`;
}

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map(
    ({ name, jsonPath, description, priority = 0 }) =>
      `| ${name.toUpperCase()} | ${priority === 0 ? 'always' : '`-o wide`'} | \`${jsonPath}\` | ${description} |\n`,
  );
  return `\n### Columns of \`kubectl get\`\n\n| column | shown | from | meaning |\n|---|---|---|---|\n${rows.join('')}`;
}
