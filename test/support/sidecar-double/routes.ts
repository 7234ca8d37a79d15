// What the double answers to which request: paths, methods, filters and the false 500s, as recorded
// (http-methods-and-paths, get-by-id, list-filters, delete-idle, info-endpoints, post-variants).
import type { Cassandra } from './cassandra.ts';
import {
  cassandraVersionDocument,
  type Generation,
  jmxFailureBody,
  operationDocument,
  schemaDocument,
  statusFailure,
  topologyDocument,
  unknownDataCentre,
  versionDocument,
} from './documents.ts';
import { print } from './jackson.ts';
import type { Operations, StoredOperation } from './operations.ts';
import { BadRequest, readRequest } from './post-body.ts';

/** A request as it was read. */
export interface DoubleRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What to send, after `delayMs`; `hang` = never. */
export interface DoubleAnswer {
  readonly status: number;
  readonly body: string;
  /** `json` = Content-Type: application/json, which Icarus sends with texts, too. */
  readonly json: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  readonly hang?: boolean;
  /** The operation that a POST made. */
  readonly created?: StoredOperation;
}

/** What the answers depend on. */
export interface DoubleState {
  readonly generation: Generation;
  readonly cassandra: Cassandra;
  readonly operations: Operations;
  /** What one JMX call takes, in milliseconds. */
  readonly statusDelayMs: number;
  readonly host: string;
  /** The source that `errors` names. */
  readonly source: string;
}

type Handler = (state: DoubleState, request: DoubleRequest, argument: string) => DoubleAnswer;

interface Route {
  readonly pattern: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
  /** Not for a client that wants JSON. */
  readonly notJson?: boolean;
}

const text = (status: number, body: string, json = false): DoubleAnswer => ({ status, body, json });
const ok = (body: string): DoubleAnswer => text(200, body, true);
/** An unknown id: a 500 that says 404, as JSON (docs/sidecar.md, What is unusual 1). */
const unknownId = text(500, 'HTTP 404 Not Found', true);

const ROUTES: readonly Route[] = [
  { pattern: /^\/operations$/, methods: { POST: post, GET: list } },
  { pattern: /^\/operations\/([^/]+)$/, methods: { DELETE: remove, GET: getOne } },
  { pattern: /^\/status$/, methods: { GET: jmx(statusFailure, (state) => nodeState(state)) } },
  { pattern: /^\/version(?:\/sidecar)?$/, methods: { GET: (state) => ok(versionDocument(state.generation)) } },
  {
    pattern: /^\/version\/cassandra$/,
    methods: { GET: jmx(jmxFailureBody, (state) => ok(cassandraVersionDocument(state.cassandra.settings.version))) },
  },
  { pattern: /^\/version\/schema$/, methods: { GET: jmx(jmxFailureBody, () => ok(schemaDocument())) } },
  { pattern: /^\/topology(?:\/([^/]+))?$/, methods: { GET: jmx(jmxFailureBody, topology, 5) } },
  { pattern: /^\/config$/, methods: { GET: () => ok('') }, notJson: true },
];

/** The answer of a healthy Sidecar. */
export function answer(state: DoubleState, request: DoubleRequest): DoubleAnswer {
  const path = request.path.replace(/\?.*$/s, '').replace(/(.)\/$/, '$1');
  const route = ROUTES.find(({ pattern }) => pattern.test(path));
  if (route === undefined) return text(500, 'HTTP 404 Not Found');
  const methods = Object.keys(route.methods);
  if (request.method === 'OPTIONS') {
    return { ...ok(''), headers: { Allow: ['HEAD', ...methods, 'OPTIONS'].join(',') } };
  }
  const handler = route.methods[request.method === 'HEAD' ? 'GET' : request.method];
  if (handler === undefined) return text(500, 'HTTP 405 Method Not Allowed');
  const refused = request.method === 'POST' ? unsupported(request) : undefined;
  if (refused !== undefined) return refused;
  if (route.notJson === true || !accepts(request)) return text(500, 'HTTP 406 Not Acceptable');
  return handler(state, request, decodeURIComponent(route.pattern.exec(path)?.[1] ?? ''));
}

function accepts(request: DoubleRequest): boolean {
  return /application\/(?:json|\*)|\*\/\*/.test(String(request.headers['accept'] ?? '*/*'));
}

function unsupported(request: DoubleRequest): DoubleAnswer | undefined {
  const type = request.headers['content-type'];
  if (/^application\/json\b/.test(String(type ?? ''))) return undefined;
  return text(500, 'HTTP 415 Unsupported Media Type', type === undefined);
}

function post(state: DoubleState, request: DoubleRequest): DoubleAnswer {
  try {
    const created = state.operations.create(readRequest(request.body, state.generation));
    const location = `http://${String(request.headers['host'] ?? state.host)}/operations/${created.id}`;
    return { ...text(201, document(state, created), true), headers: { Location: location }, created };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const vary = error.status === 400 ? { headers: { Vary: 'Accept' } } : {};
    return { ...text(error.status, error.message, true), ...vary };
  }
}

function document(state: DoubleState, operation: StoredOperation): string {
  return print(operationDocument(operation, state.generation, state.source));
}

/** Filters are exact; a parameter that is given and matches nothing gives `[ ]` (docs/sidecar.md, What is unusual 9). */
function list(state: DoubleState, request: DoubleRequest): DoubleAnswer {
  const query = new URLSearchParams(request.path.split('?')[1] ?? '');
  const passes = (name: 'type' | 'state', operation: StoredOperation) =>
    !query.has(name) || query.getAll(name).includes(operation[name]);
  const found = state.operations.list().filter((one) => passes('type', one) && passes('state', one));
  return ok(print(found.map((operation) => operationDocument(operation, state.generation, state.source))));
}

function getOne(state: DoubleState, _request: DoubleRequest, id: string): DoubleAnswer {
  const operation = state.operations.get(id);
  return operation === undefined ? unknownId : ok(document(state, operation));
}

function remove(state: DoubleState, _request: DoubleRequest, id: string): DoubleAnswer {
  if (!/^[0-9a-f]{1,8}(?:-[0-9a-f]{1,12}){4}$/i.test(id)) return unknownId;
  const operation = state.operations.get(id);
  if (operation === undefined) return text(404, '');
  state.operations.cancel(operation);
  return text(202, '');
}

/** An endpoint that asks Cassandra: slow, or an error within milliseconds where the JMX port is closed. */
function jmx(failure: () => string, handle: Handler, calls = 1): Handler {
  return (state, request, argument) => {
    if (state.cassandra.settings.state === 'DOWN') return { ...text(500, failure(), true), delayMs: 5 };
    const hang = state.cassandra.settings.state === 'FROZEN';
    return { ...handle(state, request, argument), delayMs: state.statusDelayMs * calls, hang };
  };
}

function nodeState(state: DoubleState): DoubleAnswer {
  return ok(`{\n  "nodeState" : ${JSON.stringify(state.cassandra.settings.state)}\n}`);
}

function topology(state: DoubleState, _request: DoubleRequest, dc: string): DoubleAnswer {
  if (dc !== '' && dc !== 'dc1') return text(500, unknownDataCentre(dc), true);
  return ok(topologyDocument(state.generation, state.host));
}
