// TLS, bearer tokens and passwords: who is trusted, what is shown, that rotated files count, and that no secret is told.
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SidecarTarget } from '../../src/controller/ports.ts';
import { createSidecarClient } from '../../src/icarus/client.ts';
import { createCredentials } from '../../src/icarus/credentials.ts';
import { until } from '../support/cleanups.ts';
import { CLEANUP, faultOf } from '../support/sidecar-rig.ts';

const TLS = fileURLToPath(new URL('../support/sidecar-tls/', import.meta.url));
/** The server's certificate is for this address and for sidecar.test. */
const HOST = '127.0.0.14';
const SECRET = 's3cret-t0ken';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Replaces a file in one step, as Kubernetes does. */
function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return path;
}

describe('a header', () => {
  test('is a bearer token, the file read anew once it has changed', async () => {
    const { authorization } = createCredentials({ token: put('token', `${SECRET}\n`) });
    expect(await authorization()).toBe(`Bearer ${SECRET}`);
    put('token', 'another');
    expect(await authorization()).toBe('Bearer another');
  });

  test('is a user name and a password', async () => {
    const files = { username: put('username', 'operator'), password: put('password', 'p:ss word') };
    const header = (await createCredentials(files).authorization()) ?? '';
    expect(Buffer.from(header.replace('Basic ', ''), 'base64').toString()).toBe('operator:p:ss word');
  });

  test('is none without files, and with half of a pair', async () => {
    expect(await createCredentials({}).authorization()).toBeUndefined();
    expect(await createCredentials({ username: put('username', 'x') }).authorization()).toBeUndefined();
  });

  test.each([
    ['two lines', `${SECRET}\nX-Injected: 1`],
    ['nothing', ' \n'],
    ['bytes', `${SECRET}\u0000`],
  ])('is not made of %s, and the file is named, not quoted', async (_name, text) => {
    const error = await faultOf(createCredentials({ token: put('token', text) }).authorization());
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain(join(folder, 'token'));
    expect(error.message).not.toContain(SECRET);
  });

  test('cannot be made while the file is missing, which a call says; it works once the file is there', async () => {
    const path = join(folder, 'token');
    const credentials = createCredentials({ token: path });
    expect((await faultOf(credentials.authorization())).message).toBe(`cannot read ${path} (ENOENT)`);
    put('token', SECRET);
    expect(await credentials.authorization()).toBe(`Bearer ${SECRET}`);
  });
});

describe('over TLS', () => {
  let server: Server;
  let target: SidecarTarget;
  const seen: { authorization: string | undefined; client: string | string[] | undefined; path: string | undefined }[] =
    [];

  beforeAll(async () => {
    const read = (name: string) => readFileSync(join(TLS, name));
    server = createServer(
      {
        cert: read('server.crt'),
        key: read('server.key'),
        ca: read('ca.crt'),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        const certificate = (request.socket as TLSSocket).getPeerCertificate();
        seen.push({ authorization: request.headers.authorization, client: certificate.subject?.CN, path: request.url });
        if (request.method === 'POST') return;
        response.end('{"nodeState":"NORMAL"}');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    target = { uid: 'u', ip: HOST, port: (server.address() as AddressInfo).port };
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    seen.length = 0;
  });

  const client = (files: object, serverName?: string) =>
    createSidecarClient({
      scheme: 'https',
      credentials: { ca: join(TLS, 'ca.crt'), ...files },
      callMs: 500,
      ...(serverName === undefined ? {} : { serverName }),
    });

  test.each([undefined, 'sidecar.test'])(
    'a Sidecar is trusted by its IP address, or by the name given: %s',
    async (name) => {
      expect(await client({ token: put('token', SECRET) }, name).cassandra(target)).toBe('NORMAL');
      expect(seen).toEqual([{ authorization: `Bearer ${SECRET}`, client: undefined, path: '/status' }]);
    },
  );

  test('the operator shows its own certificate', async () => {
    const files = { certificate: join(TLS, 'client.crt'), key: join(TLS, 'client.key') };
    expect(await client(files).cassandra(target)).toBe('NORMAL');
    expect(seen[0]?.client).toBe('operator');
  });

  test.each([
    ['of another name', {}, 'other.test', /TLS handshake failed \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    [
      'of another authority',
      { ca: join(TLS, 'other-ca.crt') },
      undefined,
      /TLS handshake failed \([A-Z_]*(?:CERT|SIGNATURE)[A-Z_]*\)/,
    ],
    [
      'of no authority that the system knows',
      { ca: undefined },
      undefined,
      /TLS handshake failed \([A-Z_]*(?:CERT|SIGNATURE)[A-Z_]*\)/,
    ],
  ])('a certificate %s is refused, and no token leaves', async (_name, files, name, says) => {
    const untrusted = client({ token: put('token', SECRET), ...files }, name);
    const error = await faultOf(untrusted.cassandra(target));
    expect(error).toMatchObject({ kind: 'unreachable', message: expect.stringMatching(says) });
    expect(error.message).not.toContain(SECRET);
    const result = await untrusted.submit(target, CLEANUP, () => undefined, new AbortController().signal);
    expect(result).toMatchObject({ result: 'notSent', message: expect.stringMatching(says) });
    expect(seen).toEqual([]);
  });

  test('an authority that is replaced counts from the next call', async () => {
    const ca = put('ca.crt', readFileSync(join(TLS, 'other-ca.crt'), 'utf8'));
    const rotating = client({ ca });
    await faultOf(rotating.cassandra(target));
    put('ca.crt', readFileSync(join(TLS, 'ca.crt'), 'utf8'));
    expect(await rotating.cassandra(target)).toBe('NORMAL');
  });

  test('files that are no certificates are said to be so', async () => {
    cpSync(join(TLS, 'server.key'), join(folder, 'ca.crt'));
    const wrong = client({ certificate: join(folder, 'ca.crt'), key: join(TLS, 'client.key') });
    expect((await faultOf(wrong.cassandra(target))).message).toMatch(/^the TLS files for Sidecars cannot be used/);
  });

  test('the guard is asked after the handshake, and a POST that is cut off is reset below TLS', async () => {
    const ends: string[] = [];
    server.on('secureConnection', (socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
      socket.on('close', () => ends.push('close'));
    });
    const result = await client({}).submit(target, CLEANUP, () => undefined, new AbortController().signal);
    expect(result).toMatchObject({ result: 'unknown', message: expect.stringMatching(/no answer within 0.5 s/) });
    await until(() => ends.includes('close'));
    expect(ends[0]).toBe('ECONNRESET');
    const refused = await client({}).submit(target, CLEANUP, () => 'no', new AbortController().signal);
    expect(refused).toEqual({ result: 'notSent', message: 'no' });
    expect(seen).toHaveLength(1);
  });

  test('plain HTTP to a TLS port is no answer', async () => {
    const plain = createSidecarClient({ callMs: 500 });
    expect(['invalid', 'unreachable']).toContain((await faultOf(plain.cassandra(target))).kind);
  });
});
