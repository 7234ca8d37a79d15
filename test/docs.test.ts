// Holds the documents to the source: links, fields, reasons, commands, and manifests (by the API server itself).
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { sharedControlPlane } from './support/global-control-plane.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })].sort();

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.replace(/[`*]|\[|\]\([^)]*\)/g, '').toLowerCase();
  return text
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsOf(path: string): string[] {
  return [...withoutCode(read(path)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** The first cells of the rows of a table under a heading, without their backticks; a cell may name several. */
function firstCells(path: string, heading: string): string[] {
  const [, section = ''] = read(path).split(`\n## ${heading}\n`);
  const rows = section.split('\n## ')[0]?.match(/^\| `.*$/gm) ?? [];
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

test.each(pages)('every link of %s within the repository leads somewhere', (page) => {
  const prose = withoutCode(read(page)).replace(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const broken = links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
  expect(broken).toEqual([]);
});

test.each(pages)('the commands of %s are there', (page) => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...read(page).matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  const files = [...read(page).matchAll(/\b((?:src|test|deploy|crds)\/[\w./-]*\w)/g)].map(([, path = '']) => path);
  // A folder, or the begin of a name; with an extension it is the whole name.
  const isThere = (path: string) => globSync(extname(path) === '' ? `${path}*` : path, { cwd: root }).length > 0;
  expect(files.filter((path) => !isThere(path))).toEqual([]);
});

describe('docs/using.md', () => {
  const crd = parse(read('crds/cassandracleanup.yaml'));
  const { properties, 'x-kubernetes-validations': rules } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  const fields = Object.keys(properties).sort();

  test('has every field of the spec in its table and in its example', () => {
    expect(firstCells('docs/using.md', 'The fields').sort()).toEqual(fields);
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs/using.md')) ?? [];
    expect(Object.keys(parse(example).spec).sort()).toEqual(fields);
  });

  test('says which fields are immutable', () => {
    const [, list = ''] = /^(.*) are immutable; the others/m.exec(read('docs/using.md')) ?? [];
    const named = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => `.${name}`);
    expect(named.sort()).toEqual(rules.map((rule: { fieldPath: string }) => rule.fieldPath).sort());
  });
});

describe('the API server', () => {
  const blocks = pages.flatMap((page) =>
    [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => ({ page, text, ...parse(text) })),
  );

  test.each(blocks.filter(({ kind }) => kind !== 'Kustomization'))('takes the $kind of $page', async ({ text }) => {
    const result = await sharedControlPlane().kubectl(['apply', '--dry-run=server', '-f', '-'], { input: text });
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(blocks.filter(({ kind }) => kind === 'Kustomization'))('takes the overlay of $page', async ({ text }) => {
    const folder = mkdtempSync(join(sharedControlPlane().directory, 'overlay-'));
    const overlay = join(folder, 'overlay');
    mkdirSync(overlay);
    const base = relative(overlay, join(root, 'deploy', 'base'));
    writeFileSync(join(overlay, 'kustomization.yaml'), text.replace(/- .*deploy\/base/, `- ${base}`));
    const { stdout, stderr, code } = await sharedControlPlane().kubectl(['kustomize', overlay]);
    rmSync(folder, { recursive: true });
    expect([code, stderr]).toEqual([0, '']);
    for (const { newName, newTag } of parse(text).images ?? []) expect(stdout).toContain(`image: ${newName}:${newTag}`);
    const values = [...text.matchAll(/value: (--\S+) \}/g)].map(([, value = '']) => value);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(stdout).toContain(`- ${value}\n`);
  });
});
