// An idle operator, as the image runs it: one file, ready at once, small, and silent.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATOR_USER } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const ROOT = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'operator-'));
const bundle = join(directory, 'operator.cjs');
let operator: OperatorProcess;
let namespace: string;

beforeAll(async () => {
  execFileSync(process.execPath, [join(ROOT, 'src', 'tools', 'build.ts')], { cwd: ROOT });
  copyFileSync(join(ROOT, 'dist', 'operator.cjs'), bundle);
  namespace = await plane.createNamespace('idle');
  const options = { plane, namespaces: [namespace], script: bundle, nodeFlags: ['--max-semi-space-size=2'] };
  await (await startOperator(options)).stop(); // the first start fills the compile cache, as the image's build does
  operator = await startOperator(options);
}, 120_000);

afterAll(async () => {
  await operator?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the one file that the image runs', () => {
  test('says what it can be told with nothing installed beside it', () => {
    const help = execFileSync(process.execPath, [bundle, '--help'], { cwd: directory, encoding: 'utf8' });
    expect(help).toContain('--watch-namespaces');
  });

  test('is ready within a second of the start of its process', () => {
    expect(operator.readyAfterMs).toBeLessThan(1_000);
  });

  test('asks the API server for nothing but its watches while there is nothing to do', async () => {
    const requests = async () => (await plane.audit({ user: OPERATOR_USER, namespace })).length;
    const before = await requests();
    await sleep(20_000); // what is counted is the absence of requests in a span of time
    expect((await requests()) - before).toBe(0);
  }, 40_000);

  test('takes at most 90 MB of memory', () => {
    const status = readFileSync(`/proc/${operator.pid}/status`, 'utf8');
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    expect(kilobytes / 1_024).toBeLessThanOrEqual(90);
  });
});
