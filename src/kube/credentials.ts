// What a request to the API server needs to be let in: headers, CA, client certificate. KubeConfig gives them (tokens,
// token files, exec plugins); it reads files and starts programs at every call, so its answer is kept for a few seconds.
import { readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/within.ts';

/** TLS settings of a connection; the names are those of node:tls. */
export interface TlsSettings {
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** What one request is sent with. */
export interface Access {
  headers: Readonly<Record<string, string>>;
  tls: TlsSettings;
  /** The agent of a kubeconfig's `proxy-url`; it replaces ours. */
  proxy?: Agent;
}

/** Gives the current access. */
export interface Credentials {
  /** Throws where a token or certificate cannot be read. */
  current(): Promise<Access>;
  /** The server did not accept it: everything is loaded anew for the next request. */
  reject(): void;
}

const KEEP_MS = 10_000;
/** A program of a kubeconfig that says nothing for so long is given up, and not started again for a minute: it may be hanging. */
const READ_MS = 10_000;
const HUNG_MS = 60_000;

/** Credentials from a KubeConfig; `load` is called again after a rejection, at most once in ten seconds. */
export function createCredentials(load: () => KubeConfig, clock: Clock): Credentials {
  let config = load();
  let loadedAt = clock.monotonic();
  let kept: { access: Promise<Access>; until: number } | undefined;
  return {
    current() {
      const now = clock.monotonic();
      if (kept === undefined || now > kept.until) {
        const access = asksOthers(config) ? inTime(read(config), clock) : read(config);
        const own = { access, until: now + KEEP_MS };
        kept = own;
        access.catch((error) => {
          if (error instanceof HungError) own.until = now + HUNG_MS;
          else if (kept === own) kept = undefined;
        });
      }
      return kept.access;
    },
    reject() {
      if (clock.monotonic() - loadedAt < KEEP_MS) return;
      loadedAt = clock.monotonic();
      kept = undefined;
      try {
        config = load();
      } catch {
        // The file is being replaced: the old one stays until the next rejection.
      }
    },
  };
}

/** Whether a program or an identity provider is asked, which may hang. */
function asksOthers(config: KubeConfig): boolean {
  const user = config.getCurrentUser();
  return user?.exec !== undefined || user?.authProvider !== undefined;
}

class HungError extends Error {}

async function inTime(access: Promise<Access>, clock: Clock): Promise<Access> {
  await within(clock, READ_MS, access);
  const text = `the credentials of the kubeconfig did not come within ${READ_MS / 1_000} s`;
  // Of two that are settled the first one counts.
  return Promise.race([access, Promise.reject(new HungError(text))]);
}

async function read(config: KubeConfig): Promise<Access> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const token = tokenFile(config);
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  const proxied = config.getCurrentCluster()?.proxyUrl !== undefined && options.agent instanceof Object;
  return { headers, tls: tlsOf(options), ...(proxied && { proxy: options.agent as Agent }) };
}

function tlsOf(options: RequestOptions): TlsSettings {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca !== undefined && { ca: ca as Buffer }),
    ...(cert !== undefined && { cert: cert as Buffer }),
    ...(key !== undefined && { key: key as Buffer }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** The mounted token of a Pod, read here because client-node keeps it for a minute whatever the server says. */
function tokenFile(config: KubeConfig): string | undefined {
  const path: unknown = config.getCurrentUser()?.authProvider?.config?.tokenFile;
  return typeof path === 'string' ? readFileSync(path, 'utf8').trim() : undefined;
}
