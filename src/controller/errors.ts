// The errors that cross a port. Each says what the caller may do about it, not which library threw it.

/** - `conflict`: someone wrote first. - `gone`: the object, or its kind, is not there. - `permanent`: the same request can never
 *  succeed. - `unauthorized`: credentials or RBAC; may heal. - `throttled`, `unavailable`: try later. */
export type ApiErrorKind = 'conflict' | 'gone' | 'permanent' | 'unauthorized' | 'throttled' | 'unavailable';

/** The API server refused, or did not answer in time. */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  /** Milliseconds that the server asked to wait (Retry-After), where it did. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status, or 0 where there was no answer. */
  readonly status: number;

  constructor(kind: ApiErrorKind, message: string, details: { status?: number; retryAfterMs?: number } = {}) {
    super(message);
    this.name = 'ApiError';
    this.kind = kind;
    this.status = details.status ?? 0;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** A Sidecar gave no usable answer to a read. The message never quotes a body that is not Icarus' own. */
export class SidecarFault extends Error {
  readonly kind: 'unreachable' | 'invalid';

  constructor(kind: 'unreachable' | 'invalid', message: string) {
    super(message);
    this.name = 'SidecarFault';
    this.kind = kind;
  }
}
