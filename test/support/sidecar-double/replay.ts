// Plays a recording's requests at a double and gives both answers in a form that can be compared: ids, times, host names
// and what the recording had cut away are masked; everything else has to be the same.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange, Recording } from '../recordings.ts';
import type { SidecarDouble } from '../sidecar-double.ts';

/** An answer without what differs from run to run. */
export interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What the double answered, and what the real one had. */
export interface Pair {
  readonly name: string;
  readonly got: Comparable;
  readonly recorded: Comparable;
}

/** Plays one file in order, up to the first answer that differs. Notes are the cue for what was done to the machine; `cues` does it to the double. */
export async function replay(
  double: SidecarDouble,
  records: readonly (Exchange | Recording)[],
  cues: Readonly<Record<string, () => void | Promise<void>>> = {},
): Promise<readonly Pair[]> {
  const ids = new Map<string, string>();
  const whole = records.map(writeOut);
  const exchanges = whole.filter((record): record is Exchange => 'answer' in record);
  await seed(double, exchanges, ids);
  const pairs: Pair[] = [];
  for (const record of whole) {
    await cues[record.name]?.();
    if (!('answer' in record)) continue;
    const pair = await playUntilAlike(double, record, ids, exchanges);
    pairs.push(pair);
    if (!isAlike(pair)) break;
  }
  return pairs;
}

/** big-bodies.json has `x…(10 MiB of x)` and `k…(100,000)` for that many letters. */
function writeOut<T>(record: T): T {
  const text = JSON.stringify(record).replace(/(\w)…\((?:(10 MiB) of x|100,000)\)/g, (_, letter: string, huge) =>
    letter.repeat(huge === undefined ? 100_000 : 10 * 1024 * 1024),
  );
  return JSON.parse(text) as T;
}

type Ids = Map<string, string>;
type Document = Readonly<Record<string, unknown>>;

/** A state may need a moment to come (or a push, where the recording shows that something ended): asks again for 3 s. */
async function playUntilAlike(
  double: SidecarDouble,
  exchange: Exchange,
  ids: Ids,
  all: readonly Exchange[],
): Promise<Pair> {
  setNodeState(double, exchange);
  const recorded = comparable(exchange, exchange.answer);
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(double, { ...exchange, path: mapIds(exchange.path, ids) });
    const got = comparable(exchange, answer);
    const pair = { name: exchange.name, got, recorded };
    if (answer.status === 201) ids.set(idIn(exchange.answer.body), idIn(answer.body));
    if (isAlike(pair) || exchange.method !== 'GET' || attempt > 300) return pair;
    if (attempt % 20 === 3) push(double, { exchange, waits: answer.body.includes('"PENDING"') }, ids, all);
    await sleep(10);
  }
}

/** What `/status` said is what the node was. */
function setNodeState(double: SidecarDouble, exchange: Exchange): void {
  if (!exchange.path.startsWith('/status') || exchange.method !== 'GET') return;
  const state = /"nodeState" : "(\w+)"/.exec(exchange.answer.body)?.[1];
  double.setNodeState(state ?? 'DOWN');
}

function isAlike({ got, recorded }: Pair): boolean {
  return JSON.stringify(got) === JSON.stringify(recorded);
}

/** Wakes what sleeps if it has ended here, and ends the operation that the recording shows as COMPLETED here, or the next such one, if this one waits for a thread. */
function push(
  double: SidecarDouble,
  now: { exchange: Exchange; waits: boolean },
  ids: Ids,
  all: readonly Exchange[],
): void {
  if (/"(?:FAILED|COMPLETED)"/.test(now.exchange.answer.body)) double.hurry();
  const from = all.indexOf(now.exchange);
  const completed = all
    .slice(from, now.waits ? all.length : from + 1)
    .filter(({ path, answer }) => /\/operations\/./.test(path) && answer.body.includes('"COMPLETED"'))
    .map(({ answer }) => ids.get(idIn(answer.body)));
  const next = completed.find((id) => double.operations().some((one) => one.id === id && one.state === 'RUNNING'));
  if (next !== undefined) double.finish(next);
}

/** Makes the operations that the recording speaks of, and that were there before it began, oldest first. */
async function seed(double: SidecarDouble, exchanges: readonly Exchange[], ids: Ids): Promise<void> {
  const posted = new Set(
    exchanges.filter(({ answer }) => answer.status === 201).map(({ answer }) => idIn(answer.body)),
  );
  const documents = new Map(exchanges.flatMap(({ answer }) => documentsIn(answer.body)).map((one) => [one['id'], one]));
  const before = [...documents.values()].filter((one) => !posted.has(String(one['id'])));
  before.sort((a, b) => String(a['creationTime']).localeCompare(String(b['creationTime'])));
  for (const { id, type, keyspace, tables, jobs } of before) {
    const answer = await send(double, post(JSON.stringify({ type, keyspace, tables, jobs })));
    ids.set(String(id), idIn(answer.body));
    // One at a time: two cleanups of a table would get into each other's way.
    while (double.operations()[0]?.completionTime === undefined) await sleep(2);
  }
}

function documentsIn(body: string): readonly Document[] {
  if (!body.startsWith('{') && !body.startsWith('[')) return [];
  const parsed = [JSON.parse(body) as Document | readonly Document[]].flat() as readonly Document[];
  return parsed.filter((one) => one['creationTime'] !== undefined);
}

function idIn(body: string): string {
  return /"id" : "([^"]+)"/.exec(body)?.[1] ?? '';
}

function mapIds(path: string, ids: Ids): string {
  return path.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}/gi, (id) => {
    const mapped = ids.get(id.toLowerCase()) ?? id;
    return id === id.toLowerCase() ? mapped : mapped.toUpperCase();
  });
}

/** A POST of that body, as the recordings' client sent it. */
export function post(body: string): Pick<Exchange, 'method' | 'path' | 'headers' | 'body'> {
  return {
    method: 'POST',
    path: '/operations',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body,
  };
}

/** Sends a request with exactly these headers, on a connection of its own. */
export function send(
  double: Pick<SidecarDouble, 'host' | 'port'>,
  { method, path, headers, body }: Pick<Exchange, 'method' | 'path' | 'headers' | 'body'>,
): Promise<Exchange['answer']> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const sent = request(
      { host: double.host, port: double.port, method, path, headers: { ...headers, ...length }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(entries), body: text });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Headers that a client could depend on; reasons, dates and lengths are not among them. */
const HEADERS = /^(?:access-control-.*|content-type|allow|vary|location)$/;

function comparable(exchange: Exchange, answer: Exchange['answer']): Comparable {
  const headers = Object.entries(answer.headers)
    .map(([name, value]) => [name.toLowerCase(), mask(value)] as const)
    .filter(([name]) => HEADERS.test(name))
    .sort(([a], [b]) => a.localeCompare(b));
  return { status: answer.status, headers: Object.fromEntries(headers), body: comparableBody(exchange, answer.body) };
}

function comparableBody(exchange: Exchange, body: string): unknown {
  const masked = mask(exchange.answer.status === 201 ? withoutStart(body) : body);
  const isPrintedAgain = exchange.trimmed || exchange.answer.body.includes('"stackTrace"');
  if (!isPrintedAgain || !/^[[{]/.test(body)) return masked;
  const parsed = sorted(JSON.parse(masked));
  const recorded: unknown = JSON.parse(exchange.answer.body);
  return Array.isArray(parsed) && Array.isArray(recorded) ? parsed.slice(0, recorded.length) : parsed;
}

/** Whether a thread had taken it when the POST was answered is chance. */
function withoutStart(body: string): string {
  return body.replace('"PENDING"', '"RUNNING"').replace(/\n {2}"startTime" : "[^"]*",/, '');
}

function mask(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}/gi, 'UUID')
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"TIME"')
    .replace(/"timestamp" : \d+/g, '"timestamp" : 0')
    .replace(/"(buildTime|gitCommit)" : "[^"]*"/g, '"$1" : ""')
    .replace(/127\.0\.0\.\d+(?::\d+)?/g, 'IP');
}

/** Of a Throwable only messages and causes count; the rest is Java's. */
const JAVA = [
  'stackTrace',
  'rootCause',
  'detail',
  'suppressed',
  'localizedMessage',
  'remainingName',
  'explanation',
  'resolvedName',
];

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !JAVA.includes(key));
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)).map(([key, one]) => [key, sorted(one)]));
}
