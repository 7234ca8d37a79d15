// Memory: a process with the real client and watcher asks 50 Sidecars at once, all at their worst, and stays under 200 MB:
// what is read is let go of only when V8 collects it, so how much there is depends on the pace of the machine.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { imageEnvironment, imageNodeFlags } from '../support/image-command.ts';
import { listen } from '../support/sidecar-rig.ts';
import type { MemoryOrder, MemoryReport } from './memory-child.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SIDECARS = 50;
const MOST_MEGABYTES = 200;
/** As the image starts it; the heap is what V8 takes for itself in a container of 512 MiB (deploy/). */
const { NODE_OPTIONS = '' } = imageEnvironment('');
const FLAGS = [...imageNodeFlags(), ...NODE_OPTIONS.split(' ')];

const directory = mkdtempSync(join(tmpdir(), 'memory-'));
const child = join(directory, 'child.cjs');
const run = promisify(execFile);
const servers: Server[] = [];

beforeAll(() => {
  execFileSync(process.execPath, [
    join(ROOT, 'src/tools/build.ts'),
    join(import.meta.dirname, 'memory-child.ts'),
    child,
  ]);
});

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true });
});

const MEGABYTE = 1_000_000;
const bomb = gzipSync(Buffer.alloc(200 * MEGABYTE, ' '), { level: 1 });

function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Operations as Icarus prints them, each of another table. */
function printed(count: number): string {
  const time = '2026-11-24T15:38:06.041037954Z';
  const times = { creationTime: time, startTime: time, completionTime: time };
  const one = (n: number) => ({ type: 'cleanup', id: uuid(n), state: 'COMPLETED', ...times, errors: [], progress: 1 });
  const asked = (n: number) => ({ keyspace: 'shop', tables: [`orders_${n}`], jobs: 2 });
  return JSON.stringify(
    Array.from({ length: count }, (_, n) => ({ ...one(n), ...asked(n) })),
    null,
    2,
  );
}

const long = printed(10_000);
const tooLong = printed(20_001).replaceAll(/\s/g, '');
const nested = '['.repeat(8 * 1024 * 1024 - 1);
const empties = `[${'[],'.repeat(2_500_000)}[]]`;

/** Writes 200 MB, as fast as they are taken. */
function pour(response: ServerResponse, headers: Record<string, string>): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  if (!response.headersSent) response.writeHead(200, headers);
  let left = 200 * MEGABYTE;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return response.once('drain', more);
    }
    return response.end();
  };
  more();
}

const announced: RequestListener = (_, response) => pour(response, { 'content-length': String(200 * MEGABYTE) });
const unannounced: RequestListener = (_, response) => pour(response, {});
const zipped: RequestListener = (_, response) =>
  response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bomb);
const endless: RequestListener = (_, response) => {
  response.write('[');
  pour(response, {});
};
const stuck: RequestListener = (_, response) => void response.write(`[${' '.repeat(1_000_000)}`);
const lists =
  (text: string): RequestListener =>
  ({ url = '' }, response) =>
    response.end(url.startsWith('/operations?type') ? text : '[]');

async function ask(kinds: readonly RequestListener[]): Promise<MemoryReport> {
  const ports: number[] = [];
  for (let n = 0; n < SIDECARS; n += 1) {
    const { server, port } = await listen('127.0.0.1', kinds[n % kinds.length] ?? announced);
    servers.push(server);
    ports.push(port);
  }
  const order: MemoryOrder = { ports, rounds: 1 };
  const { stdout } = await run(process.execPath, [...FLAGS, child, JSON.stringify(order)], { timeout: 80_000 });
  return JSON.parse(stdout) as MemoryReport;
}

test.each<[string, readonly RequestListener[], string]>([
  ['200 MB, announced or not', [announced, unannounced], 'the answer is longer than 8388608 bytes'],
  ['200 MB in a list', [endless], 'an entry of the list is longer than'],
  ['gzip bombs of 200 MB', [zipped], 'answered HTTP 200: the body is not JSON (N bytes)'],
  ['lists of 10,000 operations', [lists(long)], '10000 operations'],
  ['lists of 8 MiB that would be a hundred when parsed', [lists(nested), lists(empties)], 'nests too deeply'],
  [
    'all of it at once, and lists that never end',
    [stuck, ...Array.from({ length: 12 }, () => [unannounced, zipped, lists(long), lists(tooLong)]).flat()],
    'the body is not JSON',
  ],
])(`${SIDECARS} Sidecars with %s`, async (_name, kinds, says) => {
  const { start, peak, lists: said } = await ask(kinds);
  const figures = `${start} MB at the start, ${peak} MB at most; ${JSON.stringify(said)}`;
  expect(Object.values(said).reduce((sum, count) => sum + count, 0)).toBe(SIDECARS);
  expect(Object.keys(said)).toContainEqual(expect.stringContaining(says));
  if (peak >= MOST_MEGABYTES) throw new Error(figures);
});
