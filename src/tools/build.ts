// Bundles the operator into dist/operator.cjs: one file that needs nothing beside it but Node. Built for a lean start,
// not for the smallest file: names stay whole, so that errors and stacks can be read, and that costs no memory.
// (A compile cache set from inside does not serve the file that sets it: the image does it with NODE_COMPILE_CACHE.)
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { onlyUsedModels, withoutSideEffects } from './shake-client-node.ts';

const root = join(import.meta.dirname, '..', '..');

/** What stands in for modules that are imported but never used; should that change, it says so loudly. */
const stubs: Readonly<Record<string, string>> = {
  // client-node's own transports. Ours is src/kube/transport.ts. Costs 60 ms and 20 MB.
  undici: `
    const gone = () => { throw new Error('undici is not part of this bundle: requests go through src/kube'); };
    export const fetch = async () => gone();
    export class Agent { constructor() { gone(); } }
    export class ProxyAgent { constructor() { gone(); } }`,
  // got's HTTP/2 is off unless it is asked for. Costs 2 MB.
  'node:http2': `
    const gone = () => { throw new Error('HTTP/2 is not part of this bundle'); };
    export class Http2ServerResponse { constructor() { gone(); } }
    export const constants = {};
    export default { constants, connect: gone };`,
};

const unused: Plugin = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(undici|node:http2)$/ }, ({ path }) => ({ path, namespace: 'stub' }));
    onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: stubs[path] ?? '' }));
  },
};

/** Options of esbuild for one entry. */
function bundleOptions(entry: string, outfile: string): BuildOptions {
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    plugins: [unused, withoutSideEffects, onlyUsedModels],
    logLevel: 'warning',
  };
}

if (process.argv[1] === import.meta.filename) {
  const [entry = join(root, 'src', 'main.ts'), outfile = join(root, 'dist', 'operator.cjs')] = process.argv.slice(2);
  mkdirSync(dirname(outfile), { recursive: true });
  try {
    await build(bundleOptions(entry, outfile));
  } catch {
    process.exitCode = 1; // esbuild has said why
  }
}
