// The rules of the house that a machine can check, as a pure function from sources to complaints "file: rule".
import { posix } from 'node:path';
import { codeOnly, importsOf } from './source-scanner.ts';

/** A file by its path from the root of the project, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

interface Layer {
  /** Layers (or single files of them) that it may import; `types of` before a name allows `import type` only. */
  readonly imports: readonly string[];
  /** Packages that it may import; `node:` stands for all of Node's own modules. */
  readonly packages: readonly string[];
  /** No clock, dice, environment, timer or network: what it computes follows from its arguments. */
  readonly pure?: true;
}

const ports = ['controller/ports.ts', 'controller/errors.ts'];

/** The table of docs: what each layer may import. */
const layers: Readonly<Record<string, Layer>> = {
  api: { imports: [], packages: [], pure: true },
  core: { imports: ['api'], packages: [], pure: true },
  operations: { imports: ['api', 'core'], packages: [], pure: true },
  controller: { imports: ['api', 'core', 'operations', 'types of runtime'], packages: [], pure: true },
  icarus: { imports: ['core', ...ports, 'types of runtime'], packages: ['got', 'node:'] },
  kube: { imports: ['api', 'core', ...ports, 'runtime'], packages: ['@kubernetes/client-node', 'got', 'node:'] },
  runtime: { imports: [], packages: ['node:timers', 'node:timers/promises', 'node:process', 'node:events'] },
  telemetry: { imports: ['types of runtime'], packages: ['winston', 'prom-client', 'node:http'] },
  tools: { imports: ['config', 'telemetry/metrics-page.ts'], packages: ['yaml', 'esbuild', 'node:'] },
  config: { imports: [], packages: ['yaml', 'node:'] },
  main: {
    imports: ['api', 'core', 'operations', 'controller', 'icarus', 'kube', 'runtime', 'telemetry', 'config'],
    packages: ['node:'],
  },
};

const impurities: readonly [pattern: RegExp, what: string][] = [
  [/\bDate\.now\b|\bnew\s+Date\s*(\(\s*\)|(?![\s(]))|(?<!new\s+)\bDate\s*\(/, 'asks the clock'],
  [/\bperformance\b/, 'asks the clock'],
  [/\bMath\.random\b|\bcrypto\b/, 'throws dice'],
  [/\bprocess\b/, 'looks at the process'],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask)\b/, 'sets a timer'],
  [/\b(fetch|WebSocket|XMLHttpRequest)\b\s*\(/, 'uses the network'],
  [/\b(globalThis|console|Intl|require)\b/, 'reaches outside'],
  [/\.toLocale\w*\s*\(|\.localeCompare\s*\(/, 'depends on the locale'],
];

const maxLines = 250;
const generated = 'src/api/generated.ts';
/** Jest calls the default export of these. */
const callers = /^test\/support\/jest-global-\w+\.ts$/;

/** Every breach of the rules in these files, each as `path: rule`; nothing where all is well. */
export function complaints(files: readonly SourceFile[]): string[] {
  const all = files.flatMap((file) => [
    ...shape(file).map((rule) => `${file.path}: ${rule}`),
    ...(file.path.startsWith('src/') ? layering(file).map((rule) => `${file.path}: ${rule}`) : []),
  ]);
  return [...all, ...clientNodeLoaders(files), ...cycles(files)];
}

function shape({ path, source }: SourceFile): string[] {
  const found: string[] = [];
  const code = codeOnly(source);
  const lines = source.trimEnd().split('\n').length;
  if (path !== generated && lines > maxLines) found.push(`has ${lines} lines, more than ${maxLines}`);
  if (/^(.*-)?(utils?|helpers?|commons?|types?|misc)\.ts$/.test(posix.basename(path)))
    found.push('has a name that says nothing');
  const isDefault = /^\s*export\s+default\b/m.test(code) || /^\s*export\s*\{[^}]*\bas\s+default\b/m.test(code);
  if (isDefault && !callers.test(path)) found.push('has a default export');
  const opening = source.split('\n').findIndex((line) => !line.startsWith('//'));
  if (opening < 1 || opening > 5) found.push('must open with 1 to 5 lines of comment on what it is for');
  if (path.startsWith('src/') && /^(export\s+)?(let|var)\s/m.test(code))
    found.push('keeps state at the level of the module');
  return found;
}

function layerOf(path: string): string | undefined {
  const [, folder = '', rest] = path.split('/');
  if (rest !== undefined) return folder in layers ? folder : undefined;
  if (/^main(-[\w-]+)?\.ts$/.test(folder)) return 'main';
  return /^(config(-[\w-]+)?|version)\.ts$/.test(folder) ? 'config' : undefined;
}

function layering(file: SourceFile): string[] {
  const name = layerOf(file.path);
  const layer = layers[name ?? ''];
  if (name === undefined || layer === undefined) return ['is in no layer'];
  const found = importsOf(file.source).flatMap(({ specifier, typeOnly }) => {
    const allowed = specifier.startsWith('.')
      ? mayImportFile({ layer, own: name, target: resolve(file.path, specifier), typeOnly })
      : mayImportPackage(layer, specifier);
    return allowed ? [] : [`${name} may not import ${specifier}${typeOnly ? '' : ' at run time'}`];
  });
  const code = codeOnly(file.source);
  const impure = layer.pure ? impurities.filter(([pattern]) => pattern.test(code)) : [];
  return [...found, ...impure.map(([, what]) => `${name} is pure, but this ${what}`)];
}

function mayImportFile(request: { layer: Layer; own: string; target: string; typeOnly: boolean }): boolean {
  const { layer, own, target, typeOnly } = request;
  const name = layerOf(target);
  if (name === undefined) return false;
  const names = [name, target.slice('src/'.length)];
  return (
    name === own || layer.imports.some((entry) => names.includes(typeOnly ? entry.replace(/^types of /, '') : entry))
  );
}

function mayImportPackage(layer: Layer, specifier: string): boolean {
  return layer.packages.some((entry) => specifier === entry || (entry === 'node:' && specifier.startsWith(entry)));
}

/** client-node costs 0.6 s and 70 MB: one module loads it, all others know its types only. */
function clientNodeLoaders(files: readonly SourceFile[]): string[] {
  const loaders = files.filter(({ path, source }) => {
    const imports = importsOf(source).filter(({ typeOnly }) => !typeOnly);
    return path.startsWith('src/') && imports.some(({ specifier }) => specifier.startsWith('@kubernetes/client-node'));
  });
  const rule = 'only one module may load @kubernetes/client-node at run time';
  return loaders.length > 1 ? loaders.map(({ path }) => `${path}: ${rule}`) : [];
}

function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(({ path, source }) => {
      const local = importsOf(source).filter(({ specifier }) => specifier.startsWith('.'));
      return [path, local.map(({ specifier }) => resolve(path, specifier))];
    }),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`${path}: is in a cycle of imports, ${[...trail.slice(start), path].join(' -> ')}`);
    if (start !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

function resolve(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}
