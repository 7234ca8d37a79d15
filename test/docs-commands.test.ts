// The commands of the docs: those marked as tested are run as they are printed, in a place as their reader has it; those that
// another test runs name it. ```sh tested, ```sh tested-by=test/e2e/demo.test.ts
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster } from './support/cassandra-cluster.ts';
import { conditionOf, untilCleanup } from './support/cleanups.ts';
import { sharedControlPlane } from './support/global-control-plane.ts';
import { startOperator } from './support/operator-process.ts';

// An operator and a dozen kubectls: a machine that is busy with other things takes several times as long.

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [...globSync('*.md', { cwd: root }), ...globSync('docs/**/*.md', { cwd: root })].sort();

/** A fenced block of commands: where it stands, how it is marked, what it says. */
interface Block {
  page: string;
  mark: string;
  text: string;
}

const blocks: Block[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```sh *(.*)\n([\s\S]*?)^```$/gm)].map(([, mark = '', text = '']) => ({ page, mark, text })),
);
const named = (block: Block) => [block.page, block.text.split('\n')[0] ?? '', block] as const;

describe('commands', () => {
  const ends: (() => unknown)[] = [];
  let own: Record<string, string>;

  beforeAll(async () => {
    const plane = sharedControlPlane();
    const namespace = await plane.createNamespace('docs');
    const folder = mkdtempSync(join(plane.directory, 'docs-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    symlinkSync(plane.kubectlPath, join(folder, 'kubectl'));
    const kubeconfig = join(folder, 'kubeconfig');
    copyFileSync(plane.kubeconfig, kubeconfig);
    await plane.kubectl(['config', 'set-context', '--current', `--namespace=${namespace}`], { kubeconfig });
    own = { HOME: folder, PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: kubeconfig };
    const double = () => ({ minOperationMs: 0, operationMs: 200, statusDelayMs: 0 });
    const cluster = await createCluster({ plane, namespace, racks: 3, nodes: 3, double });
    ends.push(() => cluster.stop());
    const operator = await startOperator({ plane, namespaces: [namespace] });
    ends.push(() => operator.stop());
    // What the pages speak of as there: the sample, at its end.
    const sample = join(root, 'deploy', 'samples', 'cassandracleanup.yaml');
    await plane.kubectl(['apply', '-f', sample], { kubeconfig });
    const name = 'orders-after-scale-out';
    await untilCleanup(plane, namespace, (one) => conditionOf(one, 'Complete') === 'True', name);
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  test.each(blocks.filter(({ mark }) => mark === 'tested').map(named))(
    'of %s work as printed: %s',
    async (_page, _first, { text }) => {
      expect(await bash(text)).toMatchObject({ code: 0 }); // on failure the whole result is shown
    },
  );

  test('that are wrong are noticed, also where a right one follows', async () => {
    expect(await bash('kubectl get nothing-like-this\nkubectl get cclean\n')).not.toMatchObject({ code: 0 });
  });

  function bash(text: string): Promise<{ code: number; stdout: string; stderr: string }> {
    const options = { cwd: root, env: { ...process.env, ...own } };
    return new Promise((resolve) => {
      execFile('bash', ['-euo', 'pipefail', '-c', text], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }
});

describe('marks', () => {
  test.each(blocks.filter(({ mark }) => mark.startsWith('tested-by=')).map(named))(
    'of %s name a test that speaks of the command: %s',
    (_page, _first, { mark, text }) => {
      const path = mark.replace('tested-by=', '');
      const last = text.trim().split('\n').at(-1) ?? '';
      expect([path, existsSync(join(root, path)) && read(path).includes(last)]).toEqual([path, true]);
    },
  );

  test('are none but these', () => {
    expect(blocks.filter(({ mark }) => !/^(|tested|tested-by=test\/\S+\.test\.ts)$/.test(mark))).toEqual([]);
    expect(blocks.filter(({ mark }) => mark === 'tested').length).toBeGreaterThan(3);
  });

  test('stand at every command that the README shows', () => {
    expect(blocks.filter(({ page, mark }) => page === 'README.md' && mark === '')).toEqual([]);
  });
});
