// npm run demo: a CassandraCleanup from `kubectl apply` to its end on a real API server, for people to look at. Options are
// in options.ts; nothing is left running or lying about, however it ends.
import type { CassandraCleanup, CassandraCleanupStatus } from '../../src/api/generated.ts';
import { cassandraDemo } from './cassandra-demo.ts';
import { follow } from './follow.ts';
import { type DemoOptions, parseOptions } from './options.ts';
import { screenOn } from './screen.ts';
import {
  applySample,
  countsOf,
  type Ends,
  kubectl,
  NAMESPACE,
  orTrouble,
  SAMPLE,
  type Stage,
  setStage,
} from './stage.ts';
import { seconds } from './table.ts';
import { complaintAbout, countLines } from './verdict.ts';

const LOG_LINES = 20;

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Shows the run until it is over, and gives its last status. */
async function watchRun({ plane }: Stage, name: string): Promise<CassandraCleanupStatus> {
  const screen = screenOn(process.stdout, name);
  try {
    for await (const { status } of follow(plane, NAMESPACE, name)) {
      screen.show(status);
      if (isOver(status)) return status;
    }
    throw new Error('the CassandraCleanup is gone');
  } finally {
    screen.end();
  }
}

function isOver({ conditions = [] }: CassandraCleanup['status']): boolean {
  return conditions.some(({ type, status }) => type === 'Finished' && status === 'True');
}

async function report(stage: Stage, name: string): Promise<void> {
  for (const args of [
    ['get', 'cassandracleanups', '-o', 'wide'],
    ['describe', 'cassandracleanup', name],
  ]) {
    say(`\n$ kubectl ${args.join(' ')}`);
    say((await kubectl(stage.plane, ...args)).trimEnd());
  }
  say('\nPOSTs that each Sidecar counted:');
  for (const line of countLines(countsOf(stage))) say(`  ${line}`);
}

/** One run, from apply to the report; returns why it is not what was expected, or undefined. */
async function play(stage: Stage, options: DemoOptions): Promise<string | undefined> {
  say(`\n$ kubectl apply -f ${SAMPLE}\n`);
  const name = await applySample(stage.plane);
  const appliedAt = performance.now();
  const limitMs = 60_000 + options.nodes * 10_000;
  const status = await orTrouble(watchRun(stage, name), stage, limitMs);
  const endedAt = performance.now();
  await report(stage, name);
  const complaint = complaintAbout(status, countsOf(stage), options);
  const times = `${seconds(endedAt - appliedAt)} after the apply, ${seconds(endedAt - stage.upAt)} after the control plane`;
  const how = options.fail === undefined ? status.state : `${status.state}, as --fail asks for`;
  const count = `${status.completed}/${status.total} nodes`;
  if (complaint === undefined) say(`\n${how}: ${count}, one POST a node, ${times}.`);
  return complaint;
}

/** Says how to try things by hand; what runs keeps this process alive until a signal comes. */
async function keep({ plane }: Stage): Promise<void> {
  say(`\nEverything stays up until Ctrl-C. In another terminal:\n`);
  say(`  export KUBECONFIG=${plane.kubeconfig}`);
  say(`  alias kubectl=${plane.kubectlPath}`);
  say('  kubectl get cclean,pods');
  say(`  sed s/after-scale-out/again/ ${SAMPLE} | kubectl apply -f -   # clean once more`);
  say('  kubectl get cclean --watch');
  await new Promise(() => {});
}

/** Sets the stage, plays, and takes everything down; returns the exit code. */
async function run(options: DemoOptions, life: Life): Promise<number> {
  const ends: Ends = [];
  const log: Log = { lines: () => [] };
  try {
    const stage = await setStage(options, ends, say);
    log.lines = stage.operator.logs;
    const complaint = await play(stage, options);
    if (complaint === undefined) life.codeOnSignal = 0;
    else fail(complaint, log);
    if (options.keep) await keep(stage);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error), log);
  } finally {
    for (const end of ends.reverse()) await end();
  }
  return life.codeOnSignal ?? 1;
}

interface Log {
  lines: () => Record<string, unknown>[];
}

/** Says why the outcome is not the expected one, with the end of what the operator has logged. */
function fail(complaint: string, { lines }: Log): void {
  const last = lines().slice(-LOG_LINES);
  process.stderr.write(`\nThe demo failed: ${complaint}\n`);
  if (last.length > 0) process.stderr.write('The end of what the operator logged:\n');
  for (const { stacktrace: _stacktrace, ...line } of last) process.stderr.write(`  ${JSON.stringify(line)}\n`);
}

/** What a signal ends this process with: 0 once the run has come to its end and things are only kept up. */
interface Life {
  codeOnSignal?: number;
}

/** Ctrl-C ends everything at once: the handlers on exit kill what runs and remove what lies about. */
function endOnSignal(life: Life): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(life.codeOnSignal ?? codes[signal]));
  }
}

async function main(): Promise<void> {
  const parsed = parseOptions(process.argv.slice(2));
  if ('print' in parsed) return void process.stdout.write(parsed.print);
  if ('complaint' in parsed) {
    process.stderr.write(`${parsed.complaint}\n`);
    process.exitCode = 2;
    return;
  }
  const life: Life = {};
  endOnSignal(life);
  process.exitCode = parsed.options.cassandra ? await cassandraDemo(say) : await run(parsed.options, life);
}

await main();
