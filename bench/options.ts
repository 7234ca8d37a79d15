// What the bench can be told on its command line. Pure.
import { parseArgs } from 'node:util';

export const SCENARIOS = ['start', 'P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'growth'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[];
  /** How many times each scenario is run. */
  readonly runs: number;
  /** A small version of everything; counts that break their bars make the exit code 1 in any case. */
  readonly quick: boolean;
  /** Write a CPU profile, a flame graph and a summary of the heap of our operator. */
  readonly profile: boolean;
  /** Measure our operator only. */
  readonly oursOnly: boolean;
  /** Our operator as Node runs its source: for profiles that name files. */
  readonly fromSource: boolean;
  /** So many cores are kept busy by others meanwhile. */
  readonly load: number;
  readonly json?: string;
  readonly compare?: string;
}

export const USAGE = `npm run bench [-- options]
  --scenario NAME   ${SCENARIOS.join(', ')}; may be repeated, or a list with commas; default: all
  --runs N          repeat each scenario; the table shows median (min-max)
  --quick           a small version, within 5 minutes; the exit code is 1 where a count breaks its bar
  --json FILE       where to write the figures; default: dist/bench/DATE.json
  --compare FILE    print ratios to an older run
  --load N          keep N cores busy meanwhile, as on a machine that others use too
  --profile         CPU profile, flame graph and heap summary of our operator; default scenario: P2
  --ours-only       leave the naive operator out
  --from-source     our operator from its source, not as the image's bundle
`;

/** Reads the arguments; throws an Error that says what is wrong, or undefined for --help. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', multiple: true },
      runs: { type: 'string', default: '1' },
      json: { type: 'string' },
      compare: { type: 'string' },
      load: { type: 'string', default: '0' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'ours-only': { type: 'boolean', default: false },
      'from-source': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick, profile, json, compare } = values;
  return {
    scenarios: scenariosOf(values.scenario ?? (profile ? ['P2'] : SCENARIOS)),
    runs: whole('--runs', values.runs, 1),
    quick,
    profile,
    oursOnly: values['ours-only'] || profile,
    fromSource: values['from-source'],
    load: whole('--load', values.load, 0),
    ...(json === undefined ? {} : { json }),
    ...(compare === undefined ? {} : { compare }),
  };
}

/** In the order of the table, whatever the order in which they were named. */
function scenariosOf(named: readonly string[]): ScenarioName[] {
  const wanted = new Set(named.flatMap((text) => text.split(',')).map((text) => text.trim().toLowerCase()));
  const found = SCENARIOS.filter((name) => wanted.delete(name.toLowerCase()));
  if (wanted.size > 0)
    throw new Error(`no such scenario: ${[...wanted].join(', ')}; there are ${SCENARIOS.join(', ')}`);
  return found;
}

function whole(flag: string, text: string, least: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${flag} must be a whole number from ${least}, not ${text}`);
  return value;
}
