// Builds the image and tries it: `npm run image`. Needs root on a Debian with buildah and mmdebstrap, and no container engine.
// Says what it weighs, how soon it is ready and what memory it takes; fails where it is not what its docs say.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, untilCleanup } from '../support/cleanups.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { buildImage, type Image } from './build.ts';
import { shellsIn, standingOf, start, startReady } from './run.ts';
import { command } from './run-command.ts';

const STARTS = 10;
/** After this an operator with nothing to do has come to rest. */
const REST_MS = 20_000;

const say = (text: string) => console.error(text);
const MB = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The image is not what it should be: ${what}`);
}

async function requirePrograms(): Promise<void> {
  must(process.getuid?.() === 0, 'it can be built by root only');
  for (const program of ['buildah', 'mmdebstrap', 'unshare', 'setpriv']) {
    await command('sh', ['-c', `command -v ${program}`]).catch(() => {
      throw new Error(`${program} is needed: apt-get install buildah mmdebstrap util-linux`);
    });
  }
}

/** What can be said of it at rest: no shell, a user without rights, labels. */
function examine(image: Image): void {
  const { User, Labels } = image.config;
  must(shellsIn(image).length === 0, `it has ${shellsIn(image).join(', ')}`);
  must(User === '65532:65532', `its user is ${User}`);
  for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'base.name']) {
    must((Labels[`org.opencontainers.image.${label}`] ?? '') !== '', `it has no label ${label}`);
  }
  must(/@sha256:[0-9a-f]{64}$/.test(Labels['org.opencontainers.image.base.name'] ?? ''), 'its base has no digest');
}

/** Starts it several times: the median is what counts, for the first start reads from disk. */
async function startTimes(image: Image, workplace: string, plane: ControlPlane): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < STARTS; turn += 1) {
    const running = await startReady(image, workplace, plane);
    times.push(running.readyAfterMs);
    await running.stop();
  }
  return times.sort((a, b) => a - b);
}

/** Lets it do a run of six nodes, and looks at it before and after. */
async function work(image: Image, workplace: string, plane: ControlPlane) {
  const running = await startReady(image, workplace, plane);
  await sleep(REST_MS);
  const idle = standingOf(running.pid);
  must(idle.user === '65532', `it runs as ${idle.user}`);
  must(/^0+$/.test(idle.capabilities), `it has the capabilities ${idle.capabilities}`);
  must(idle.noNewPrivileges, 'it may gain privileges');
  const namespace = await plane.createNamespace('image');
  const double = () => ({ minOperationMs: 0, operationMs: 300, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 3, nodes: 6, double });
  await applyCleanup(plane, namespace);
  const done = await untilCleanup(plane, namespace, (one) => conditionOf(one, 'Finished') === 'True');
  must(conditionOf(done, 'Complete') === 'True', `its run ended as ${done.status.state}`);
  const afterwards = standingOf(running.pid);
  await cluster.stop();
  must((await running.stop()) === 0, `it did not end with 0:\n${running.log()}`);
  return { idle: idle.rssBytes, afterwards: afterwards.rssBytes };
}

/** Its root cannot be written to, even by a process that may: asked of the kernel by Node itself. */
async function triesToWrite(image: Image, workplace: string): Promise<void> {
  const script =
    "try { require('fs').writeFileSync('/tmp/x', ''); console.log('written') } catch ({ code }) { console.log(code) }";
  const [node = ''] = image.config.Entrypoint;
  const child = start({ ...image, config: { ...image.config, Entrypoint: [node] } }, workplace, ['-e', script]);
  let text = '';
  child.stdout?.on('data', (chunk) => (text += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  must(text.trim() === 'EROFS', `a write to its root gives ${text.trim()}`);
}

async function main(): Promise<void> {
  await requirePrograms();
  const workplace = mkdtempSync(join(tmpdir(), 'image-'));
  let plane: ControlPlane | undefined;
  try {
    const image = await buildImage(workplace, say);
    examine(image);
    await triesToWrite(image, workplace);
    say('an API server, and the image against it …');
    plane = await startControlPlane();
    await plane.installCrdAndRbac();
    const times = await startTimes(image, workplace, plane);
    const median = times[STARTS / 2] ?? 0;
    must(median < 1_000, `it is not ready within a second, but after ${times.join(', ')} ms`);
    const { idle, afterwards } = await work(image, workplace, plane);
    console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}`);
    console.log(`size: ${MB(image.addedBytes)} on a base of ${MB(image.bytes - image.addedBytes)}`);
    console.log(`ready after: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms; median ${median.toFixed(0)}`);
    console.log(
      `resident memory: ${MB(idle)} idle for ${REST_MS / 1_000} s, ${MB(afterwards)} after a run of six nodes`,
    );
  } finally {
    await plane?.stop();
    if (existsSync(workplace)) rmSync(workplace, { recursive: true, force: true });
  }
}

await main();
