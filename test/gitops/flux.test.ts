// A run that Flux applies, suspended by hand: kustomize-controller takes over what plain kubectl has set, and so takes it
// back; what docs/gitops.md says to type it lets be.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { getCleanup, prod } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { BUILD_TIMEOUT_MS, goTool } from '../support/go-tools.ts';
import { manifest } from '../support/manifests.ts';

let plane: SharedControlPlane;
let namespace: string;
let program: string;

beforeAll(async () => {
  plane = sharedControlPlane();
  namespace = await plane.createNamespace('flux');
  program = await goTool({ name: 'flux', module: `${import.meta.dirname}/flux`, package: '.' });
}, BUILD_TIMEOUT_MS);

/** What Flux did: created, configured, unchanged. */
async function reconcile(name: string): Promise<string> {
  const flux = spawn(program, [plane.kubeconfig]);
  flux.stdin.end(manifest(namespace, name, prod));
  const [out, error] = await Promise.all([text(flux.stdout), text(flux.stderr)]);
  expect(error).toBe('');
  return out.trim();
}

const PLAIN = `kubectl patch cclean/NAME --type=merge -p '{"spec":{"suspend":true}}'`;
/** As docs/gitops.md has it. */
const LASTING = `kubectl patch cclean/NAME --type=merge -p '{"spec":{"suspend":true}}' --field-manager=flux-client-side-apply`;

test.each([
  { command: PLAIN, finds: 'configured', suspended: false },
  { command: LASTING, finds: 'unchanged', suspended: true },
])('after "$command" it is $finds by Flux: suspended $suspended', async ({ command, finds, suspended }) => {
  const name = `then-${finds}`;
  expect(await reconcile(name)).toBe('created');
  expect(await reconcile(name)).toBe('unchanged');
  const args = command.replace('NAME', name).replaceAll("'", '').split(' ').slice(1);
  expect(await plane.kubectl([...args, '--namespace', namespace])).toMatchObject({ code: 0, stderr: '' });
  expect(await reconcile(name)).toBe(finds);
  expect((await getCleanup(plane, namespace, name)).spec.suspend).toBe(suspended);
});
