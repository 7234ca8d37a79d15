// Which Pods a run cleans, which Pods make up their Cassandra cluster, and which rack each stands in (hard cases 1 to 5).
import { equal } from './change.ts';
import type { Node, RunSpec, Settings } from './model.ts';
import { matches } from './selector.ts';

export interface Membership {
  selected: ReadonlyMap<string, Node>;
  cluster: readonly Node[];
}

/** Picks the selected Pods, and all Pods of their cluster, from those of the namespace. */
export function membersOf(spec: RunSpec, nodes: readonly Node[], settings: Settings): Membership {
  const chosen = nodes.filter((node) => matches(spec.podSelector, node.labels));
  const selected = new Map(chosen.map((node) => [node.name, node]));
  const belongs = clusterTest(spec, chosen, settings);
  return { selected, cluster: nodes.filter((node) => selected.has(node.name) || belongs(node)) };
}

function clusterTest(spec: RunSpec, chosen: readonly Node[], settings: Settings): (node: Node) => boolean {
  const { clusterSelector } = spec;
  if (clusterSelector !== undefined) return (node) => matches(clusterSelector, node.labels);
  const names = new Set<string>();
  for (const node of chosen) {
    const key = settings.clusterLabels.find((name) => node.labels[name] !== undefined);
    if (key !== undefined) names.add(`${key}=${node.labels[key]}`);
  }
  const shares = ({ labels }: Node) =>
    settings.clusterLabels.some((key) => labels[key] !== undefined && names.has(`${key}=${labels[key]}`));
  return (node) => node.port !== undefined && shares(node);
}

/** How to tell the rack of each selected Pod: `datacenter/rack`, `rack`, or undefined where no label names it. */
export function rackNames(
  spec: RunSpec,
  selected: ReadonlyMap<string, Node>,
  settings: Settings,
): (node: Node) => string | undefined {
  const nodes = [...selected.values()];
  const carried = (names: readonly string[]) =>
    names.find((name) => nodes.some((node) => node.labels[name] !== undefined));
  const rackLabel = spec.rackLabel ?? carried(settings.rackLabels);
  const datacenterLabel = carried(settings.datacenterLabels);
  return (node) => {
    const rack = rackLabel === undefined ? undefined : node.labels[rackLabel];
    const datacenter = datacenterLabel === undefined ? undefined : node.labels[datacenterLabel];
    return datacenter === undefined ? rack : [datacenter, rack].filter((part) => part !== undefined).join('/');
  };
}

/** Whether every run that has one of these as a member has the other: nothing that membership follows from has changed. */
export function alike(a: Node | undefined, b: Node | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.name !== b.name) return false;
  return (a.port === undefined) === (b.port === undefined) && equal(a.labels, b.labels);
}

/** Whether a change of this Pod can matter to a run: it may be selected, or belong to the cluster. */
export function concerns(spec: RunSpec, node: Node, settings: Settings): boolean {
  if (matches(spec.podSelector, node.labels)) return true;
  if (spec.clusterSelector !== undefined) return matches(spec.clusterSelector, node.labels);
  return settings.clusterLabels.some((key) => node.labels[key] !== undefined);
}
