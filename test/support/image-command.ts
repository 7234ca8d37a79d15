// How the image runs node, said once: in the Dockerfile.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCKERFILE = join(import.meta.dirname, '..', '..', 'Dockerfile');

/** The flags between node and the program in its entry point. Throws where there is none. */
export function imageNodeFlags(): string[] {
  const entryPoint = /^ENTRYPOINT (\[.*\])$/m.exec(lastStage())?.[1];
  if (entryPoint === undefined) throw new Error('the Dockerfile has no entry point as a list');
  return (JSON.parse(entryPoint) as string[]).slice(1, -1);
}

/** The variables of its last stage, with a compile cache of the caller's own. */
export function imageEnvironment(compileCache: string): Record<string, string> {
  const [, pairs = ''] = /^ENV ((?:.*\\\n)*.*)$/m.exec(lastStage()) ?? [];
  const all = pairs.split(/[\s\\]+/).map((pair) => pair.split(/=(.*)/).slice(0, 2));
  return { ...Object.fromEntries(all), NODE_COMPILE_CACHE: compileCache };
}

function lastStage(): string {
  return (
    readFileSync(DOCKERFILE, 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? ''
  );
}
