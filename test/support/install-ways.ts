// The ways to install as plain objects: what kustomize builds from a folder of deploy/, and what deploy/install.yaml holds.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { controlPlaneBinaries } from './control-plane-binaries.ts';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** An object to install; the fields that the tests look into. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on the kind.
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

/** What `kubectl kustomize` makes of a folder, by its path within deploy/ or from the root of the disk. */
export async function kustomized(folder: string): Promise<Manifest[]> {
  const { kubectl } = await controlPlaneBinaries();
  const path = folder.startsWith('/') ? folder : join(DEPLOY, folder);
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', path], { maxBuffer: 2 ** 26 });
  return objectsOf(stdout);
}

/** What stands in a file of deploy/. */
export function manifestsIn(file: string): Manifest[] {
  return objectsOf(readFileSync(join(DEPLOY, file), 'utf8'));
}

function objectsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

/** The only object of a kind. Throws where there is none, or another. */
export function only(objects: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = objects.filter((object) => object.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${1 + more.length} of kind ${kind}`);
  return found;
}

/** An object by what makes it one: kind, namespace, name. */
export function identityOf({ kind, metadata }: Manifest): string {
  return [kind, metadata.namespace, metadata.name].filter(Boolean).join(' ');
}
