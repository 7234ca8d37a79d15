// P7: kill -9 about the POST, again and again: half of the kills come at a random moment after the run was created, half at one
// after a POST has arrived, whose answer takes 60 ms. At the end everything must be cleaned once, and nothing be stuck.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contenders.ts';
import { createRuns } from '../load.ts';
import { type Pass, playPass } from '../pass.ts';
import type { BenchCluster, Place } from '../place.ts';
import { type FigureSpec, figuresOf, measureAll, quickAlone, type Scenario, type Values } from '../scenario.ts';
import { sum } from '../statistics.ts';

const NODES = 5;
const OPERATION_MS = 2_000;
const POST_DELAY_MS = 60;
/** A lost intent is proven lost in half a minute. */
const RECOVERY_MS = 180_000;

const FIGURES: readonly FigureSpec[] = [
  { key: 'kills', name: 'kills', unit: '', kind: 'count' },
  { key: 'extra', name: 'POSTs beyond one a node', unit: '', kind: 'count', bar: { atMost: 0 } },
  { key: 'twice', name: 'nodes with two cleanups at once', unit: '', kind: 'count', bar: { atMost: 0 } },
  { key: 'stuck', name: 'runs that did not end', unit: '', kind: 'count', bar: { atMost: 0 } },
  { key: 'never', name: 'nodes that were never cleaned', unit: '', kind: 'count', bar: { atMost: 0 } },
  { key: 'recovery', name: 'from the last kill to the last end', unit: 's', kind: 'time' },
];

export const p7: Scenario = async (context) => {
  const size = { clusters: context.quick ? 5 : 50, nodes: NODES };
  return figuresOf('P7', FIGURES, await measureAll(quickAlone(context), 'P7', size, measure));
};

function measure(place: Place, contender: Contender): Promise<Values> {
  const knobs = { operationMs: OPERATION_MS, waits: false, postDelayMs: POST_DELAY_MS };
  return playPass(place, contender, knobs, async (pass) => {
    for (const [index, cluster] of place.clusters.entries()) await killOnce(pass, cluster, index % 2 === 0);
    await pass.start();
    const lastKill = Date.now();
    const keys = place.clusters.map(({ namespace, name }) => `${namespace}/r-${name}`);
    const stuck = await pass.ends.until(keys, RECOVERY_MS);
    const { nodes } = await pass.sidecars.report();
    return {
      kills: place.clusters.length,
      extra: sum(nodes.map(({ posts }) => Math.max(0, posts.length - 1))),
      twice: nodes.filter(({ most }) => most > 1).length,
      stuck: stuck.length,
      never: nodes.filter(({ posts }) => posts.length === 0).length,
      recovery: (Math.max(...pass.ends.at.values()) - lastKill) / 1_000,
    };
  });
}

/** A run over one cluster, and the end of the operator about its POST. */
async function killOnce(pass: Pass, cluster: BenchCluster, afterPost: boolean): Promise<void> {
  const operator = await pass.start();
  const hosts = new Set(cluster.nodes.map(({ host }) => host));
  const posted = new Promise<void>((resolve) => {
    pass.sidecars.onPost((host) => {
      if (hosts.has(host)) resolve();
    });
  });
  const load = { clusters: [cluster], parallelism: NODES, name: 'r', timeoutMs: 0 };
  await createRuns(pass.place.api, load);
  if (afterPost) await Promise.race([posted, sleep(10_000)]);
  await sleep(Math.random() * (afterPost ? 1.5 * POST_DELAY_MS : 300));
  await operator.kill();
}
