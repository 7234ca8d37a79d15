// Whose a cleanup is, and what its object says of it: what the Judge asks of both.
import type { Resource } from '../../src/core/model.ts';
import type { ApiServer } from './api-server.ts';
import type { Cleanup } from './host.ts';

/** What was sent, by whom, when. */
export function sent({ cause, host, createdAt }: Cleanup) {
  const { resourceUid: uid = '', intentId = '', sentAt = createdAt } = cause ?? {};
  return { uid, node: host, intentId, sentAt };
}

/** The same object asked for both, of the same Pod. */
export function isSameSubject(a: Cleanup, b: Cleanup): boolean {
  return a.podUid === b.podUid && a.cause?.resourceUid === b.cause?.resourceUid;
}

/** What a run that does not end hangs on. */
export function stuck({ status }: Resource): string {
  const runs = (status.nodes ?? []).map(({ name, state, reason }) => `${name} ${state} ${reason ?? ''}`);
  return `${status.state}; ${runs.join(', ')}`;
}

/** Its Sidecar was silent for an hour, and the status says that nobody knows what became of it; or its Pod left the selection, and
 *  the status still says what was to be sent. */
export function isGivenUp({ cause, host, podUid }: Cleanup, { resources }: ApiServer): boolean {
  const object = [...resources.values()].find(({ metadata: { uid } }) => uid === cause?.resourceUid);
  const run = object?.status.nodes?.find(({ name }) => name === host);
  if (run?.state === 'Skipped') return run.reason === 'PodGone' && run.intent?.id === cause?.intentId;
  const isSame = run?.podUID === podUid && run.attempts === cause?.attempt;
  return isSame && run.state === 'Failed' && run.reason === 'OutcomeUnknown';
}
