// Holds the source to its architecture: layers, purity, no cycles, small files. The rules are in
// support/architecture-rules.ts; here they are put to invented sources first, then to ours.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { complaints, type SourceFile } from './support/architecture-rules.ts';
import { codeOnly, importsOf } from './support/source-scanner.ts';

const root = join(import.meta.dirname, '..');

function sources(): SourceFile[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .map((path) => ({ path, source: readFileSync(join(root, path), 'utf8') })),
  );
}
const file = (path: string, ...lines: string[]): SourceFile => ({
  path,
  source: ['// What it is for.', ...lines, ''].join('\n'),
});

test('our sources keep every rule', () => {
  const files = sources();
  expect(files.length).toBeGreaterThan(20);
  expect(complaints(files)).toEqual([]);
});

describe('a breach is found:', () => {
  test.each<[path: string, line: string, complaint: string]>([
    ['src/api/a.ts', "import { x } from '../core/b.ts';", 'api may not import ../core/b.ts at run time'],
    ['src/core/a.ts', "import { x } from '../controller/b.ts';", 'core may not import ../controller/b.ts at run time'],
    ['src/core/a.ts', "import type { X } from '../kube/b.ts';", 'core may not import ../kube/b.ts'],
    ['src/core/a.ts', "export { x } from '../kube/b.ts';", 'core may not import ../kube/b.ts at run time'],
    ['src/core/a.ts', "export * from '../kube/b.ts';", 'core may not import ../kube/b.ts at run time'],
    ['src/core/a.ts', "const x = await import('../kube/b.ts');", 'core may not import ../kube/b.ts at run time'],
    ['src/core/a.ts', "import '../kube/b.ts';", 'core may not import ../kube/b.ts at run time'],
    ['src/core/a.ts', "import { join } from 'node:path';", 'core may not import node:path at run time'],
    [
      'src/core/a.ts',
      "import type { V1Pod } from '@kubernetes/client-node';",
      'core may not import @kubernetes/client-node',
    ],
    ['src/core/a.ts', "import {\n  x,\n  type Y,\n} from 'got';", 'core may not import got at run time'],
    ['src/operations/a.ts', "import { x } from '../controller/b.ts';", 'operations may not import ../controller/b.ts'],
    [
      'src/controller/a.ts',
      "import { x } from '../runtime/b.ts';",
      'controller may not import ../runtime/b.ts at run time',
    ],
    ['src/controller/a.ts', "import type { X } from '../icarus/b.ts';", 'controller may not import ../icarus/b.ts'],
    ['src/icarus/a.ts', "import { x } from '../kube/b.ts';", 'icarus may not import ../kube/b.ts at run time'],
    [
      'src/icarus/a.ts',
      "import { x } from '../controller/observe.ts';",
      'icarus may not import ../controller/observe.ts',
    ],
    ['src/icarus/a.ts', "import { x } from 'winston';", 'icarus may not import winston at run time'],
    ['src/kube/a.ts', "import type { Log } from '../telemetry/b.ts';", 'kube may not import ../telemetry/b.ts'],
    ['src/runtime/a.ts', "import type { X } from '../core/b.ts';", 'runtime may not import ../core/b.ts'],
    [
      'src/telemetry/a.ts',
      "import { x } from '../runtime/b.ts';",
      'telemetry may not import ../runtime/b.ts at run time',
    ],
    ['src/config.ts', "import { x } from './core/b.ts';", 'config may not import ./core/b.ts at run time'],
    ['src/kube/a.ts', "import { x } from '../main.ts';", 'kube may not import ../main.ts at run time'],
    ['src/main.ts', "import got from 'got';", 'main may not import got at run time'],
    ['src/kube/a.ts', "import { x } from '../../test/b.ts';", 'kube may not import ../../test/b.ts at run time'],
    ['src/else/a.ts', '', 'is in no layer'],
    ['src/else.ts', '', 'is in no layer'],
    ['src/core/a.ts', 'const now = Date.now();', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const now = new Date();', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const now = new Date;', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const now = Date();', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const text = `\x24{Date.now()}`;', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const now = performance.now();', 'core is pure, but this asks the clock'],
    ['src/core/a.ts', 'const id = Math.random();', 'core is pure, but this throws dice'],
    ['src/operations/a.ts', 'const id = crypto.randomUUID();', 'operations is pure, but this throws dice'],
    ['src/controller/a.ts', 'setTimeout(() => {}, 1);', 'controller is pure, but this sets a timer'],
    ['src/controller/a.ts', "const debug = process.env['DEBUG'];", 'controller is pure, but this looks at the process'],
    ['src/controller/a.ts', "await fetch('http://x');", 'controller is pure, but this uses the network'],
    ['src/core/a.ts', "console.log('x');", 'core is pure, but this reaches outside'],
    ['src/core/a.ts', 'names.sort((a, b) => a.localeCompare(b));', 'core is pure, but this depends on the locale'],
    ['src/kube/a.ts', 'let count = 0;', 'keeps state at the level of the module'],
    ['src/kube/a.ts', 'export default 1;', 'has a default export'],
    ['src/kube/a.ts', 'const a = 1;\nexport { a as default };', 'has a default export'],
    ['src/kube/utils.ts', '', 'has a name that says nothing'],
    ['test/support/test-helpers.ts', '', 'has a name that says nothing'],
    ['test/a.test.ts', '// 2\n// 3\n// 4\n// 5\n// 6', 'must open with 1 to 5 lines of comment on what it is for'],
  ])('%s with %j', (path, line, complaint) => {
    expect(complaints([file(path, line)]).join('\n')).toContain(`${path}: ${complaint}`);
  });

  test('a file that is too long', () => {
    const long = '\n'.repeat(249).concat('const x = 1;');
    expect(complaints([file('src/kube/a.ts', long)])).toEqual(['src/kube/a.ts: has 251 lines, more than 250']);
    expect(complaints([file('src/api/generated.ts', long)])).toEqual([]);
  });

  test('a file that opens without a comment', () => {
    expect(complaints([{ path: 'src/core/a.ts', source: 'const x = 1;\n' }])).toEqual([
      'src/core/a.ts: must open with 1 to 5 lines of comment on what it is for',
    ]);
  });

  test('two modules that load client-node', () => {
    const line = "import { KubeConfig } from '@kubernetes/client-node';";
    const rule = 'only one module may load @kubernetes/client-node at run time';
    expect(complaints([file('src/kube/a.ts', line), file('src/kube/b.ts', line)])).toEqual([
      `src/kube/a.ts: ${rule}`,
      `src/kube/b.ts: ${rule}`,
    ]);
  });

  test('a cycle, also one of types', () => {
    const files = [
      file('src/core/a.ts', "import { b } from './b.ts';"),
      file('src/core/b.ts', "import { c } from './c.ts';"),
      file('src/core/c.ts', "import type { A } from './a.ts';"),
    ];
    expect(complaints(files)).toEqual([
      'src/core/a.ts: is in a cycle of imports, src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
    ]);
  });
});

describe('no breach:', () => {
  test.each<[path: string, line: string]>([
    ['src/core/a.ts', "import type { X } from '../api/b.ts';"],
    ['src/core/a.ts', 'const then = new Date(0); const t = new Date(text);'],
    ['src/core/a.ts', "// Date.now() and import { x } from 'got';\nconst text = 'setTimeout(';"],
    ['src/core/a.ts', "const text = `\nimport { x } from 'got';\n\x24{name}`;"],
    ['src/core/a.ts', "const quote = /['\"`]/; // it's"],
    ['src/core/a.ts', 'function f(): void {\n  let x = 0;\n}'],
    ['src/controller/a.ts', "import type { Clock } from '../runtime/b.ts';"],
    ['src/controller/a.ts', "import { type Clock, type Cancel } from '../runtime/b.ts';"],
    ['src/icarus/a.ts', "import { Fault } from '../controller/errors.ts';"],
    ['src/kube/a.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['src/telemetry/a.ts', "type Gauge = typeof import('prom-client').Gauge;"],
    ['src/main.ts', "import { x } from './telemetry/b.ts';"],
    ['src/tools/types-from-crd.ts', ''],
    ['test/a.test.ts', "import { x } from '../src/core/b.ts'; const now = Date.now();"],
  ])('%s with %j', (path, line) => {
    expect(complaints([file(path, line)])).toEqual([]);
  });
});

describe('the scanner', () => {
  test('blanks comments, texts and regular expressions, and keeps the code inside templates', () => {
    const source = "const a = 'x\\'y' + `b \x24{c + `d \x24{'e'}`} f` / 2; // g\nconst h = /[/'`]/g.test(i);";
    expect(codeOnly(source).replace(/ +/g, ' ')).toBe(
      "const a = ' ' + ` \x24{c + ` \x24{' '}`} ` / 2; \nconst h = / /g.test(i);",
    );
    expect(codeOnly(source)).toHaveLength(source.length);
  });

  test('tells imports of types from those that stay at run time', () => {
    const kinds = (source: string): boolean[] => importsOf(source).map(({ typeOnly }) => typeOnly);
    expect(kinds("import type A from 'a';\nimport type { B } from 'b';\nimport { type C } from 'c';")).toEqual([
      true,
      true,
      true,
    ]);
    expect(kinds("import A, { type B } from 'a';\nimport * as c from 'c';\nimport type, { D } from 'd';")).toEqual([
      false,
      false,
      false,
    ]);
    expect(kinds("import type from 'e';")).toEqual([false]);
  });
});
