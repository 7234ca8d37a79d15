// A port that nothing listens on at the moment, and that the system gives to nobody by itself.
import { createServer } from 'node:net';

/** Linux takes ports for connections from 32,768 on: one of those might be taken again before whoever asked listens on it. */
const FIRST = 20_000;
const COUNT = 12_000;
const given = new Set<number>();

/** A free port of an address, by chance, so that two processes that ask at once hardly ever get the same one; one process never does. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = FIRST + Math.floor(COUNT * Math.random());
    if (given.has(port) || !(await isFree(host, port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no port of ${host} from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
