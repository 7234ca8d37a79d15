// The probes and the metrics page, asked over HTTP.
import { afterEach, describe, expect, test } from '@jest/globals';
import { healthPages, metricsPages, type Pages, type RunningServer, serve } from '../../src/telemetry/server.ts';

const anyPort = { host: '127.0.0.1', port: 0 };
const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});
async function start(pages: Pages): Promise<string> {
  const server = await serve(anyPort, pages);
  running.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe('health', () => {
  test('an operator that is well answers ok', async () => {
    const url = await start(
      healthPages(
        () => undefined,
        () => undefined,
      ),
    );
    for (const path of ['/healthz', '/readyz', '/readyz?verbose']) {
      const response = await fetch(url + path);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
    }
  });

  test('a reason is 503 with the reason, for liveness and readiness apart', async () => {
    let reason: string | undefined = 'the caches are not filled yet';
    const url = await start(
      healthPages(
        () => undefined,
        () => reason,
      ),
    );
    const response = await fetch(`${url}/readyz`);
    expect([response.status, await response.text()]).toEqual([503, 'the caches are not filled yet\n']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    reason = undefined;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

describe('metrics', () => {
  test('the page has the content type that the metrics say', async () => {
    const url = await start(metricsPages({ contentType: 'text/plain; version=0.0.4', text: async () => 'a 1\n' }));
    const response = await fetch(`${url}/metrics`);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/plain; version=0.0.4',
      'a 1\n',
    ]);
  });

  test('a page that fails is 500, and says nothing of why', async () => {
    const url = await start(metricsPages({ contentType: 'x', text: () => Promise.reject(new Error('secret')) }));
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('other requests', () => {
  const pages: Pages = { '/here': () => ({ status: 200, body: 'ok' }) };

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
    const response = await fetch(`${await start(pages)}/here`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test.each(['/', '/there', '/__proto__', '/constructor', '/here/'])('%s is not found', async (path) => {
    expect((await fetch((await start(pages)) + path)).status).toBe(404);
  });

  test('HEAD has no body', async () => {
    const response = await fetch(`${await start(pages)}/here`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

test('an address in use is an error that names it', async () => {
  const { port } = await serve(anyPort, {}).then((server) => {
    running.push(server);
    return server;
  });
  await expect(serve({ ...anyPort, port }, {})).rejects.toThrow(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
});

test('close does not wait for open connections', async () => {
  const asked = Promise.withResolvers<void>();
  const never = (): Promise<never> => {
    asked.resolve();
    return new Promise(() => {});
  };
  const server = await serve(anyPort, { '/never': never });
  const request = fetch(`http://127.0.0.1:${server.port}/never`).then(
    () => 'answered',
    () => 'cut',
  );
  await asked.promise;
  await server.close();
  expect(await request).toBe('cut');
});
