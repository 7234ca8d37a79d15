// Checked decoding of everything that a Sidecar says. Picks field by field, never trusts, and throws nothing but
// `SidecarFault` of kind `invalid`. Facts: docs/sidecar.md, What is asked of it; decisions: hard case 29.
import type { CassandraState, Operation, OperationAnswer } from '../core/model.ts';
import { bodyJson, bodyText, invalidAnswer, type Reply } from './answer.ts';
import { readFailureCause } from './failure-cause.ts';
import { field, isObject } from './json.ts';
import {
  type Note,
  readId,
  readJobs,
  readKeyspace,
  readProgress,
  readTables,
  readTime,
  readType,
} from './operation-fields.ts';

const OPERATION_STATES: readonly unknown[] = [
  'PENDING',
  'RUNNING',
  'COMPLETED',
  'CANCELLED',
  'FAILED',
] satisfies Operation['state'][];

const NODE_STATES: readonly unknown[] = [
  'NORMAL',
  'STARTING',
  'JOINING',
  'LEAVING',
  'MOVING',
  'DECOMMISSIONED',
  'DRAINING',
  'DRAINED',
] satisfies CassandraState[];

/** What Icarus answers, with status 500, when it does not know an id (docs/sidecar.md, What is unusual 1). */
const FALSE_500 = 'HTTP 404 Not Found';

/** An operation from its document, or, as a text, why it is none. */
export function readOperation(document: unknown): Operation | string {
  if (!isObject(document)) return 'an operation is not an object';
  const id = readId(field(document, 'id'));
  if (id === undefined) return 'an operation has no usable id';
  const type = readType(field(document, 'type'));
  if (type === undefined) return 'an operation has no usable type';
  const state = field(document, 'state');
  if (!isOperationState(state)) return 'an operation has an unknown state';
  return { id, type, state, ...readDetails(document) };
}

type Details = Omit<Operation, 'id' | 'type' | 'state'>;

function readDetails(document: object): Details {
  const notes: string[] = [];
  const note: Note = (text) => notes.push(text);
  const details = {
    progress: readProgress(field(document, 'progress'), note),
    creationTime: readTime(document, 'creationTime', note),
    startTime: readTime(document, 'startTime', note),
    completionTime: readTime(document, 'completionTime', note),
    failureCause: readFailureCause(document),
    keyspace: readKeyspace(field(document, 'keyspace'), note),
    tables: readTables(field(document, 'tables'), note),
    jobs: readJobs(field(document, 'jobs'), note),
    notes: notes.length > 0 ? notes : undefined,
  };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)) as Details;
}

/**
 * Answer to `GET /operations/{id}`. `null` = the Sidecar says that it does not know the id: a true 404, or Icarus' 500 with
 * exactly that text. Throws `SidecarFault` for everything else that is not this operation.
 */
export function decodeOperationAnswer(reply: Reply, id: string): OperationAnswer {
  if (reply.status === 404) return null;
  if (reply.status === 500 && bodyText(reply) === FALSE_500) return null;
  expectStatus(reply, 200);
  const operation = readOperation(bodyJson(reply));
  if (typeof operation === 'string') throw invalidAnswer(reply, operation);
  if (operation.id !== id.toLowerCase()) throw invalidAnswer(reply, 'it is about another operation');
  return operation;
}

/**
 * Answer to `GET /status`: the node's own state; `UNKNOWN` where Icarus says that JMX failed (500 with `exception`;
 * docs/sidecar.md, What is asked of it). Throws `SidecarFault` for a state that nobody knows.
 */
export function decodeCassandraState(reply: Reply): CassandraState {
  const document = bodyJson(reply);
  if (reply.status === 500 && isObject(document) && isObject(field(document, 'exception'))) return 'UNKNOWN';
  expectStatus(reply, 200);
  const state = isObject(document) ? field(document, 'nodeState') : undefined;
  if (!isNodeState(state)) throw invalidAnswer(reply, 'the state of the node is unknown');
  return state;
}

/**
 * Answer to `GET /version/cassandra` as `major.minor.patch`, with `-…` behind it for what is no plain release (a pre-release,
 * a DSE), so that it is never taken for one. Icarus: `{"major":5,"minor":0,"patch":6,"dsePatch":-1}`.
 */
export function decodeVersion(reply: Reply): string {
  expectStatus(reply, 200);
  const document = bodyJson(reply);
  if (!isObject(document)) throw invalidAnswer(reply, 'the version is not an object');
  const numbers = ['major', 'minor', 'patch'].map((name) => field(document, name));
  if (!numbers.every((part) => Number.isInteger(part) && Number(part) >= 0 && Number(part) < 10_000)) {
    throw invalidAnswer(reply, 'the version is not made of numbers');
  }
  return numbers.join('.') + versionSuffix(document);
}

function versionSuffix(document: object): string {
  const dse = field(document, 'dsePatch');
  const preReleases = field(document, 'preReleases');
  const isDse = dse !== undefined && dse !== null && dse !== -1;
  const isPreRelease = Array.isArray(preReleases) ? preReleases.length > 0 : Boolean(preReleases);
  return (isDse ? '-dse' : '') + (isPreRelease ? '-prerelease' : '');
}

function expectStatus(reply: Reply, status: number): void {
  if (reply.status !== status) throw invalidAnswer(reply, 'not what Icarus answers');
}

function isOperationState(value: unknown): value is Operation['state'] {
  return OPERATION_STATES.includes(value);
}

function isNodeState(value: unknown): value is CassandraState {
  return NODE_STATES.includes(value);
}
