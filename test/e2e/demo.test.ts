// The demo as people run it: a process of its own, with a control plane of its own, that ends by itself and leaves nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

interface Demo {
  child: ChildProcess;
  /** Its temporary folder: nothing else writes there. */
  folder: string;
  output(): string;
  errors(): string;
  exited: Promise<number | null>;
}

function demo(...args: string[]): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, [join('test', 'demo', 'demo.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ends.push(() => child.kill('SIGTERM'));
  const texts = { output: '', errors: '' };
  child.stdout?.on('data', (chunk) => {
    texts.output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.errors += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, folder, output: () => texts.output, errors: () => texts.errors, exited };
}

/** Processes that name the folder, or have it from their parent, in their command lines. */
function leftovers(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}

describe('npm run demo', () => {
  test('ends in Complete with 6 of 6 nodes, one POST each, says how long that took, and leaves nothing', async () => {
    const run = demo();
    expect([await run.exited, run.errors()]).toEqual([0, '']);
    expect(run.output()).toMatch(/Completed: 6\/6 nodes, one POST a node, .* [\d.]+ s after the control plane/);
    expect(run.output().match(/^ {2}prod-rack\d-sts-\d: 1$/gm)).toHaveLength(6);
    expect(run.output()).toMatch(
      /^orders-after-scale-out +Completed +6 +6 +0 +100 .* NodesCompleted +6 of 6 nodes completed$/m,
    );
    expect(run.output()).toMatch(/^Name: +orders-after-scale-out$/m);
    expect(run.output()).toMatch(
      /^ +\d+\.\d s {2}prod-rack1-sts-0 \(rack1\) {2}Running {5}attempt 1 {2}operation [-0-9a-f]{36} RUNNING$/m,
    );
    expect(readdirSync(run.folder)).toEqual([]);
    expect(leftovers(run.folder)).toEqual([]);
  });

  test('--fail shows a node that fails for good, by name and with the reason, and the others cleaned', async () => {
    const run = demo('--nodes', '2', '--fail', '1');
    expect([await run.exited, run.errors()]).toEqual([0, '']);
    expect(run.output()).toContain('prod-rack1-sts-0 (InvalidRequest: Keyspace orders does not exist)');
    expect(run.output()).toMatch(/^Failed, as --fail asks for: 1\/2 nodes, one POST a node, /m);
  });

  test('--keep leaves everything up, says how to reach it, and Ctrl-C takes it down', async () => {
    const run = demo('--nodes', '1', '--keep');
    await until(() => run.output().includes('cclean --watch'));
    expect(run.output()).toContain(`export KUBECONFIG=${run.folder}/`);
    expect(leftovers(run.folder)).not.toEqual([]);
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(0);
    expect(readdirSync(run.folder)).toEqual([]);
    await until(() => leftovers(run.folder).length === 0);
  });

  test('ends at once on Ctrl-C in the middle, and leaves nothing', async () => {
    const run = demo();
    await until(() => run.output().includes('Running'));
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(130);
    expect(readdirSync(run.folder)).toEqual([]);
    await until(() => leftovers(run.folder).length === 0);
  });

  test('refuses an unknown option in one line, with code 2', async () => {
    const run = demo('--cluster');
    expect(await run.exited).toBe(2);
    expect([run.output(), run.errors()]).toEqual(['', "Unknown option '--cluster'; --help lists the options\n"]);
  });
});
