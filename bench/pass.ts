// One operator in one place: with fresh Sidecar doubles, until the scenario's body is through; afterwards the place is as before.
import { setTimeout as sleep } from 'node:timers/promises';
import { CLEANUPS, eachOf } from './api.ts';
import type { Contender } from './contenders.ts';
import { type Ends, watchEnds } from './ends.ts';
import { type RunningOperator, startOperator } from './operators.ts';
import type { Place } from './place.ts';
import type { SidecarsSetup } from './sidecars.ts';
import { type SidecarsProcess, startSidecars } from './sidecars-process.ts';

/** How the Sidecars of a pass behave. */
export type SidecarKnobs = Omit<SidecarsSetup, 'hosts' | 'port'>;

export interface Pass {
  readonly place: Place;
  readonly contender: Contender;
  readonly sidecars: SidecarsProcess;
  readonly ends: Ends;
  /** Starts the operator; what is still running ends with the pass. */
  start(): Promise<RunningOperator>;
}

/** After the start of an operator: for its first garbage collections, and what else it does at first. */
const SETTLE_MS = 300;
/** Nodes from which on the API server has become heavy. */
const HEAVY = 500;

/** Plays the body, and takes its resources away again. After many nodes the API server is started anew for whoever comes next. */
export async function playPass<T>(
  place: Place,
  contender: Contender,
  knobs: SidecarKnobs,
  body: (pass: Pass) => Promise<T>,
): Promise<T> {
  const hosts = place.clusters.flatMap(({ nodes }) => nodes.map(({ host }) => host));
  const sidecars = await startSidecars({ ...knobs, hosts, port: place.port });
  const ends = await watchEnds(place.api);
  const operators: RunningOperator[] = [];
  const start = async () => {
    const operator = await startOperator(contender, place.plane);
    operators.push(operator);
    await sleep(SETTLE_MS);
    return operator;
  };
  try {
    return await body({ place, contender, sidecars, ends, start });
  } finally {
    await Promise.all(operators.map((operator) => operator.stop()));
    ends.stop();
    await sidecars.stop();
    await eachOf(place.namespaces, (namespace) =>
      place.api.ask('DELETE', `${CLEANUPS}/namespaces/${namespace}/cassandracleanups`),
    );
    if (hosts.length >= HEAVY) await place.restart();
  }
}
