// The HTTP client of Sidecars: five calls, each over a connection of its own and over within its total deadline.
import { SidecarFault } from '../controller/errors.ts';
import type { SendGuard, SidecarClient, SidecarTarget, SubmitResult } from '../controller/ports.ts';
import type { Operation } from '../core/model.ts';
import { type ReadBody, whole } from './answer.ts';
import { type ByteAccount, type ByteBudget, createByteBudget } from './byte-budget.ts';
import { type ConnectOptions, openConnection, origin } from './connection.ts';
import { type CredentialFiles, type Credentials, createCredentials } from './credentials.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { callOf, exchange, type Request } from './exchange.ts';
import { mergedLists, readList } from './list-reader.ts';
import { judgeSubmission } from './submission.ts';
import { decodeCassandraState, decodeOperationAnswer, decodeVersion } from './wire.ts';

/** How to speak with Sidecars. */
export interface SidecarClientSettings {
  /** Icarus itself has no TLS (docs/sidecar.md, What is unusual 13); a proxy before it may. */
  readonly scheme: 'http' | 'https';
  readonly credentials: CredentialFiles;
  /** With https: the name that a Sidecar's certificate must bear. Default: its IP address. */
  readonly serverName?: string;
  /** Total milliseconds of one call. */
  readonly callMs: number;
  /** Milliseconds for a connection. */
  readonly connectMs: number;
  /** Bytes: of an answer, of a list, and of all answers that are being read at once. */
  readonly answerBytes: number;
  readonly listBytes: number;
  readonly bufferedBytes: number;
}

/** What a client works with when nothing else is said (docs/security.md). */
export const sidecarClientDefaults: SidecarClientSettings = {
  scheme: 'http',
  credentials: {},
  callMs: 10_000,
  connectMs: 3_000,
  answerBytes: 1024 * 1024,
  listBytes: 8 * 1024 * 1024,
  bufferedBytes: 32 * 1024 * 1024,
};

interface Context {
  readonly options: SidecarClientSettings;
  readonly credentials: Credentials;
  readonly budget: ByteBudget;
}

/** A client for all Sidecars. Reads throw `SidecarFault`; `submit` never throws. */
export function createSidecarClient(options: Partial<SidecarClientSettings> = {}): SidecarClient {
  const all = { ...sidecarClientDefaults, ...options };
  const context = {
    options: all,
    credentials: createCredentials(all.credentials),
    budget: createByteBudget(all.bufferedBytes),
  };
  return {
    list: (target, type) => within(context, target, (call) => list(context, call, type)),
    operation: (target, id) =>
      within(context, target, (call) => {
        const decode = whole((reply) => decodeOperationAnswer(reply, id));
        return get(context, { ...call, path: `/operations/${encodeURIComponent(id)}` }, decode);
      }),
    cassandra: (target) =>
      within(context, target, (call) => get(context, { ...call, path: '/status' }, whole(decodeCassandraState))),
    version: (target) =>
      within(context, target, (call) => get(context, { ...call, path: '/version/cassandra' }, whole(decodeVersion))),
    submit: (target, body, guard, signal) =>
      within(context, target, (call) => submit(context, call, body, guard), signal),
  };
}

interface Call {
  readonly target: SidecarTarget;
  readonly deadline: Deadline;
  readonly account: ByteAccount;
}

async function within<T>(
  context: Context,
  target: SidecarTarget,
  run: (call: Call) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const deadline = startDeadline(context.options.callMs, outer);
  const account = context.budget.open();
  try {
    return await run({ target, deadline, account });
  } finally {
    deadline.end();
    account.close();
  }
}

/**
 * Active operations of every type, then all of one type, as older Sidecars refuse types that they do not know (docs/decisions/0016);
 * one entry an id, and the later answer about it counts. Filters are exact and repeated, never a comma list (docs/sidecar.md, What is
 * unusual 9).
 */
async function list(context: Context, call: Call, type: string): Promise<readonly Operation[]> {
  const listBytes = context.options.listBytes;
  const activePath = '/operations?state=PENDING&state=RUNNING';
  const active = await get(context, { ...call, path: activePath, limit: listBytes }, readList);
  const path = `/operations?type=${encodeURIComponent(type)}`;
  const ofType = await get(context, { ...call, path, limit: listBytes }, readList);
  return mergedLists([active, ofType]);
}

/** One GET, its connection included; throws `SidecarFault`. */
async function get<T>(context: Context, call: Call & { path: string; limit?: number }, read: ReadBody<T>): Promise<T> {
  const request = await prepare(context, call, { method: 'GET', path: call.path, limit: call.limit });
  return exchange(await open(context, call, request), request, read);
}

/**
 * The POST of hard cases 12 and 16: connect, ask the guard, and only then write. A failure before that is `notSent`, one
 * after it `unknown`.
 */
async function submit(
  context: Context,
  call: Call,
  body: Readonly<Record<string, unknown>>,
  guard: SendGuard,
): Promise<SubmitResult> {
  try {
    const request = await prepare(context, call, { method: 'POST', path: '/operations', body: JSON.stringify(body) });
    const connection = await open(context, call, request);
    const refusal = ask(guard);
    if (refusal === undefined) {
      return await exchange(
        connection,
        request,
        whole((reply) => judgeSubmission(reply, body)),
      ).catch(unknown);
    }
    connection.reset();
    return { result: 'notSent', message: refusal };
  } catch (error) {
    return { result: 'notSent', message: textOf(error) };
  }
}

function unknown(error: unknown): SubmitResult {
  return { result: 'unknown', message: textOf(error) };
}

function ask(guard: SendGuard): string | undefined {
  try {
    return guard();
  } catch {
    return 'the check before sending failed';
  }
}

function textOf(error: unknown): string {
  return error instanceof SidecarFault ? error.message : 'an unexpected error of the HTTP client';
}

type Draft = { method: Request['method']; path: string; body?: string; limit?: number | undefined };

async function prepare(context: Context, call: Call, draft: Draft): Promise<Request> {
  const url = origin(context.options.scheme, call.target) + draft.path;
  const authorization = await context.credentials.authorization();
  return {
    method: draft.method,
    url,
    limit: draft.limit ?? context.options.answerBytes,
    account: call.account,
    deadline: call.deadline,
    ...(draft.body === undefined ? {} : { body: draft.body }),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

async function open(context: Context, call: Call, request: Request) {
  const { options, credentials } = context;
  const connect: ConnectOptions = {
    timeoutMs: options.connectMs,
    signal: call.deadline.signal,
    ...(options.scheme === 'https' ? { tls: await tlsOptions(credentials, options.serverName) } : {}),
  };
  try {
    return await openConnection(call.target, connect);
  } catch (error) {
    throw new SidecarFault('unreachable', `${callOf(request)}: ${textOf(error)}`);
  }
}

async function tlsOptions(credentials: Credentials, serverName: string | undefined) {
  const context = await credentials.secureContext();
  return { context, ...(serverName === undefined ? {} : { serverName }) };
}
