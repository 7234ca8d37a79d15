// npm run bench: plays the scenarios with our operator and with a naive one, and prints what that cost beside the bars that we
// want to hold. A time never fails it; a count that breaks its bar does.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { killOnExit } from '../test/support/kill-on-exit.ts';
import { compared, comparisonTable } from './compare.ts';
import { createContenders } from './contenders.ts';
import { brokenCounts, type Figure, merged, nameOf } from './figures.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { writeArtifacts } from './profile/artifacts.ts';
import { loadNow, machineOf, RESULTS, type Results, readResults, writeResults } from './results.ts';
import { scenarios } from './scenarios/index.ts';
import { figureTable } from './table.ts';

const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** A scenario that fails costs its own figures only. */
async function measure(options: BenchOptions, profiles: string): Promise<{ figures: Figure[]; failures: number }> {
  const contenders = createContenders({ ...options, ...(options.profile ? { profiles } : {}) });
  const figures: Figure[] = [];
  let failures = 0;
  const rounds = options.scenarios.flatMap((name) => Array.from({ length: options.runs }, () => name));
  for (const [index, name] of rounds.entries()) {
    say(`${name}: ${index + 1} of ${rounds.length} (load ${loadNow()[0]})`);
    try {
      figures.push(...(await scenarios[name]({ quick: options.quick, contenders, say })));
    } catch (error) {
      failures += 1;
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  return { figures: merged(figures), failures };
}

/** Processes that do nothing but take their core; they end with this one. */
function keepBusy(cores: number): void {
  for (let core = 0; core < cores; core += 1)
    killOnExit(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
}

async function bench(options: BenchOptions): Promise<number> {
  const begun = Date.now();
  keepBusy(options.load);
  const before = loadNow();
  const file = options.json ?? join(RESULTS, `${new Date(begun).toISOString().replaceAll(/[:.]/g, '-')}.json`);
  const profiles = file.replace(/(\.json)?$/, '-profiles');
  const { figures, failures } = await measure(options, profiles);
  const results: Results = {
    date: new Date(begun).toISOString(),
    seconds: Math.round((Date.now() - begun) / 1_000),
    quick: options.quick,
    machine: machineOf(),
    load: { before, after: loadNow() },
    figures,
  };
  writeResults(file, results);
  process.stdout.write(`${report(results)}\nJSON: ${file}\n`);
  if (options.profile) process.stdout.write(`\n${writeArtifacts(profiles)}`);
  if (options.compare !== undefined) {
    const old = readResults(options.compare);
    process.stdout.write(`\nbeside ${old.date}:\n${comparisonTable(compared(old.figures, figures))}`);
  }
  const broken = brokenCounts(figures);
  for (const figure of broken) process.stderr.write(`a count is over its bar: ${nameOf(figure)}\n`);
  if (failures > 0) return 2;
  return broken.length > 0 ? 1 : 0;
}

function report({ machine, load, figures, seconds, date, quick }: Results): string {
  const lines = [
    `${date}, ${seconds} s${quick ? ', --quick' : ''}; load ${load.before.join(' ')} before, ${load.after.join(' ')} after`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, ${machine.system}`,
    `Node ${machine.node}, Kubernetes ${machine.kubernetes}`,
  ];
  return `${lines.join('\n')}\n\n${figureTable(figures)}`;
}

// Whatever was started, and every folder, goes with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  process.exit(options === undefined ? 0 : await bench(options));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(2);
}
