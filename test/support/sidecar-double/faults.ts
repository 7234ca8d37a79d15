// The ways in which the double misbehaves on purpose. A fault counts for the requests that it matches, a number of times
// or until it is removed; the first that matches is taken.
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { DoubleAnswer, DoubleRequest } from './routes.ts';

/** What goes wrong, where, and how often. */
export type Fault = FaultScope &
  (
    | { readonly kind: 'silent' }
    | { readonly kind: 'headersOnly' }
    | { readonly kind: 'reset' }
    | { readonly kind: 'drip'; readonly everyMs?: number }
    | {
        readonly kind: 'answer';
        readonly status: number;
        readonly headers?: Record<string, string>;
        readonly body?: string;
      }
    | { readonly kind: 'html' | 'truncated' | 'gzipBomb' | 'notHttp' }
    | { readonly kind: 'huge'; readonly bytes?: number }
    | { readonly kind: 'redirect'; readonly location: string }
    | { readonly kind: 'rewrite'; readonly body: (text: string) => string }
    | { readonly kind: 'delay'; readonly ms: number }
    | { readonly kind: 'drop' }
  );

/** Which requests a fault is for. Default: all, always. */
export interface FaultScope {
  readonly method?: string;
  /** How the path starts, or a pattern for path and query. */
  readonly path?: string | RegExp;
  readonly times?: number;
}

/** The faults that are set. */
export interface Faults {
  /** Returns what removes it again. */
  add(fault: Fault): () => void;
  clear(): void;
  /** The fault for this request, if any; it is used up by one. */
  take(request: DoubleRequest): Fault | undefined;
}

/** With `rewrite`, `delay` and `drop` the request is carried out as always; only the answer suffers. */
export function isCarriedOut(fault: Fault): boolean {
  return ['rewrite', 'delay', 'drop'].includes(fault.kind);
}

/** No faults, at first. */
export function createFaults(): Faults {
  const faults = new Map<Fault, number>();
  return {
    add(fault) {
      faults.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
      return () => void faults.delete(fault);
    },
    clear: () => faults.clear(),
    take(request) {
      const found = [...faults.keys()].find((fault) => matches(fault, request));
      if (found === undefined) return undefined;
      const left = (faults.get(found) ?? 0) - 1;
      if (left > 0) faults.set(found, left);
      else faults.delete(found);
      return found;
    },
  };
}

function matches(fault: FaultScope, request: DoubleRequest): boolean {
  if (fault.method !== undefined && fault.method !== request.method) return false;
  if (typeof fault.path === 'string') return request.path.startsWith(fault.path);
  return fault.path === undefined || fault.path.test(request.path);
}

const JSON_TYPE = { 'Content-type': 'application/json' };

/** Answers in the fault's own way; `healthy` is what would have been said. */
export function misbehave(fault: Fault, response: ServerResponse, healthy: () => DoubleAnswer): void {
  const { socket } = response;
  switch (fault.kind) {
    case 'silent':
      return;
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'headersOnly':
      response.writeHead(200, { ...JSON_TYPE, 'Content-length': '1000' });
      response.flushHeaders();
      return;
    case 'notHttp':
      socket?.end('SSH-2.0-OpenSSH_9.6\r\n');
      return;
    case 'drip':
      drip(response, healthy().body, fault.everyMs ?? 20);
      return;
    case 'huge':
      pour(response, fault.bytes ?? 200 * 1024 * 1024);
      return;
    default:
      sayWrong(fault, response, healthy);
  }
}

function sayWrong(fault: Fault, response: ServerResponse, healthy: () => DoubleAnswer): void {
  switch (fault.kind) {
    case 'answer':
      response.writeHead(fault.status, fault.headers ?? JSON_TYPE).end(fault.body ?? '');
      return;
    case 'html':
      response.writeHead(200, { 'Content-type': 'text/html' }).end('<!doctype html><title>Login</title><p>s3cret-page');
      return;
    case 'truncated': {
      const { body, status } = healthy();
      response.writeHead(status, JSON_TYPE).end(body.slice(0, Math.floor(body.length / 2)));
      return;
    }
    case 'redirect':
      response.writeHead(307, { Location: fault.location }).end();
      return;
    case 'gzipBomb':
      response.writeHead(200, { ...JSON_TYPE, 'Content-encoding': 'gzip' }).end(gzipBomb());
      return;
    default:
      throw new Error(`no such fault: ${fault.kind}`);
  }
}

let bomb: Buffer | undefined;

/** 16 MiB of spaces in some kB; packed once. */
function gzipBomb(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '), { level: 1 });
  return bomb;
}

/** Headers at once, then the body byte by byte: no time-out between bytes ever fires. */
function drip(response: ServerResponse, body: string, everyMs: number): void {
  response.writeHead(200, { ...JSON_TYPE, 'Content-length': String(body.length + 100_000) });
  response.flushHeaders();
  let index = 0;
  const timer = setInterval(() => response.write(body[index++ % body.length] ?? ' '), everyMs);
  response.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  response.writeHead(200, { ...JSON_TYPE, 'Content-length': String(bytes) });
  let sent = 0;
  const more = () => {
    while (sent < bytes && !response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) return response.once('drain', more);
    }
    return response.end();
  };
  more();
}
