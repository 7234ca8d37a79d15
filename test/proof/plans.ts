// The exhaustive plans: a learning run of the scenario numbers all that passes the gate; then one run for each passage and each
// thing that can go wrong with it. A plan is written `<number>:<fault>`, with `+standby` where another replica takes over.
import { EFFECT_FAULTS, type Fault, NOTICE_FAULTS, type Passage } from './gate.ts';
import type { Violation } from './judge.ts';
import type { Sabotage } from './operator.ts';
import { type End, masked, scenario } from './scenario.ts';
import type { World } from './world.ts';

/** One thing that goes wrong. */
export interface Plan {
  n: number;
  fault: Fault;
  /** After a crash another replica takes over, its clock five minutes ahead; else the process is restarted after 2 s. */
  standby: boolean;
}

/** What came of a plan. */
export interface Verdict {
  plan: Plan | undefined;
  violations: readonly Violation[];
  passages: readonly Passage[];
  end: End;
  statusWrites: number;
  endedAt: number;
}

const RESTART_MS = 2_000;
const LIMIT_MS = 4 * 3_600_000;
const SKEW_MS = 300_000;
/** A fault may cost, or save, so many status writes. */
const MORE_WRITES = 12;

/** `12:crashAfter`, `40:error+standby`. */
export function nameOf({ n, fault, standby }: Plan): string {
  return `${n}:${fault}${standby ? '+standby' : ''}`;
}

/** The plan of such a name. */
export function planOf(name: string): Plan {
  const [, n, fault, standby] = /^(\d+):(\w+?)(\+standby)?$/.exec(name) ?? [];
  if (n === undefined || fault === undefined) throw new Error(`no plan is called ${name}`);
  return { n: Number(n), fault: fault as Fault, standby: standby !== undefined };
}

/** Questions that are asked over and over: a quarter of them is enough where time is short. */
const REPEATED = ['GET operation', 'PUT lease'];

/** Every plan that a learning run gives rise to; `all` = for each of the many polls and renewals too. */
export function plansFor(passages: readonly Passage[], all: boolean): Plan[] {
  return passages.flatMap(({ n, sort, kind }) => {
    if (!all && REPEATED.includes(kind) && n % 4 !== 0) return [];
    if (sort === 'notice') return NOTICE_FAULTS.map((fault) => ({ n, fault, standby: false }));
    const faults: Fault[] = [...EFFECT_FAULTS, ...(kind === 'POST' ? (['late', 'refused'] as const) : [])];
    const plans = faults.map((fault) => ({ n, fault, standby: false }));
    const matters = kind === 'POST' || kind === 'PUT status';
    const handOvers = matters ? plans.filter(({ fault }) => fault.startsWith('crash') || fault === 'delayed') : [];
    return [...plans, ...handOvers.map((plan) => ({ ...plan, standby: true }))];
  });
}

/** Plays the scenario with one thing going wrong, or with nothing. */
export async function play(plan: Plan | undefined, sabotage: Sabotage = {}): Promise<Verdict> {
  const standby = plan?.standby === true;
  const world = scenario({
    sabotage,
    faultOf: ({ n }) => (n === plan?.n ? plan.fault : undefined),
    skewMs: standby ? SKEW_MS : 0,
  });
  world.timeline.after(1, () => {});
  world.startOperator('alpha');
  keepAlive(world, standby);
  const delayed = plan?.fault === 'delayed';
  await world.run(LIMIT_MS, delayed ? 100_000 : 1_000);
  const { violations } = world.judge;
  return {
    plan,
    violations,
    passages: world.gate.passages,
    end: masked(world),
    statusWrites: world.api.statusWrites,
    endedAt: world.timeline.now,
  };
}

/** Plays plans; returns what is wrong, each with its plan, and with the command that plays it again. */
export async function reportsOf(plans: readonly Plan[], learned: Verdict, sabotage: Sabotage = {}): Promise<string[]> {
  const found: string[] = [];
  for (const plan of plans) {
    const { kind, what } = learned.passages[plan.n] ?? {};
    const command = `PLAN=${nameOf(plan)} npm test -- test/proof/plans.test.ts`;
    const complaints = complaintsOf(await play(plan, sabotage), learned);
    found.push(...complaints.map((complaint) => `${command} (${kind} ${what}): ${complaint}`));
  }
  return found;
}

/** What is wrong with a plan's run: broken invariants, or another end than that of the run without faults. */
export function complaintsOf(verdict: Verdict, learned: Verdict): string[] {
  const broken = verdict.violations.map(
    ({ invariant, what, at, step }) => `invariant ${invariant} at step ${step} (${Math.round(at)} ms): ${what}`,
  );
  if (broken.length > 0) return broken;
  const [expected, got] = [learned, verdict].map(({ end }) => JSON.stringify(withoutOneMore(end, verdict, learned)));
  const writes = verdict.statusWrites - learned.statusWrites;
  return [
    ...(got === expected ? [] : [`at the end, step ${verdict.passages.length - 1}, another status: ${got}`]),
    ...(Math.abs(writes) <= MORE_WRITES ? [] : [`${writes} more status writes than without the fault`]),
  ];
}

/** A POST that arrives after every wait may make one more, on its own node only: the permitted outcome. */
function withoutOneMore(end: End, { plan }: Verdict, { passages }: Verdict): End {
  const passage = passages[plan?.n ?? -1];
  if (plan?.fault !== 'delayed' || passage?.kind !== 'POST') return end;
  const { [passage.what.replace('uid-', '')]: _more, ...posts } = end.posts;
  return { ...end, posts };
}

/** A process that died is started again; or a standby, which has waited for the lease all along, takes over. */
function keepAlive(world: World, standby: boolean): void {
  const { timeline } = world;
  const script = timeline.onStep;
  let starting = false;
  timeline.onStep = () => {
    script();
    const isAlive = world.operators.some(({ process }) => process.alive);
    if (isAlive || starting) return;
    starting = true;
    timeline.after(standby ? 100 : RESTART_MS, () => {
      starting = false;
      if (standby) world.startOperator('beta', 'beta', SKEW_MS);
      else world.startOperator(`alpha-${world.operators.length}`, 'alpha');
    });
  };
}
