// An idle operator, as the image runs it and as the Deployment tells it to: one file, ready at once, small, and silent.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATOR_USER } from '../support/control-plane.ts';
import { freePort } from '../support/free-port.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { imageEnvironment, imageNodeFlags } from '../support/image-command.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { allowLease, startReplica, untilHeldBy } from '../support/replicas.ts';

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
  await allowLease(plane, namespace);
  const options = {
    ...{ plane, namespaces: [namespace], leaseNamespace: namespace, script: bundle, nodeFlags: imageNodeFlags() },
    env: imageEnvironment(join(directory, 'compile-cache')),
    flags: ['--metrics-address', `127.0.0.1:${await freePort()}`],
  };
  await (await startReplica('first', options)).stop(); // fills the compile cache, as the image's build does
  operator = await startReplica('second', options);
  await untilHeldBy(plane, namespace, 'second');
});

afterAll(async () => {
  await operator?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the one file that the image runs', () => {
  test('says what it can be told with nothing installed beside it', () => {
    const help = execFileSync(process.execPath, [bundle, '--help'], { cwd: directory, encoding: 'utf8' });
    expect(help).toContain('--watch-namespaces');
  });

  test('is ready within five seconds of the start of its process, on a busy machine too', () => {
    expect(operator.readyAfterMs).toBeLessThan(5_000);
  });

  test('asks the API server for nothing but its watches and the Lease while there is nothing to do', async () => {
    const requests = async () => {
      const all = Object.groupBy(await plane.audit({ user: OPERATOR_USER, namespace }), ({ resource }) => resource);
      const { leases = [], ...others } = all;
      return { leases: leases.length, others: Object.values(others).flat().length };
    };
    const before = await requests();
    await sleep(20_000); // what is counted is the absence of requests in a span of time
    const after = await requests();
    expect(after.others - before.others).toBe(0);
    expect(after.leases - before.leases).toBeGreaterThan(0);
    expect(after.leases - before.leases).toBeLessThanOrEqual(11);
  });

  test('takes at most 90 MB of memory', () => {
    const status = readFileSync(`/proc/${operator.pid}/status`, 'utf8');
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    expect((kilobytes * 1_024) / 1_000_000).toBeLessThanOrEqual(90);
  });
});
