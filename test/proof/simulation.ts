// Seeded simulation: a seed decides a small cluster, two or three replicas with wrong clocks, resources that share its Pods, and
// everything that goes wrong for a while. When that has stopped, every run must come to its end.
import type { Fault, Passage } from './gate.ts';
import type { Host } from './host.ts';
import type { Violation } from './judge.ts';
import { MISHAPS, type Mishap, Theatre } from './mishaps.ts';
import type { Sabotage } from './operator.ts';
import { STRANGE } from './strange.ts';
import { World } from './world.ts';

/** What a seed decides. */
export interface Schedule {
  seed: number;
  /** Milliseconds during which things go wrong. */
  troubleMs: number;
  /** Chance of each passage to be given a fault. */
  rate: number;
  /** Milliseconds by which the clocks of replicas may be wrong. */
  skewMs: number;
  replicas: number;
  /** Dice for the deadlines and limits of the resources; 0 = they have none. */
  limits: number;
  mishaps: readonly Stroke[];
  /** Rarer ones; most schedules have none. */
  strange: readonly Stroke[];
}

interface Stroke {
  at: number;
  what: Mishap;
  dice: number;
}

/** What came of a schedule. */
export interface Outcome {
  schedule: Schedule;
  violations: readonly Violation[];
  passages: readonly Passage[];
  /** What was done to the world, in words. */
  deeds: readonly string[];
  /** Cleanups that were really started. */
  posts: number;
}

/** What was begun in the time of trouble, such as a re-creation, is over after this. */
const AFTERMATH_MS = 21_000;
const LIMIT_MS = 5 * 3_600_000;
const EFFECTS: readonly Fault[] = ['error', 'error', 'timedOut', 'late', 'delayed', 'crashBefore', 'crashAfter'];
const NOTICES: readonly Fault[] = ['dropped', 'duplicated', 'stale1', 'stale2', 'stale3', 'gone'];

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const { dice } = new World({ seed });
  const troubleMs = dice.between(10, 90) * 1_000;
  const stroke = (kinds: readonly [Mishap, ...Mishap[]]): Stroke => ({
    at: dice.between(0, troubleMs),
    what: dice.pick(...kinds),
    dice: dice.between(1, 1_000_000),
  });
  const mishaps = Array.from({ length: dice.between(0, 12) }, () => stroke(MISHAPS));
  return {
    ...{ seed, troubleMs, mishaps: mishaps.sort((a, b) => a.at - b.at) },
    rate: dice.pick(0, 0.005, 0.02, 0.06),
    skewMs: dice.pick(0, 0, 300_000),
    replicas: dice.between(2, 3),
    limits: dice.chance(0.4) ? dice.between(1, 1_000_000) : 0,
    strange: dice.chance(0.4) ? Array.from({ length: dice.between(1, 5) }, () => stroke(STRANGE)) : [],
  };
}

/** Plays a schedule. */
export async function simulate(schedule: Schedule, sabotage: Sabotage = {}): Promise<Outcome> {
  const { seed, troubleMs, rate, skewMs, replicas, limits, mishaps, strange } = schedule;
  const world: World = new World({
    ...{ seed, sabotage, skewMs: 2 * skewMs, victim: seed % 2 === 0 ? 'first' : 'second', tornMs: 20 },
    fate: (host) => fateOf(host, world),
    faultOf: (passage) => faultOf(passage, world, { rate, troubleMs }),
    apiMs: () => world.dice.between(2, 30),
    sidecarMs: () => world.dice.between(2, 60),
    connectMs: () => (world.dice.chance(0.03) ? world.dice.between(500, 9_000) : 2),
    noticeMs: () => (world.dice.chance(0.1) ? world.dice.between(100, 8_000) : world.dice.between(2, 60)),
  });
  const theatre = new Theatre(world, { skewMs, replicas, limits });
  for (const { at, what, dice } of [...mishaps, ...strange]) world.timeline.after(at, () => theatre.play(what, dice));
  let open = true;
  world.scripted = () => !open;
  world.timeline.after(troubleMs, () => theatre.calm());
  world.timeline.after(troubleMs + AFTERMATH_MS, () => {
    open = false;
  });
  await world.run(LIMIT_MS, 500);
  const { judge, gate } = world;
  const { violations, cleanups } = judge;
  return { schedule, violations, passages: gate.passages, deeds: theatre.deeds, posts: cleanups.length };
}

function fateOf(host: Host, { dice }: World) {
  const durationMs = dice.pick(1_000, 1_500, 5_000);
  const isFirst = host.cleanups.length === 1;
  return isFirst && dice.chance(0.1) ? { durationMs, failure: 'boom' } : { durationMs };
}

function faultOf({ sort, kind }: Passage, world: World, { rate, troubleMs }: { rate: number; troubleMs: number }) {
  const { dice, timeline } = world;
  if (timeline.now >= troubleMs || !dice.chance(kind === 'POST' ? 4 * rate : rate)) return undefined;
  const [first = 'error', ...rest] = sort === 'notice' ? NOTICES : EFFECTS;
  return dice.pick<Fault>(first, ...rest);
}

/** Leaves out one mishap after the other, then the faults, as long as it still fails: what is left is what it takes. */
export async function shrink(failed: Outcome, sabotage: Sabotage = {}): Promise<Outcome> {
  let smallest = failed;
  const attempt = async (change: Partial<Schedule>) => {
    const outcome = await simulate({ ...smallest.schedule, ...change }, sabotage);
    if (outcome.violations.length > 0) smallest = outcome;
  };
  for (const sort of ['mishaps', 'strange'] as const) {
    for (const stroke of failed.schedule[sort]) {
      await attempt({ [sort]: smallest.schedule[sort].filter((one) => one !== stroke) });
    }
  }
  await attempt({ rate: 0 });
  await attempt({ skewMs: 0 });
  await attempt({ replicas: 2 });
  await attempt({ limits: 0 });
  return smallest;
}

/** A failure in words: its seed, with the command that plays it again, what it takes, and each broken invariant with its step. */
export function told({ schedule, violations, deeds, passages }: Outcome): string {
  const broken = violations.map(
    ({ invariant, what, at, step }) => `invariant ${invariant} at step ${step} (${Math.round(at)} ms): ${what}`,
  );
  const faults = passages.flatMap(({ n, at, process, kind, what, fault }) =>
    fault === undefined ? [] : [`step ${n} ${Math.round(at)} ms ${process}: ${kind} ${what} ${fault}`],
  );
  const { mishaps: _mishaps, strange: _strange, seed, ...rest } = schedule;
  const head = `seed ${seed}: npm run test:sim -- --runs 1 --seed ${seed}; shrunk to ${JSON.stringify(rest)}`;
  return [head, ...broken, ...deeds, ...faults].join('\n  ');
}
