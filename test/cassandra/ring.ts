// A real Cassandra cluster for a test file: nodes, a Sidecar beside each, and the bridge; `stop` leaves nothing behind.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../support/kill-on-exit.ts';
import { type Bridge, startBridge } from './bridge.ts';
import { createEngine, type Engine } from './engine.ts';
import { type CassandraNode, createNode, type NodeOptions } from './node.ts';
import { endEveryJvm } from './processes.ts';

/** A node, its Sidecar, and the name of its Pod. */
export interface RingNode extends CassandraNode {
  readonly pod: string;
  readonly engine: Engine;
}

export interface RingOptions {
  version: string;
  settings?: Readonly<Record<string, string>>;
  /** Flags of the Sidecars. */
  sidecarFlags?: readonly string[];
}

/** What a node may have of its own. */
export type NodeChoice = Partial<Pick<NodeOptions, 'rack' | 'settings' | 'flags'>>;

export interface Ring {
  readonly bridge: Bridge;
  readonly nodes: readonly RingNode[];
  /** The next node, not started yet. */
  prepare(choice?: NodeChoice): Promise<RingNode>;
  /** The next node, up, with its Sidecar. */
  add(choice?: NodeChoice): Promise<RingNode>;
  node(index: number): RingNode;
  stop(): Promise<void>;
}

/** The oldest and the newest Cassandra that the tests run on, one with a guard of its own, and one that has none. */
export const VERSIONS = { oldest: '4.0.19', unguarded: '4.1.0', guarded: '4.1.10', newest: '5.0.6' } as const;

/** Skips the wait and the streams of a bootstrap: for clusters that are made empty. */
export const INSTANT = { auto_bootstrap: 'false' } as const;

/** An empty ring: add nodes to it. */
export async function createRing(options: RingOptions): Promise<Ring> {
  const home = mkdtempSync(join(tmpdir(), 'cassandra-tier-'));
  const bridge = await startBridge();
  const nodes: RingNode[] = [];
  const prepare = async (choice: NodeChoice = {}) => {
    const settings = { ...options.settings, ...choice.settings };
    const place = { ...choice, index: nodes.length + 1, version: options.version, home, bridge, settings };
    const node = await createNode(place);
    const engine = await createEngine(node, home, options.sidecarFlags);
    const made = { ...node, engine, pod: `prod-sts-${node.index}` };
    nodes.push(made);
    return made;
  };
  return {
    bridge,
    nodes,
    prepare,
    add: async (choice) => {
      const node = await prepare(choice);
      await Promise.all([node.start(), node.engine.start()]);
      return node;
    },
    node: (index) => {
      const node = nodes[index - 1];
      if (node === undefined) throw new Error(`no node ${index}`);
      return node;
    },
    stop: async () => {
      await endEveryJvm();
      removeFolder(home);
    },
  };
}
