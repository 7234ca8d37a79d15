// One HTTP answer, read whole or as it arrives, and the faults that describe it without ever quoting it.
import { createHash } from 'node:crypto';
import { SidecarFault } from '../controller/errors.ts';

/** An answer without its body. */
export interface Head {
  /** The call, for messages: `GET http://10.0.0.7:4567/status`. */
  readonly call: string;
  /** HTTP status. */
  readonly status: number;
  /** Value of the `Retry-After` header, where there was one. */
  readonly retryAfter?: string;
}

/** What came back on one call, read whole. */
export interface Reply extends Head {
  readonly body: Buffer;
}

/** Takes a body in as it arrives; both throw `SidecarFault` (`invalid`) where it is not what Icarus answers. */
export interface BodyReader<T> {
  take(chunk: Buffer): void;
  /** The body is over: what it says. */
  end(): T;
}

/** Begins to read the body of an answer. */
export type ReadBody<T> = (head: Head) => BodyReader<T>;

/** Keeps the whole body, and decodes it when it is there. */
export function whole<T>(decode: (reply: Reply) => T): ReadBody<T> {
  return (head) => {
    const chunks: Buffer[] = [];
    return { take: (chunk) => void chunks.push(chunk), end: () => decode({ ...head, body: Buffer.concat(chunks) }) };
  };
}

/** An answer that is not Icarus': said by status, length and hash only, as its text may hold anything (docs/security.md). */
export function invalidAnswer(reply: Reply, why: string): SidecarFault {
  const digest = createHash('sha256').update(reply.body).digest('hex');
  return invalidBody(reply, why, { bytes: reply.body.length, digest });
}

/** The same of a body that was not kept: what was read of it. */
export function invalidBody(head: Head, why: string, read: { bytes: number; digest: string }): SidecarFault {
  const { call, status } = head;
  const mark = `${read.bytes} bytes, sha256 ${read.digest.slice(0, 12)}`;
  return new SidecarFault('invalid', `${call} answered HTTP ${status}: ${why} (${mark})`);
}

/** The body as text. Throws `SidecarFault` (`invalid`) where it is not UTF-8. */
export function bodyText(reply: Reply): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(reply.body);
  } catch {
    throw invalidAnswer(reply, 'the body is not text');
  }
}

/** The body as JSON. Throws `SidecarFault` (`invalid`) where it is not. */
export function bodyJson(reply: Reply): unknown {
  const text = bodyText(reply);
  try {
    return JSON.parse(text);
  } catch {
    throw invalidAnswer(reply, 'the body is not JSON');
  }
}
