// `npm run test:sim -- --runs 50000 --seed 1`: plays so many schedules from this seed on, shrinks those that fail, and says what
// it saw. Ends with 1 where an invariant broke.
import { parseArgs } from 'node:util';
import type { Sabotage } from './operator.ts';
import { type Outcome, scheduleOf, shrink, simulate, told } from './simulation.ts';

const PROGRESS_EVERY = 1_000;
const MOST_FAILURES = 5;

/** What a campaign saw. Duplicates are invariants 1 and 2, lost ids 3, stuck runs 4. */
interface Figures {
  schedules: number;
  steps: number;
  faults: number;
  mishaps: number;
  posts: number;
  duplicates: number;
  lostIds: number;
  stuck: number;
  otherViolations: number;
}

/** Plays what the arguments ask for; returns the exit code. `sabotage`: a part of the protocol that is switched off. */
export async function sim(args: string[], say: (line: string) => void, sabotage: Sabotage = {}): Promise<number> {
  const { runs, seed } = asked(args);
  const figures = nothing();
  let failed = 0;
  for (let now = seed; now < seed + runs && failed < MOST_FAILURES; now += 1) {
    const outcome = await simulate(scheduleOf(now), sabotage);
    count(figures, outcome);
    if (figures.schedules % PROGRESS_EVERY === 0) say(`${figures.schedules} of ${runs}`);
    if (outcome.violations.length === 0) continue;
    failed += 1;
    say(told(await shrink(outcome, sabotage)));
  }
  say(JSON.stringify(figures));
  return failed === 0 ? 0 : 1;
}

function asked(args: string[]): { runs: number; seed: number } {
  const { values } = parseArgs({ args, options: { runs: { type: 'string' }, seed: { type: 'string' } } });
  const [runs, seed] = [Number(values.runs ?? 2_000), Number(values.seed ?? 1)];
  if (![runs, seed].every((number) => Number.isSafeInteger(number) && number > 0))
    throw new Error('--runs and --seed are whole numbers from 1 on');
  return { runs, seed };
}

function nothing(): Figures {
  const judged = { duplicates: 0, lostIds: 0, stuck: 0, otherViolations: 0 };
  return { schedules: 0, steps: 0, faults: 0, mishaps: 0, posts: 0, ...judged };
}

function count(figures: Figures, { passages, deeds, posts, violations }: Outcome): void {
  figures.schedules += 1;
  figures.steps += passages.length;
  figures.faults += passages.filter(({ fault }) => fault !== undefined).length;
  figures.mishaps += deeds.length;
  figures.posts += posts;
  const names = { 1: 'duplicates', 2: 'duplicates', 3: 'lostIds', 4: 'stuck' } as const;
  for (const { invariant } of violations) figures[names[invariant as keyof typeof names] ?? 'otherViolations'] += 1;
}

if (import.meta.main) process.exitCode = await sim(process.argv.slice(2), console.log);
