// Reads the API server's audit log: who asked for what, one entry for each request that was answered.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditLogPath, get } from './control-plane-servers.ts';

/** One answered request. A watch is answered when it ends; what a request does not have is an empty text. */
export interface AuditEntry {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  name: string;
  namespace: string;
  user: string;
  code: number;
  time: Date;
}

/** Which entries are wanted. */
export interface AuditFilter {
  /** For example `system:serviceaccount:cassandra-cleanup:cassandra-cleanup-operator`. */
  user?: string;
  namespace?: string;
}

interface AuditEvent {
  stage: string;
  verb: string;
  requestURI: string;
  requestReceivedTimestamp: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; name?: string; namespace?: string };
  responseStatus?: { code?: number };
}

const FLUSH_TIMEOUT_MS = 10_000;

/** All entries up to now: a marker request goes first, and the log is read once that one is in it. */
export async function readAudit(
  plane: { url: string; directory: string; adminToken: string },
  filter: AuditFilter = {},
): Promise<AuditEntry[]> {
  const marker = `/version?audit-marker=${randomUUID()}`;
  await get(`${plane.url}${marker}`, plane.directory, plane.adminToken);
  const end = performance.now() + FLUSH_TIMEOUT_MS;
  let log = '';
  do {
    await sleep(5);
    log = existsSync(auditLogPath(plane.directory)) ? readFileSync(auditLogPath(plane.directory), 'utf8') : '';
  } while (!log.includes(marker) && performance.now() < end);
  return log
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): AuditEvent => JSON.parse(line))
    .filter(({ stage, requestURI }) => stage === 'ResponseComplete' && !requestURI.startsWith('/version?audit-marker='))
    .map(toEntry)
    .filter(({ user }) => filter.user === undefined || user === filter.user)
    .filter(({ namespace }) => filter.namespace === undefined || namespace === filter.namespace);
}

function toEntry(event: AuditEvent): AuditEntry {
  const object = event.objectRef ?? {};
  return {
    verb: event.verb,
    group: object.apiGroup ?? '',
    resource: object.resource ?? '',
    subresource: object.subresource ?? '',
    name: object.name ?? '',
    namespace: object.namespace ?? '',
    user: (event.impersonatedUser ?? event.user).username,
    code: event.responseStatus?.code ?? 0,
    time: new Date(event.requestReceivedTimestamp),
  };
}
