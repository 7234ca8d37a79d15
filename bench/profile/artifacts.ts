// What --profile leaves behind: for each process of our operator a CPU profile, its stacks, a flame graph, and a heap snapshot;
// and a summary of all of it to read.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { textTable } from '../table.ts';
import { byFile, type Frame, foldedStacks, frameTree, hottest } from './cpu-profile.ts';
import { flameGraph } from './flame-graph.ts';
import { heapShares } from './heap.ts';

const LINES = 30;
const SNAPSHOT_TIMEOUT_MS = 60_000;

/** Flags of node for a process whose profiles go to that folder. */
export function profileFlags(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`];
}

/** Has the process write a heap snapshot, and waits until it answers again. */
export async function takeSnapshot(pid: number, folder: string): Promise<void> {
  const count = () => readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot')).length;
  const before = count();
  process.kill(pid, 'SIGUSR2');
  const end = performance.now() + SNAPSHOT_TIMEOUT_MS;
  while (count() === before && performance.now() < end) await sleep(50);
}

/** Makes all of it from what the processes wrote; the answer is the summary. */
export function writeArtifacts(folder: string): string {
  const parts = readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      if (name.endsWith('.cpuprofile')) return [cpuPart(folder, name)];
      return name.endsWith('.heapsnapshot') ? [heapPart(folder, name)] : [];
    });
  const summary = parts.join('\n');
  writeFileSync(join(folder, 'summary.txt'), summary);
  return summary;
}

function cpuPart(folder: string, name: string): string {
  const root = frameTree(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const file = join(folder, name.replace(/\.cpuprofile$/, ''));
  writeFileSync(`${file}.folded`, foldedStacks(root));
  writeFileSync(`${file}.svg`, flameGraph(root, name));
  const table = (rows: ReturnType<typeof hottest>) =>
    textTable([['self ms', 'share', 'where'], ...rows.map((row) => [row.ms.toFixed(0), percent(row.share), row.name])]);
  return [
    `CPU: ${file}.svg, ${seconds(root)} s without idling`,
    table(byFile(root, LINES)),
    table(hottest(root, LINES)),
  ].join('\n');
}

function heapPart(folder: string, name: string): string {
  const shares = heapShares(JSON.parse(readFileSync(join(folder, name), 'utf8')), LINES);
  const rows = shares.map((share) => [(share.bytes / 1_024).toFixed(0), String(share.count), share.name]);
  return [`Heap: ${join(folder, name)}`, textTable([['KB', 'count', 'what'], ...rows])].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function seconds({ totalMs }: Frame): string {
  return (totalMs / 1_000).toFixed(2);
}
