// `npm run test:mutation`: changes core, operations and icarus/wire.ts in every small way that Stryker's instrumenter knows, and puts each
// mutant to the tests on values that reach it, in one process. Names those that no test notices; ends with 1 below 85 %.
import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createInstrumenter } from '@stryker-mutator/instrumenter';
import { createInjector } from 'typed-inject';
import { type CollectedTest, tests } from './collected-tests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LEAST_SCORE = 85;
/** A mutant that passes so many mutated places within one test goes round for ever. */
const MOST_HITS = 300_000;
/** Tests that need neither a server nor a clock; random ones take seconds. */
const WANTED = [/^core\/(?!random)/, /^operations\//, /^icarus\/wire(?!-random)/];

/** What instrumented code reads and writes; the names are Stryker's. */
interface Switchboard {
  activeMutant?: string;
  currentTestId?: string;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}
const board: Switchboard = {};
Reflect.set(globalThis, '__stryker__', board);

type Mutant = Awaited<ReturnType<typeof instrumented>>['mutants'][number];

/** All places of the named sources with their mutants, each of which can be switched on. */
async function instrumented(names: readonly string[]) {
  const silent = { isDebugEnabled: () => false, isTraceEnabled: () => false };
  const logger = Object.assign(silent, { trace() {}, debug() {}, info() {}, warn() {}, error() {} });
  const instrumenter = createInjector()
    .provideValue('logger', logger as never)
    .injectFunction(createInstrumenter);
  const sources = names.map((name) => {
    const file = join(ROOT, name);
    return { name: file, mutate: true, content: readFileSync(file, 'utf8') };
  });
  return await instrumenter.instrument(sources, {
    ...{ plugins: null, excludedMutations: [], ignorers: [], mutator: undefined, noHeader: false },
  } as never);
}

/** Sources load as they were instrumented, and tests find `collected-tests.ts` where they ask for jest. */
function hook(sources: ReadonlyMap<string, string>): void {
  const collector = pathToFileURL(join(import.meta.dirname, 'collected-tests.ts')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@jest/globals' ? { url: collector, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => {
      const source = url.startsWith('file:') ? sources.get(fileURLToPath(url)) : undefined;
      return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

/** Loads the tests and runs each once: which of them reach a mutant, by its id? `loading` = mutants that run only while a module is
 *  loaded, which is over when one could be switched on. Throws where a test fails as it is. */
async function reached(): Promise<{ byMutant: ReadonlyMap<string, CollectedTest[]>; loading: ReadonlySet<string> }> {
  // Instrumented modules keep this very object from the moment they are loaded.
  const coverage: NonNullable<Switchboard['mutantCoverage']> = { static: {}, perTest: {} };
  board.mutantCoverage = coverage;
  for (const file of testFiles()) await import(file);
  const byMutant = new Map<string, CollectedTest[]>();
  for (const [index, test] of tests.entries()) {
    board.currentTestId = `test ${index}`;
    await test.run();
    const ids = Object.keys(coverage.perTest[board.currentTestId] ?? {});
    for (const id of ids) byMutant.set(id, [...(byMutant.get(id) ?? []), test]);
  }
  return { byMutant, loading: new Set(Object.keys(coverage.static).filter((id) => !byMutant.has(id))) };
}

function testFiles(): string[] {
  const files = ['core', 'operations', 'icarus'].flatMap((folder) =>
    readdirSync(join(ROOT, 'test', folder)).map((file) => `${folder}/${file}`),
  );
  return files
    .filter((file) => file.endsWith('.test.ts') && WANTED.some((pattern) => pattern.test(file)))
    .map((file) => join(ROOT, 'test', file));
}

/** Whether any of the tests notices. */
async function isKilled({ id }: Mutant, those: readonly CollectedTest[]): Promise<boolean> {
  board.activeMutant = id;
  board.hitLimit = MOST_HITS;
  for (const { run } of those) {
    board.hitCount = 0;
    try {
      await run();
    } catch {
      return true;
    }
  }
  return false;
}

function told({ fileName, location: { start }, replacement }: Mutant): string {
  const line = readFileSync(fileName, 'utf8').split('\n')[start.line] ?? '';
  const place = `${fileName.slice(ROOT.length + 1)}:${start.line + 1}:${start.column + 1}`;
  return `${place} survives\n    ${line.trim()}\n    ${replacement.replace(/\s+/g, ' ')}`;
}

async function main(names: readonly string[]): Promise<number> {
  const { files, mutants } = await instrumented(names);
  hook(new Map(files.map(({ name, content }) => [name, content])));
  const { byMutant, loading } = await reached();
  const weighed = mutants.filter(({ id }) => !loading.has(id));
  const scores = new Map<string, { killed: number; all: number }>();
  for (const mutant of weighed) {
    const killed = await isKilled(mutant, byMutant.get(mutant.id) ?? []);
    if (!killed) console.log(told(mutant));
    const name = mutant.fileName.slice(ROOT.length + 1);
    const score = scores.get(name) ?? { killed: 0, all: 0 };
    scores.set(name, { killed: score.killed + Number(killed), all: score.all + 1 });
  }
  const percent = ({ killed, all }: { killed: number; all: number }) => (100 * killed) / all;
  for (const [name, score] of scores) console.log(`${percent(score).toFixed(1)} % ${name} (${score.all} mutants)`);
  const killed = [...scores.values()].reduce((sum, score) => sum + score.killed, 0);
  const all = { killed, all: weighed.length };
  console.log(`${percent(all).toFixed(1)} % of ${weighed.length} mutants are noticed by ${tests.length} tests`);
  console.log(`${loading.size} run only while a module is loaded, and were left out`);
  return percent(all) < LEAST_SCORE ? 1 : 0;
}

/** Every source that is mutated unless others are named. */
function sourcesIn(...folders: string[]): string[] {
  return folders.flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`));
}

const asked = process.argv.slice(2);
const all = [...sourcesIn('src/core', 'src/operations'), 'src/icarus/wire.ts'];
process.exitCode = await main(asked.length > 0 ? asked : all);
