// One HTTP answer as it came, and the faults that describe it without ever quoting it.
import { createHash } from 'node:crypto';
import { SidecarFault } from '../controller/errors.ts';

/** What came back on one call, read whole. */
export interface Reply {
  /** The call, for messages: `GET http://10.0.0.7:4567/status`. */
  readonly call: string;
  /** HTTP status. */
  readonly status: number;
  readonly body: Buffer;
  /** Value of the `Retry-After` header, where there was one. */
  readonly retryAfter?: string;
}

/** An answer that is not Icarus': said by status, length and hash only, as its text may hold anything (reliability.md, Security). */
export function invalidAnswer(reply: Reply, why: string): SidecarFault {
  const hash = createHash('sha256').update(reply.body).digest('hex').slice(0, 12);
  return new SidecarFault(
    'invalid',
    `${reply.call} answered HTTP ${reply.status}: ${why} (${reply.body.length} bytes, sha256 ${hash})`,
  );
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
