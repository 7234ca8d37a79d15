// Turns the schemas of CustomResourceDefinitions into TypeScript source: interfaces with descriptions as docstrings,
// enums as unions with their values, bounds as constants. A pure function of the CRDs; reads and writes no file.
// A sub-schema that several places or several CRDs have in common becomes one type.

/** The part of an OpenAPI v3 schema that the generator understands. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

interface CrdVersion {
  readonly name: string;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
}

/** The part of a CustomResourceDefinition that the generator reads. */
export interface Crd {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly singular: string };
    readonly versions: readonly CrdVersion[];
  };
}

/** Names for the types that are spoken of elsewhere, by property path; all others are named after kind and path. */
const chosenNames: Readonly<Record<string, string>> = {
  'spec.podSelector': 'LabelSelector',
  'spec.podSelector.matchExpressions[]': 'LabelSelectorRequirement',
  'spec.podSelector.matchExpressions[].operator': 'LabelSelectorOperator',
  'status.conditions[]': 'Condition',
  'status.conditions[].status': 'ConditionStatus',
  'status.state': 'RunState',
  'status.nodes[]': 'NodeStatus',
  'status.nodes[].state': 'NodeRunState',
  'status.nodes[].intent': 'Intent',
  'status.nodes[].operation': 'OperationStatus',
  'status.nodes[].operation.state': 'OperationState',
  'status.nodes[].operation.failureCause': 'FailureCause',
  'status.nodes[].previous': 'PreviousAttempt',
};

/** What a type that several places share is, where the description of the first place says too much. */
const chosenDescriptions: Readonly<Record<string, string>> = {
  LabelSelector: 'Which Pods are meant: those that meet matchLabels and matchExpressions, both.',
};

const limitsDescription =
  'The longest text (characters) and the longest list (items) that the API server stores, by type and field.';

interface Place {
  readonly kind: string;
  readonly path: string;
}

interface Collected {
  /** The schema of each named type, without the descriptions, as it tells equal ones from different ones. */
  readonly fingerprints: Map<string, string>;
  readonly declarations: string[];
  readonly limits: string[];
}

/**
 * The source of src/api/generated.ts for these CRDs.
 * @throws Error, naming the place, where a schema holds something that the generator does not know.
 */
export function typesFromCrds(crds: readonly Crd[]): string {
  const collected: Collected = { fingerprints: new Map(), declarations: [], limits: [] };
  for (const crd of crds) declareKind(crd, collected);
  const limits = `${docstring(limitsDescription)}export const limits = {\n${collected.limits.join('')}} as const;\n`;
  return `${header}${collected.declarations.join('\n')}\n${limits}`;
}

const header = `// Generated from crds/ by \`npm run generate\`: do not edit. \`npm run check\` fails where this file is out of date.
import type { ObjectMeta } from './meta.ts';

`;

function declareKind(crd: Crd, collected: Collected): void {
  const { group, names, versions } = crd.spec;
  const version = versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${names.kind}: the CRD has no storage version`);
  const root = version.schema.openAPIV3Schema;
  const apiVersion = `${group}/${version.name}`;
  const part = (name: 'spec' | 'status'): string => {
    const schema = root.properties?.[name];
    if (schema === undefined) throw new Error(`${names.kind}: the schema has no ${name}`);
    const type = declarePart(schema, { kind: names.kind, path: name }, collected);
    return `${docstring(schema.description, '  ')}  readonly ${name}: ${type};\n`;
  };
  const body = `${part('spec')}${part('status')}`;
  const constant = names.kind.charAt(0).toLowerCase() + names.kind.slice(1);
  collected.declarations.push(
    `${docstring(root.description)}export interface ${names.kind} {
  readonly apiVersion: '${apiVersion}';
  readonly kind: '${names.kind}';
  readonly metadata: ObjectMeta;
${body}}
`,
    `${docstring(`How the API server calls the resource ${names.kind}.`)}export const ${constant}Resource = {
  group: '${group}',
  version: '${version.name}',
  apiVersion: '${apiVersion}',
  kind: '${names.kind}',
  plural: '${names.plural}',
  singular: '${names.singular}',
} as const;
`,
  );
}

/** Spec and status have names of their own in every kind, also where the same schema was seen before. */
function declarePart(schema: Schema, place: Place, collected: Collected): string {
  const name = place.kind + pascalCase(place.path);
  const type = typeOf(schema, place, collected);
  if (type !== name) collected.declarations.push(`export type ${name} = ${type};\n`);
  return name;
}

function typeOf(schema: Schema, place: Place, collected: Collected): string {
  if (schema.enum !== undefined) return declareEnum(schema, place, collected);
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return arrayType(schema, place, collected);
    case 'object':
      return objectType(schema, place, collected);
    default:
      throw new Error(`${place.kind} ${place.path}: no TypeScript type is known for "${schema.type}"`);
  }
}

function arrayType(schema: Schema, place: Place, collected: Collected): string {
  if (schema.items === undefined) throw new Error(`${place.kind} ${place.path}: an array without items`);
  return `readonly ${typeOf(schema.items, { ...place, path: `${place.path}[]` }, collected)}[]`;
}

function objectType(schema: Schema, place: Place, collected: Collected): string {
  if (schema.properties !== undefined) return declareInterface(schema, place, collected);
  if (schema.additionalProperties === undefined)
    throw new Error(`${place.kind} ${place.path}: an object without fields`);
  const value = typeOf(schema.additionalProperties, { ...place, path: `${place.path}{}` }, collected);
  return `Readonly<Record<string, ${value}>>`;
}

function declareInterface(schema: Schema, place: Place, collected: Collected): string {
  const [name, isNew] = claimName(schema, place, collected);
  if (!isNew) return name;
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const always = schema.required?.includes(key) === true || field.default !== undefined;
    const type = typeOf(field, { ...place, path: `${place.path}.${key}` }, collected);
    return `${docstring(field.description, '  ')}  readonly ${key}${always ? '' : '?'}: ${type};\n`;
  });
  const description = chosenDescriptions[name] ?? schema.description;
  collected.declarations.push(`${docstring(description)}export interface ${name} {\n${fields.join('')}}\n`);
  const bounds = Object.entries(schema.properties ?? {}).flatMap(([key, { maxLength, maxItems }]) => {
    const bound = maxLength ?? maxItems;
    return bound === undefined ? [] : [`${key}: ${bound}`];
  });
  if (bounds.length > 0) collected.limits.push(`  ${name}: { ${bounds.join(', ')} },\n`);
  return name;
}

function declareEnum(schema: Schema, place: Place, collected: Collected): string {
  const [name, isNew] = claimName(schema, place, collected);
  if (!isNew) return name;
  const values = (schema.enum ?? []).map((value) => `'${value}'`).join(', ');
  const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}${name.endsWith('s') ? 'Values' : 's'}`;
  collected.declarations.push(
    `${docstring(`Every ${name}, in the order of the CRD.`)}export const ${constant} = [${values}] as const;
${docstring(schema.description)}export type ${name} = (typeof ${constant})[number];
`,
  );
  return name;
}

/** The name for the schema at a place, and whether it is new: an equal schema seen before lends its name. */
function claimName(schema: Schema, place: Place, collected: Collected): readonly [name: string, isNew: boolean] {
  const fingerprint = JSON.stringify(schema, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  );
  for (const [name, known] of collected.fingerprints) if (known === fingerprint) return [name, false];
  const chosen = chosenNames[place.path];
  const name =
    chosen !== undefined && !collected.fingerprints.has(chosen) ? chosen : place.kind + pascalCase(place.path);
  collected.fingerprints.set(name, fingerprint);
  return [name, true];
}

function pascalCase(path: string): string {
  return path
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function docstring(text: string | undefined, indent = ''): string {
  if (text === undefined) return '';
  const oneLine = `${indent}/** ${text} */\n`;
  if (oneLine.length <= 121) return oneLine;
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (indent.length + 3 + last.length + 1 + word.length > 120) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}
