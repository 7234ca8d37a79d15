// Recordings of a real Icarus beside a real Cassandra: what was asked, and what it answered, byte for byte. They are copies;
// how they were made is told in docs/sidecar.md.
import { readFileSync } from 'node:fs';

/** A request and its answer; a note has neither, a request without an answer has `response: null`. */
export interface Recording {
  readonly name: string;
  readonly request?: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | null;
    /** Bytes that were sent by hand. */
    readonly raw?: string;
  };
  readonly response?: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly raw?: string;
  } | null;
  /** Milliseconds until the body was read. */
  readonly ms?: number | null;
  /** What was cut from the body. */
  readonly bodyTrimmed?: string;
  readonly note?: unknown;
}

/** A record that has both a request and a whole answer. */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly trimmed: boolean;
}

/** Every record of a file, in order. `name` is the file's, without `.json`. */
export function readRecordings(name: string): readonly Recording[] {
  const path = new URL(`./recordings/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Recording[];
}

/** The records of a file that are a request and its answer. */
export function readExchanges(name: string): readonly Exchange[] {
  return readRecordings(name).flatMap((record): Exchange[] => {
    const { request, response } = record;
    if (request?.method === undefined || request.path === undefined || response?.status === undefined) return [];
    return [
      {
        name: record.name,
        method: request.method,
        path: request.path,
        headers: request.headers ?? {},
        body: request.body ?? undefined,
        answer: { status: response.status, headers: response.headers ?? {}, body: response.body ?? '' },
        trimmed: record.bodyTrimmed !== undefined,
      },
    ];
  });
}
