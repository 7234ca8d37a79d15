// Turns what the API server answered, or the lack of an answer, into an ApiError: what the caller may do about it.
import { ApiError, type ApiErrorKind } from '../controller/errors.ts';

/** An answer whose status is not 2xx. */
export interface Refusal {
  /** Method and path, for the message. */
  what: string;
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

const MAX_MESSAGE = 1_024;
const MAX_RETRY_AFTER_S = 300;

/** What a 500 says when the object is too large for etcd or for gRPC: no retry can help. */
const TOO_LARGE = /request is too large|ResourceExhausted|trying to send message larger/;

const KINDS: Readonly<Record<number, ApiErrorKind>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'gone',
  408: 'unavailable',
  409: 'conflict',
  410: 'gone',
  429: 'throttled',
};

/** The error for an answer that is not 2xx; its message is that of the server's Status where there is one. */
export function errorOf(refusal: Refusal): ApiError {
  const text = statusMessage(refusal.body) ?? `HTTP ${refusal.status}`;
  const retryAfterMs = retryAfter(refusal.headers['retry-after']);
  const details = { status: refusal.status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return new ApiError(kindOf(refusal.status, text), cut(`${refusal.what}: ${text}`), details);
}

/** The error for a request that got no (whole) answer. */
export function errorWithoutAnswer(what: string, cause: unknown): ApiError {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new ApiError('unavailable', cut(`${what}: no answer: ${text}`));
}

/** Whatever was thrown, as an ApiError. */
export function asApiError(error: unknown, what: string): ApiError {
  return error instanceof ApiError ? error : errorWithoutAnswer(what, error);
}

function kindOf(status: number, text: string): ApiErrorKind {
  const known = KINDS[status];
  if (known !== undefined) return known;
  if (status >= 400 && status < 500) return 'permanent';
  return status === 500 && TOO_LARGE.test(text) ? 'permanent' : 'unavailable';
}

function statusMessage(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('message' in parsed)) return undefined;
    return typeof parsed.message === 'string' && parsed.message !== '' ? parsed.message : undefined;
  } catch {
    return undefined;
  }
}

function retryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
  return seconds === undefined ? undefined : Math.min(seconds, MAX_RETRY_AFTER_S) * 1_000;
}

function cut(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_MESSAGE);
}
