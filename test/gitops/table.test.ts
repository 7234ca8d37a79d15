// One table over every state of a run, each real: what kstatus (Flux), Argo CD, kubectl wait, Helm and Argo Workflows make of
// it, by their own programs and libraries. They agree, and docs/gitops.md shows just this table (UPDATE_DOCS=1 writes it).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { getCleanup } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { deploy, objectOf } from './helm.ts';
import { judge, type Verdict } from './judge.ts';
import { type Kind, type Reached, reachAll, STATES } from './states.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'gitops.md');
const BEGIN = '<!-- the table of states: made by test/gitops/table.test.ts -->\n';
const END = '<!-- the end of the table -->';
/** Rows that are made at the same time: most of each is waiting. */
const AT_ONCE = 6;

/** A row: what each tool makes of one state. */
interface Row {
  what: string;
  state: string | undefined;
  kstatus: string | undefined;
  argo: string | undefined;
  kubectl: string;
  helm: string;
  workflow: string | undefined;
}

type Tools = Omit<Row, 'what' | 'state'>;

const EXPECTED: Readonly<Record<Kind, Tools>> = {
  'going on': { kstatus: 'InProgress', argo: 'Progressing', kubectl: 'waits', helm: 'waits', workflow: 'Running' },
  suspended: { kstatus: 'Current', argo: 'Suspended', kubectl: 'waits', helm: 'succeeds', workflow: 'Running' },
  done: {
    kstatus: 'Current',
    argo: 'Healthy',
    kubectl: 'Complete, Finished',
    helm: 'succeeds',
    workflow: 'Succeeded',
  },
  failed: { kstatus: 'Failed', argo: 'Degraded', kubectl: 'Failed, Finished', helm: 'fails', workflow: 'Failed' },
  // Until the operator has looked again, all but Argo Workflows (which has its answer by then) wait for that.
  'changed after its end': {
    kstatus: 'InProgress',
    argo: 'Progressing',
    kubectl: 'waits',
    helm: 'waits',
    workflow: 'Succeeded',
  },
};

let plane: SharedControlPlane;
let rows: Row[];
let objects: CassandraCleanup[];
let verdicts: Verdict[];

beforeAll(async () => {
  plane = sharedControlPlane();
  const reached = await reachAll(plane);
  objects = await Promise.all(reached.map(({ release }) => getCleanup(plane, release.namespace, objectOf(release))));
  verdicts = await judge(objects);
  rows = [];
  for (let first = 0; first < reached.length; first += AT_ONCE) {
    const some = reached.slice(first, first + AT_ONCE);
    rows.push(...(await Promise.all(some.map((each, index) => rowOf(each, first + index)))));
  }
}, 1_200_000);

async function rowOf(reached: Reached, index: number): Promise<Row> {
  const [kubectl, helm] = await Promise.all([kubectlSays(reached), helmSays(reached)]);
  return {
    what: reached.one.what,
    state: objects[index]?.status?.state,
    kstatus: verdicts[index]?.kstatus.status,
    argo: verdicts[index]?.argo.status,
    kubectl,
    helm,
    workflow: verdicts[index]?.workflow,
  };
}

/** For which conditions kubectl wait returns at once. */
async function kubectlSays({ release }: Reached): Promise<string> {
  const conditions = ['Complete', 'Failed', 'Finished'];
  const results = await Promise.all(
    conditions.map((condition) => {
      const what = [`cclean/${objectOf(release)}`, `--for=condition=${condition}`, '--timeout=0s'];
      return plane.kubectl(['wait', '--namespace', release.namespace, ...what]);
    }),
  );
  const held = conditions.filter((_, index) => results[index]?.code === 0);
  return held.length === 0 ? 'waits' : held.join(', ');
}

/** What `helm upgrade --wait` comes to, on a release that is so already. */
async function helmSays({ release }: Reached): Promise<string> {
  const { code, stderr } = await deploy(release, '--wait', '--timeout=6s');
  if (code === 0) return 'succeeds';
  if (stderr.includes('context deadline exceeded')) return 'waits';
  if (stderr.includes('status: Failed')) return 'fails';
  throw new Error(stderr);
}

test('every state is the one that it is meant to be', () => {
  expect(rows.map(({ what, state }) => [what, state])).toEqual(STATES.map(({ what, state }) => [what, state]));
});

test.each(STATES)('$what: all tools agree that it is $kind', ({ what, kind }) => {
  const { what: _what, state: _state, ...tools } = rows.find((row) => row.what === what) ?? { what, state: '' };
  expect(tools).toEqual(EXPECTED[kind]);
});

test('the kstatus of Flux and Helm says the same as the one of Kubernetes', () => {
  expect(verdicts.map(({ flux }) => flux)).toEqual(verdicts.map(({ kstatus }) => kstatus));
});

test('Argo CD shows the reason and the message of the condition that holds', () => {
  const types = ['Complete', 'Failed', 'Suspended', 'Reconciling'];
  const told = objects.map(({ metadata, status }) => {
    if (status?.observedGeneration !== metadata.generation) return 'waiting for the operator to look at it';
    const holds = status.conditions?.find((one) => one.status === 'True' && types.includes(one.type));
    return `${holds?.reason}: ${holds?.message}`;
  });
  expect(verdicts.map(({ argo }) => argo.message)).toEqual(told);
});

test('docs/gitops.md shows this table', () => {
  const head = [
    'the run',
    '`status.state`',
    'kstatus: Flux',
    'Argo CD',
    '`kubectl wait`',
    '`helm --wait`',
    'Argo Workflows',
  ];
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |\n`;
  const table = [line(head), `${'|---'.repeat(head.length)}|\n`, ...rows.map((row) => line(Object.values(row)))].join(
    '',
  );
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const wanted = `${before}${BEGIN}\n${table}\n${END}${after}`;
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(PAGE, wanted);
  else expect(page).toBe(wanted);
});
