// Reads the body of a POST as Icarus does: Jackson's coercions, and its error texts to the letter (post-variants.json).
import { hashSetOrder } from './jackson.ts';

/** What a POST asks for, coerced. */
export interface OperationRequest {
  readonly type: string;
  readonly keyspace?: string;
  readonly tables?: readonly (string | null)[];
  readonly jobs?: number;
}

/** Either generation's way of saying no. */
export class BadRequest extends Error {
  /** Icarus 1.0.2 answers 400 and an array to what its validation refuses; all else is 500 and a text. */
  readonly status: 400 | 500;

  constructor(message: string, status: 400 | 500 = 500) {
    super(message);
    this.status = status;
  }
}

const TYPES = ['cleanup', 'flush', 'scrub', 'upgradesstables', 'rebuild', 'decommission', 'drain', 'refresh', 'import'];
const WITH_JOBS = ['cleanup', 'scrub', 'upgradesstables'];
const REQUEST = 'com.instaclustr.operations.OperationRequest';
const STREAM = '(org.glassfish.jersey.message.internal.ReaderInterceptorExecutor$UnCloseableInputStream)';

/** Throws `BadRequest` with Icarus' own text. */
export function readRequest(body: string, generation: '3.0.0' | '1.0.2'): OperationRequest {
  const document = parse(body);
  const type = readType(document, body, generation);
  const keyspace = coerceText(document['keyspace']);
  if (generation === '1.0.2' && !keyspace) throw new BadRequest(EMPTY_KEYSPACE, 400);
  const tables = readTables(document['tables'], body);
  return {
    type,
    ...(keyspace === undefined ? {} : { keyspace }),
    ...(tables === undefined ? {} : { tables }),
    ...(WITH_JOBS.includes(type) ? { jobs: readJobs(document['jobs'], body) } : {}),
  };
}

const EMPTY_KEYSPACE = `[ {
  "message" : "must not be empty",
  "messageTemplate" : "{javax.validation.constraints.NotEmpty.message}",
  "path" : "OperationsResource.createNewOperation.arg0.keyspace"
} ]`;

/** Whether a body that was cut off still holds a whole JSON document: Icarus then carries it out. */
export function isWholeJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

function parse(body: string): Record<string, unknown> {
  const text = body.trim();
  if (text === '' || text === 'null')
    throw new BadRequest('Cannot invoke "Object.toString()" because "request" is null');
  if (text.startsWith('[')) {
    throw new BadRequest(
      'Unexpected token (START_OBJECT), expected VALUE_STRING: need JSON String that contains type id ' +
        `(for subtype of ${REQUEST})${at(2)}`,
    );
  }
  if (!isWholeJson(body)) {
    throw new BadRequest(
      `Unexpected end-of-input: expected close marker for Object (start marker at${at(1).slice(4)})${at(body.length + 1)}`,
    );
  }
  return JSON.parse(body) as Record<string, unknown>;
}

function readType(document: Record<string, unknown>, body: string, generation: string): string {
  const type = document['type'];
  const subtype = `[simple type, class ${REQUEST}]`;
  if (typeof type !== 'string') {
    throw new BadRequest(`Could not resolve subtype of ${subtype}: missing type id property 'type'${at(body.length)}`);
  }
  if (TYPES.includes(type)) return type;
  const base = generation === '1.0.2' ? subtype : `\`${REQUEST}\``;
  throw new BadRequest(
    `Could not resolve type id '${type}' as a subtype of ${base}: type ids are not statically known${at(valueColumn(body, 'type'))}`,
  );
}

function readTables(value: unknown, body: string): readonly (string | null)[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return hashSetOrder(value.map((name) => coerceText(name) ?? null));
  throw new BadRequest(
    'Cannot construct instance of `java.util.HashSet` (although at least one Creator exists): no String-argument ' +
      `constructor/factory method to deserialize from String value ('${String(value)}')${at(valueColumn(body, 'tables'))} ` +
      chain('tables'),
  );
}

function readJobs(value: unknown, body: string): number {
  const jobs = Math.trunc(Number(value ?? 0));
  if (Number.isNaN(jobs)) {
    const text = `Cannot deserialize value of type \`int\` from String ${JSON.stringify(value)}: not a valid \`int\` value`;
    throw new BadRequest(`${text}${at(valueColumn(body, 'jobs'))} ${chain('jobs')}`);
  }
  if (jobs > 2 ** 31 - 1 || jobs < -(2 ** 31)) {
    const column = valueColumn(body, 'jobs') + String(value).length;
    const text = `Numeric value (${String(value)}) out of range of int (-2147483648 - 2147483647)`;
    throw new BadRequest(`${text}${at(column)} ${chain('jobs')}`);
  }
  return jobs;
}

function coerceText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function at(column: number): string {
  return `\n at [Source: ${STREAM}; line: 1, column: ${column}]`;
}

function chain(field: string): string {
  return `(through reference chain: com.instaclustr.icarus.operations.cleanup.CleanupOperationRequest["${field}"])`;
}

/** Column (from 1) at which the value of a key starts. */
function valueColumn(body: string, key: string): number {
  const match = new RegExp(`"${key}"\\s*:\\s*`).exec(body);
  return match === null ? 1 : match.index + match[0].length + 1;
}
