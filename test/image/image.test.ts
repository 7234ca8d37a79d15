// What can be held of the image without building it (`npm run image` does that): the Dockerfile, what it is given, the SBOM.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const lines = read('Dockerfile')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line));
const stages = lines.join('\n').split(/^(?=FROM )/m);
const shipped = stages.at(-1) ?? '';
const manifest = JSON.parse(read('package.json'));

describe('the Dockerfile', () => {
  test('takes every base by an argument that has no default: none is built on without being named', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1] ?? '');
    expect(bases).toEqual(['\x24{BUILD_IMAGE}', '\x24{RUNTIME_IMAGE}', '\x24{RUNTIME_IMAGE}']);
    const defaults = lines.filter((line) => /^ARG \w+=/.test(line));
    expect(defaults).toEqual([]);
  });

  test('ships a user by number, nothing that was built with, and no command that needs a shell', () => {
    expect(shipped).toContain('USER 65532:65532');
    expect(shipped).not.toMatch(/^(RUN|CMD) /m);
    expect(shipped).toMatch(/^ENTRYPOINT \[/m);
    const copied = [...shipped.matchAll(/^COPY --from=(\w+) --chmod=(\d+) \S+ (\S+)$/gm)].map(([, ...what]) => what);
    expect(copied).toEqual([
      ['build', '444', '/app/operator.cjs'],
      ['warm', '555', '/app/compile-cache'],
    ]);
    expect(shipped.match(/^COPY/gm)).toHaveLength(copied.length);
  });

  test('runs as the user that the Deployment asks for', () => {
    const { securityContext } = parse(read('deploy/base/deployment.yaml')).spec.template.spec;
    expect(shipped).toContain(`USER ${securityContext.runAsUser}:${securityContext.runAsGroup}`);
  });

  test('starts what it ships with the flags that it was warmed up with', () => {
    const [, entry = ''] = /^ENTRYPOINT (.*)$/m.exec(shipped) ?? [];
    const warmed = lines.find((line) => line.startsWith('RUN ["/nodejs')) ?? '';
    expect(JSON.parse(warmed.replace('RUN ', ''))).toEqual([...JSON.parse(entry), '--help']);
  });

  test('leaves half of what the Deployment allows to JavaScript', () => {
    const [container] = parse(read('deploy/base/deployment.yaml')).spec.template.spec.containers;
    const limit = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1]);
    expect(shipped).toContain(`--max-old-space-size=${limit / 2}`);
  });

  test('installs what the lock file says, and runs no script of a package', () => {
    expect(stages[1]).toContain('RUN npm ci --ignore-scripts');
  });
});

test('the build is given the sources and the lock file, and nothing else', () => {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(rules).toEqual(['*', '!package.json', '!package-lock.json', '!src']);
  const wanted = stages[1]?.match(/^COPY (.*) \S+$/gm)?.flatMap((line) => line.split(' ').slice(1, -1));
  expect(wanted).toEqual(['package.json', 'package-lock.json', 'src']);
});

test('the SBOM is CycloneDX, names every production dependency by the version of the lock file, and no other tool', () => {
  const text = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8' });
  const { bomFormat, metadata, components } = JSON.parse(text);
  expect([bomFormat, metadata.component.version]).toEqual(['CycloneDX', manifest.version]);
  const named = new Map(components.map((one: { name: string; version: string }) => [one.name, one.version]));
  const wanted = Object.entries(manifest.dependencies);
  expect(wanted.map(([name]) => [name, named.get(name)])).toEqual(wanted);
  expect(Object.keys(manifest.devDependencies).filter((name) => named.has(name) && name !== '@types/node')).toEqual([]);
});
