// What P2, P3 and growth have in common: runs created all at once, operations of 0 s, and what each node-operation cost.
import type { Cost } from '../load.ts';
import { callsOf } from '../load.ts';
import type { FigureSpec, Values } from '../scenario.ts';

/** What a node-operation of a large crowd may cost. */
export const CROWD_BARS = {
  rate: { atLeast: 250 },
  cpu: { atMost: 3 },
  writes: { atMost: 0.8 },
  calls: { atMost: 8 },
  bytes: { atMost: 12 },
};

/** Figures of one crowd; `what` says which, and stands behind their names; bars are for those who want them. */
export function crowdFigures(what: string, suffix: string, bars: Partial<Record<string, FigureSpec['bar']>> = {}) {
  const figure = (key: string, name: string, unit: string, kind: FigureSpec['kind']): FigureSpec => {
    const bar = bars[key];
    return { key: `${key}${suffix}`, name: `${name}, ${what}`, unit, kind, ...(bar === undefined ? {} : { bar }) };
  };
  return [
    figure('rate', 'node-operations per second', '/s', 'time'),
    figure('wall', 'wall', 's', 'time'),
    figure('cpu', 'CPU per 1,000 node-operations', 's', 'time'),
    figure('writes', 'writes per node-operation', '', 'count'),
    figure('requests', 'API requests per node-operation', '', 'count'),
    figure('calls', 'Sidecar calls per node-operation', '', 'count'),
    figure('status', '/status calls per node-operation', '', 'count'),
    figure('bytes', 'KB sent per node-operation', 'KB', 'count'),
    figure('peak', 'RSS at most', 'MB', 'time'),
  ];
}

export function crowdValues(cost: Cost, suffix: string): Values {
  const { nodeOperations, wallMs, cpuSeconds, writes, requests, sentBytes, peakMb } = cost;
  const { own, status } = callsOf(cost);
  const values = {
    rate: (1_000 * nodeOperations) / wallMs,
    wall: wallMs / 1_000,
    cpu: (1_000 * cpuSeconds) / nodeOperations,
    writes: writes / nodeOperations,
    requests: requests / nodeOperations,
    calls: own / nodeOperations,
    status: status / nodeOperations,
    bytes: sentBytes / nodeOperations / 1_024,
    peak: peakMb,
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${key}${suffix}`, value]));
}
