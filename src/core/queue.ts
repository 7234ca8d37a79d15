// One run a cluster at a time (hard case 4): which other runs share Pods with this one, and which of them goes first.

import { isLoss, restMs } from './attempt.ts';
import type { OtherRun, Resource, Run } from './model.ts';
import { isActive } from './run.ts';
import { isSilent } from './silence.ts';
import { millis } from './time.ts';

/** The run this one must wait for, or undefined. */
export function waitsFor(resource: Resource, others: readonly OtherRun[]): OtherRun | undefined {
  const own = otherRun(resource, 0);
  return others.find((other) => other.active) ?? others.find((other) => holdsUp(other, own));
}

/** Whether a run has to wait for this other one. */
export function holdsUp(other: OtherRun, own: OtherRun): boolean {
  return other.active || (other.couldStart && goesBefore(other, own));
}

/** Started first, then creationTimestamp, then UID. */
function goesBefore(a: OtherRun, b: OtherRun): boolean {
  if (a.started !== b.started) return a.started;
  return a.created !== b.created ? a.created < b.created : a.uid < b.uid;
}

/** A resource as another one sees it. It has Pods in common, or it would not be asked about. */
export function otherRun(resource: Resource, now: number): OtherRun {
  const { metadata, spec, status } = resource;
  const runs = status.nodes ?? [];
  return {
    name: metadata.name,
    uid: metadata.uid,
    created: millis(metadata.creationTimestamp) ?? 0,
    started: runs.some((run) => (run.attempts ?? 0) > 0),
    active: runs.some(isActive),
    couldStart: !isHeld(resource) && !spec.suspend && (runs.length === 0 || runs.some((run) => couldStart(run, now))),
  };
}

/** Whether a run starts nothing whatever its nodes say: it is over, on its way out, or asks for what cannot be. */
function isHeld(resource: Resource): boolean {
  const waiting = (resource.status.conditions ?? []).find((condition) => condition.type === 'Reconciling');
  return (
    isFinished(resource) || resource.metadata.deletionTimestamp !== undefined || waiting?.reason === 'InvalidRequest'
  );
}

/** Reasons for which a node stands still: nobody else has to wait for it meanwhile. */
const STANDING = [
  'PodGone',
  'CassandraNotReady',
  'WaitingForNodeOperation',
  'WaitingForOtherCleanup',
  'TooManyOperations',
];

function couldStart(run: Run, now: number): boolean {
  if (run.state !== 'Pending' || (millis(run.notBefore) ?? 0) > now) return false;
  return !isSilent(run.reason) && !STANDING.includes(run.reason ?? '');
}

/** Names of the Pods on which a run waits out a loss. */
export function restingNodes({ status }: Resource, now: number): string[] {
  return (status.nodes ?? []).filter((run) => restMs(run, now) > 0).map((run) => run.name);
}

/** Whether a run waits, or waited, out a loss anywhere. */
export function hasLosses({ status }: Resource): boolean {
  return (status.nodes ?? []).some((run) => run.state === 'Pending' && isLoss(run));
}

/** Whether a run has come to its end: it never goes back. */
export function isFinished(resource: Resource): boolean {
  return (resource.status.conditions ?? []).some(
    (condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
}
