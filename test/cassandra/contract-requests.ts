// The contract as single requests to an idle Sidecar: what is sent, what must come back. docs/sidecar.md tells it in prose.

/** A request and the shape of its answer. Texts are compared from their start: Java's class names in them may differ. */
export interface RequestCase {
  readonly name: string;
  readonly method?: string;
  /** `{completed}`, `{failed}`, `{flush}` stand for the ids of operations that ended so. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly type?: 'application/json' | 'text/html' | null;
  /** What the text begins with. */
  readonly text?: string;
  /** Fields that the document has. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Of which operations the list consists, in this order. */
  readonly list?: readonly ('completed' | 'failed' | 'flush')[];
}

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const NOT_FOUND = { status: 500, text: 'HTTP 404 Not Found' } as const;
const NOT_ALLOWED = { status: 500, text: 'HTTP 405 Method Not Allowed' } as const;
const BODY = '{"type":"cleanup","keyspace":"shop","tables":["orders"],"jobs":2}';
const JSON_TYPE = { 'content-type': 'application/json' };
const posted = (body: string) => ({ method: 'POST', path: '/operations', headers: JSON_TYPE, body, status: 500 });
const listed = (query: string, list: RequestCase['list']) => ({
  name: `GET /operations${query} lists ${list?.join(', ') || 'nothing'}`,
  path: `/operations${query}`,
  status: 200,
  ...(list === undefined ? {} : { list }),
});

/** Reading one operation. */
const byId: readonly RequestCase[] = [
  { name: 'a known id is its operation', path: '/operations/{completed}', status: 200, json: { state: 'COMPLETED' } },
  { name: 'a failed operation is a 200 too', path: '/operations/{failed}', status: 200, json: { state: 'FAILED' } },
  {
    name: 'an operation of another type is read alike',
    path: '/operations/{flush}',
    status: 200,
    json: { type: 'flush' },
  },
  { name: 'a slash behind the id is ignored', path: '/operations/{completed}/', status: 200, type: 'application/json' },
  { name: 'an unknown id is a false 500', path: `/operations/${UNKNOWN}`, type: 'application/json', ...NOT_FOUND },
  { name: 'a malformed id is the same', path: '/operations/not-a-uuid', type: 'application/json', ...NOT_FOUND },
  { name: 'a short UUID is the same', path: '/operations/1-1-1-1-1', type: 'application/json', ...NOT_FOUND },
  { name: 'HEAD of an unknown id is 500', method: 'HEAD', path: `/operations/${UNKNOWN}`, status: 500 },
];

/** Filters are exact (order: last inserted first). */
const filters: readonly RequestCase[] = [
  listed('', ['flush', 'failed', 'completed']),
  listed('?type=cleanup', ['failed', 'completed']),
  listed('?type=flush', ['flush']),
  listed('?type=cleanup&type=flush', ['flush', 'failed', 'completed']),
  listed('?type=CLEANUP', []),
  listed('?type=nope', []),
  listed('?type=', []),
  listed('?type=cleanup,flush', []),
  listed('?state=COMPLETED', ['flush', 'completed']),
  listed('?state=FAILED', ['failed']),
  listed('?state=FAILED&state=COMPLETED', ['flush', 'failed', 'completed']),
  listed('?state=RUNNING', []),
  listed('?state=completed', []),
  listed('?state=RUNNING,COMPLETED', []),
  listed('?state=NOPE', []),
  listed('?state=', []),
  listed('?status=FAILED', ['flush', 'failed', 'completed']),
  listed('?keyspace=nope', ['flush', 'failed', 'completed']),
  listed('?type=cleanup&state=FAILED', ['failed']),
  listed('?type=cleanup&state=RUNNING&state=PENDING', []),
  listed('/?type=cleanup&state=FAILED', ['failed']),
];

/** Paths and methods that are not there. */
const paths: readonly RequestCase[] = [
  ...['/', '/nope', '/OPERATIONS', '/healthz', '/metrics', '/operations/{completed}/nope', '/version/nope'].map(
    (path): RequestCase => ({ name: `GET ${path} is a false 500 without a type`, path, type: null, ...NOT_FOUND }),
  ),
  {
    name: '//operations is a true 404 with HTML',
    path: '//operations',
    status: 404,
    type: 'text/html',
    text: '<h1>404',
  },
  {
    name: 'PUT /operations is a false 500',
    method: 'PUT',
    path: '/operations',
    headers: JSON_TYPE,
    body: BODY,
    ...NOT_ALLOWED,
  },
  {
    name: 'PATCH /operations too',
    method: 'PATCH',
    path: '/operations',
    headers: JSON_TYPE,
    body: BODY,
    ...NOT_ALLOWED,
  },
  {
    name: 'POST to an id too',
    method: 'POST',
    path: '/operations/{completed}',
    headers: JSON_TYPE,
    body: BODY,
    ...NOT_ALLOWED,
  },
  { name: 'POST /status too', method: 'POST', path: '/status', headers: JSON_TYPE, body: BODY, ...NOT_ALLOWED },
  { name: 'DELETE of the list too', method: 'DELETE', path: '/operations', ...NOT_ALLOWED },
  { name: 'HEAD /operations is 200', method: 'HEAD', path: '/operations', status: 200, type: 'application/json' },
  { name: 'OPTIONS /operations is 200', method: 'OPTIONS', path: '/operations', status: 200 },
  {
    name: 'Accept: text/html is a false 500',
    path: '/operations/{completed}',
    headers: { accept: 'text/html' },
    status: 500,
    text: 'HTTP 406 Not Acceptable',
  },
];

/** DELETE of what has ended. */
const deletes: readonly RequestCase[] = [
  {
    name: 'DELETE of a completed one is 202, empty',
    method: 'DELETE',
    path: '/operations/{completed}',
    status: 202,
    text: '',
  },
  {
    name: 'and changes nothing',
    path: '/operations/{completed}',
    status: 200,
    json: { state: 'COMPLETED', progress: 1 },
  },
  { name: 'DELETE of a failed one is 202', method: 'DELETE', path: '/operations/{failed}', status: 202, text: '' },
  {
    name: 'and changes nothing either',
    path: '/operations/{failed}',
    status: 200,
    json: { state: 'FAILED', progress: 1 },
  },
  {
    name: 'DELETE of an unknown id is a true 404',
    method: 'DELETE',
    path: `/operations/${UNKNOWN}`,
    status: 404,
    text: '',
  },
  { name: 'DELETE of a malformed id is a false 500', method: 'DELETE', path: '/operations/not-a-uuid', ...NOT_FOUND },
];

/** What Cassandra says of itself. */
const information: readonly RequestCase[] = [
  { name: 'GET /status is the state of its own node', path: '/status', status: 200, json: { nodeState: 'NORMAL' } },
  { name: 'GET /version is there', path: '/version', status: 200, type: 'application/json' },
  {
    name: 'GET /version/cassandra is in numbers',
    path: '/version/cassandra',
    status: 200,
    json: { major: 5, minor: 0, patch: 6, dsePatch: -1 },
  },
  { name: 'GET /version/schema is a UUID', path: '/version/schema', status: 200, type: 'application/json' },
  { name: 'GET /version/sidecar is there', path: '/version/sidecar', status: 200, type: 'application/json' },
  {
    name: 'GET /config is a false 500 for JSON',
    path: '/config',
    headers: { accept: 'application/json' },
    status: 500,
    text: 'HTTP 406 Not Acceptable',
  },
];

/** POSTs that are refused; the text is Jackson's. */
const refused: readonly RequestCase[] = [
  {
    name: 'jobs "two" is refused',
    ...posted('{"type":"cleanup","keyspace":"shop","jobs":"two"}'),
    text: 'Cannot deserialize value of type `int` from String "two": not a valid `int` value',
  },
  {
    name: 'jobs over int32 is refused',
    ...posted('{"type":"cleanup","keyspace":"shop","jobs":3000000000}'),
    text: 'Numeric value (3000000000) out of range of int',
  },
  {
    name: 'tables as a string is refused',
    ...posted('{"type":"cleanup","keyspace":"shop","tables":"orders"}'),
    text: 'Cannot construct instance of `java.util.HashSet`',
  },
  {
    name: 'an unknown type is refused',
    ...posted('{"type":"nope","keyspace":"shop"}'),
    text: "Could not resolve type id 'nope' as a subtype of",
  },
  {
    name: 'a type in upper case is refused',
    ...posted('{"type":"CLEANUP","keyspace":"shop"}'),
    text: "Could not resolve type id 'CLEANUP'",
  },
  { name: 'a missing type is refused', ...posted('{"keyspace":"shop"}'), text: 'Could not resolve subtype of' },
  { name: 'an empty object is refused', ...posted('{}'), text: 'Could not resolve subtype of' },
  {
    name: 'an array is refused',
    ...posted('[{"type":"cleanup","keyspace":"shop"}]'),
    text: 'Unexpected token (START_OBJECT)',
  },
  {
    name: 'cut-off JSON is refused',
    ...posted('{"type":"cleanup","keyspace":"shop"'),
    text: 'Unexpected end-of-input',
  },
  {
    name: 'an empty body is refused',
    ...posted(''),
    text: 'Cannot invoke "Object.toString()" because "request" is null',
  },
  { name: 'null is refused', ...posted('null'), text: 'Cannot invoke "Object.toString()" because "request" is null' },
  {
    name: 'text/plain is refused',
    ...posted(BODY),
    headers: { 'content-type': 'text/plain' },
    text: 'HTTP 415 Unsupported Media Type',
  },
];

/** Every single request of the contract, in the order in which they are sent. */
export const requestCases: readonly RequestCase[] = [
  ...byId,
  ...filters,
  ...paths,
  ...information,
  ...refused,
  ...deletes,
];
