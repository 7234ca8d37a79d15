// The documents that both generations of Icarus print, from what the double keeps.
import { FAILURES } from './cassandra.ts';
import { Fields, type Json, print, throwable } from './jackson.ts';
import type { StoredOperation } from './operations.ts';

/** Which Icarus is played: 3.0.0 reports `errors`, 1.0.2 reports `failureCause`. */
export type Generation = '3.0.0' | '1.0.2';

/** An operation's document. `host` is the source that Icarus 3 names in `errors`. */
export function operationDocument(operation: StoredOperation, generation: Generation, host: string): Fields {
  return generation === '3.0.0' ? icarus3(operation, host) : icarus1(operation);
}

function icarus3(operation: StoredOperation, host: string): Fields {
  const error = new Fields([
    ['source', host],
    ['message', operation.failure ?? undefined],
  ]);
  return new Fields([
    ['id', operation.id],
    ['creationTime', operation.creationTime],
    ['state', operation.state],
    ['errors', operation.failure === undefined ? [] : [error]],
    ['progress', { float: operation.progress }],
    ...common(operation),
  ]);
}

/** `type` stands there twice, and a failed operation stays at 0.0 (older-icarus-1.0.2-failureCause.json). */
function icarus1(operation: StoredOperation): Fields {
  const { failure } = operation;
  return new Fields([
    ['type', operation.type],
    ['id', operation.id],
    ['creationTime', operation.creationTime],
    ['state', operation.state],
    ['failureCause', failure === undefined ? undefined : failureCause(failure)],
    ['progress', { float: operation.state === 'FAILED' ? 0 : operation.progress }],
    ...common(operation),
  ]);
}

function common(operation: StoredOperation): (readonly [string, Json | undefined])[] {
  return [
    ['startTime', operation.startTime],
    ['type', operation.type],
    ['keyspace', operation.keyspace],
    ['tables', operation.tables],
    ['jobs', operation.jobs],
    ['completionTime', operation.completionTime],
  ];
}

function failureCause(failure: string | null): Fields {
  return failure === FAILURES.refused ? jmxFailure() : throwable(failure ?? undefined);
}

/** What Icarus says when the JMX port is closed: causes in causes. */
function jmxFailure(): Fields {
  const refused =
    'Connection refused to host: 127.0.0.1; nested exception is: \n\tjava.net.ConnectException: Connection refused';
  return throwable(FAILURES.refused, throwable(undefined, throwable(refused, throwable('Connection refused'))));
}

/** The body of `/status` when JMX fails (status 500). */
export function statusFailure(): string {
  return print(new Fields([['exception', jmxFailure()]]));
}

/** The body of another endpoint that needs JMX when that fails (status 500). */
export function jmxFailureBody(): string {
  return print(jmxFailure());
}

/** `GET /version`. */
export function versionDocument(generation: Generation): string {
  return print(
    new Fields([
      ['version', `instaclustr-icarus ${generation}`],
      ['buildTime', '2026-11-24T15:31:06+0000'],
      ['gitCommit', 'unknown'],
    ]),
  );
}

/** `GET /version/cassandra`. */
export function cassandraVersionDocument(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return print(
    new Fields([
      ['major', major],
      ['minor', minor],
      ['patch', patch],
      ['dsePatch', -1],
    ]),
  );
}

const SCHEMA = '8b768de7-b097-385f-b0cf-601cda017681';

/** `GET /version/schema`. */
export function schemaDocument(): string {
  return print(new Fields([['schemaVersion', SCHEMA]]));
}

/** `GET /topology`: Icarus 3 puts the data centre's name where the rack's belongs (docs/sidecar.md, What is unusual 14). */
export function topologyDocument(generation: Generation, ip: string): string {
  const node = new Fields([
    ['hostname', 'localhost'],
    ['cluster', 'icarus-real'],
    ['dc', 'dc1'],
    ['rack', generation === '3.0.0' ? 'dc1' : 'r1'],
    ['nodeId', 'ca6b4c65-d767-4d76-8524-871422cd8c41'],
    ['ipAddress', ip],
  ]);
  return print(
    new Fields([
      ['timestamp', Date.now()],
      ['clusterName', 'icarus-real'],
      ['schemaVersion', SCHEMA],
      ['topology', [node]],
    ]),
  );
}

/** `GET /topology/{dc}` of one that is not there (status 500). */
export function unknownDataCentre(dc: string): string {
  return print(throwable(`Some DCs to filter on do not exist: [${dc}], existing: `));
}
