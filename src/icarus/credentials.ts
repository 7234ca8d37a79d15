// What the operator shows to Sidecars, and what it trusts: files that are read again once they change, as Kubernetes rotates
// them in place. Their contents never get into a message.
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { SidecarFault } from '../controller/errors.ts';
import { errorCode } from './connection.ts';

/** Paths; each is optional. */
export interface CredentialFiles {
  /** PEM: the authorities that may sign a Sidecar's certificate. Default: the system's. */
  readonly ca?: string;
  /** PEM: the operator's certificate and its key, both or none. */
  readonly certificate?: string;
  readonly key?: string;
  /** A bearer token; wins over a user name and password. */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
}

/** The present credentials. Both throw `SidecarFault` (`unreachable`) where a file cannot be read or used. */
export interface Credentials {
  /** Value of the `Authorization` header; undefined = none is configured. */
  authorization(): Promise<string | undefined>;
  secureContext(): Promise<SecureContext>;
}

/** Reads the files when they are needed, and again when one has changed (by time, size and inode). */
export function createCredentials(files: CredentialFiles): Credentials {
  const read = createFileCache();
  let built: { parts: readonly unknown[]; context: SecureContext } | undefined;
  return {
    async authorization() {
      if (files.token !== undefined) return `Bearer ${oneLine(await read(files.token), files.token)}`;
      if (files.username === undefined || files.password === undefined) return undefined;
      const pair = await Promise.all([read(files.username), read(files.password)]);
      const [username, password] = [oneLine(pair[0], files.username), oneLine(pair[1], files.password)];
      return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    },
    async secureContext() {
      const parts = await Promise.all([files.ca, files.certificate, files.key].map((path) => path && read(path)));
      if (built === undefined || parts.some((part, index) => part !== built?.parts[index])) {
        built = { parts, context: buildContext(parts) };
      }
      return built.context;
    },
  };
}

function buildContext([ca, cert, key]: readonly (string | undefined)[]): SecureContext {
  try {
    return createSecureContext({ ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) });
  } catch (error) {
    throw new SidecarFault('unreachable', `the TLS files for Sidecars cannot be used (${errorCode(error)})`);
  }
}

function oneLine(text: string, path: string): string {
  const value = text.trim();
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw new SidecarFault('unreachable', `${path} does not hold one line of printable characters`);
}

function createFileCache(): (path: string) => Promise<string> {
  const cache = new Map<string, { version: string; text: string }>();
  return async (path) => {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const version = `${mtimeMs} ${size} ${ino}`;
      const known = cache.get(path);
      if (known?.version === version) return known.text;
      const text = await readFile(path, 'utf8');
      cache.set(path, { version, text });
      return text;
    } catch (error) {
      throw new SidecarFault('unreachable', `cannot read ${path} (${errorCode(error)})`);
    }
  };
}
