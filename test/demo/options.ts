// What the demo's command line says, as a pure function: options, the help text, or one line on what is wrong.
import { parseArgs } from 'node:util';

/** What to show. */
export interface DemoOptions {
  /** How many nodes, in three racks. */
  nodes: number;
  /** Which node fails, counted from 1; undefined = none. */
  fail: number | undefined;
  /** Leave everything up until Ctrl-C. */
  keep: boolean;
  /** Two real Cassandra nodes in the place of the stand-ins. */
  cassandra: boolean;
}

/** Parsed: options to run with, a text to print, or a complaint. */
export type Parsed = { options: DemoOptions } | { print: string } | { complaint: string };

const MAX_NODES = 60;

/** What `npm run demo -- --help` prints. */
export const help = `Shows one CassandraCleanup from "kubectl apply" to its end: a real Kubernetes API server and etcd on loopback,
one Pod with a stand-in for its Sidecar for each node, and the operator as a process of its own.

Usage: npm run demo [-- OPTIONS]

  --nodes N   how many nodes there are, in three racks: 1 to ${MAX_NODES} [default: 6]
  --fail K    the Kth node (1 = prod-rack1-sts-0) does not know the keyspace, so that its cleanup fails for good
  --keep      leave everything up afterwards, until Ctrl-C, to try things by hand with kubectl
  --cassandra  two real Cassandra nodes: load, scale out, clean; needs JDK 17 and Maven
  --help      print this and exit

Ends with 0 where the run came to what was to be expected (with --fail: Failed, and all other nodes cleaned), with 1 and
the reason where it did not, with 2 where an option is wrong. Nothing is left running, and no file is left behind.
`;

/** Reads the arguments after the script's name. */
export function parseOptions(args: readonly string[]): Parsed {
  const complaint = (text: string) => ({ complaint: `${text}; --help lists the options` });
  const read = readArguments(args);
  if (typeof read === 'string') return complaint(read);
  if (read.help === true) return { print: help };
  const nodes = wholeNumber(read.nodes ?? '6', MAX_NODES);
  if (nodes === undefined)
    return complaint(`--nodes must be a whole number from 1 to ${MAX_NODES}, not "${read.nodes}"`);
  const fail = read.fail === undefined ? undefined : wholeNumber(read.fail, nodes);
  if (read.fail !== undefined && fail === undefined) {
    return complaint(`--fail must name one of the nodes, 1 to ${nodes}, not "${read.fail}"`);
  }
  return { options: { nodes, fail, keep: read.keep === true, cassandra: read.cassandra === true } };
}

interface Arguments {
  nodes?: string;
  fail?: string;
  keep?: boolean;
  cassandra?: boolean;
  help?: boolean;
}

/** The arguments by name, or what is wrong with them in a few words. */
function readArguments(args: readonly string[]): Arguments | string {
  const options = {
    nodes: { type: 'string' },
    fail: { type: 'string' },
    keep: { type: 'boolean' },
    cassandra: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    const { message } = error as TypeError; // all that parseArgs throws
    return message.split(/\.\s|\n/)[0]?.replace(/\.$/, '') ?? message;
  }
}

function wholeNumber(text: string, most: number): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : undefined;
}
