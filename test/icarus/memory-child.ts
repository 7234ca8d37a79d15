// A process with the real client and watcher and nothing else, bundled as the image is: asks every Sidecar of the list it is
// given everything, again and again, and prints the most memory that it ever took. Started by memory.test.ts.
import { readFileSync } from 'node:fs';
import type { Need, Node } from '../../src/core/model.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { createSidecarWatcher } from '../../src/icarus/watcher.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { Slots } from '../../src/runtime/slots.ts';

/** What it is told. */
export interface MemoryOrder {
  readonly ports: readonly number[];
  /** How often each Sidecar must have answered, or failed to answer, for its list. */
  readonly rounds: number;
}

/** What it prints. */
export interface MemoryReport {
  /** MB resident: at the start, and at most. */
  readonly start: number;
  readonly peak: number;
  /** What became of the lists: how often each message, or number of operations. */
  readonly lists: Readonly<Record<string, number>>;
}

const { ports, rounds } = JSON.parse(process.argv[2] ?? '') as MemoryOrder;
const start = megabytes('VmRSS');
const lists: Record<string, number> = {};
const heard = new Map<string, number>();
const seen = new Map<string, number>();
const nodes = new Map(ports.map((port) => [`uid-${port}`, nodeOf(port)]));
const watcher = createSidecarWatcher({
  client: createSidecarClient(),
  clock,
  random: Math.random,
  types: ['cleanup'],
  slots: new Slots(256),
  requeue: (key) => setImmediate(look, key),
});

function nodeOf(port: number): Node {
  const place = { name: `pod-${port}`, uid: `uid-${port}`, namespace: 'ns', ip: '127.0.0.1', port };
  return { ...place, labels: {}, ready: true, terminating: false };
}

function megabytes(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
}

function ask(uid: string): void {
  const at = clock.now() + 50;
  const needs: Need[] = [
    { uid, what: 'list', at },
    { uid, what: 'cassandra', at },
    { uid, what: 'version', at },
    { uid, what: 'operation', id: '11111111-1111-4111-8111-111111111111', at },
  ];
  watcher.want(uid, needs, nodes);
}

/** A round of a Sidecar is over when its list was answered, or was not: then all is asked again. */
function look(uid: string): void {
  const list = watcher.view(uid)?.list;
  if (list === undefined || list.answeredAt === seen.get(uid)) return;
  const outcome = list.error?.message ?? `${list.value?.length} operations`;
  const words = outcome.replace(/^GET \S+ ?/, '').replace(/\d+ bytes, sha256 \w+/, 'N bytes');
  lists[words] = (lists[words] ?? 0) + 1;
  seen.set(uid, list.answeredAt);
  heard.set(uid, (heard.get(uid) ?? 0) + 1);
  if ((heard.get(uid) ?? 0) < rounds) ask(uid);
  else watcher.want(uid, [], nodes);
}

for (const uid of nodes.keys()) ask(uid);
const timer = setInterval(() => {
  if ([...nodes.keys()].some((uid) => (heard.get(uid) ?? 0) < rounds)) return;
  clearInterval(timer);
  process.stdout.write(JSON.stringify({ start, peak: megabytes('VmHWM'), lists } satisfies MemoryReport));
}, 50);
