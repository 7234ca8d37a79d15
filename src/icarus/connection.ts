// One connection to one Sidecar, opened by itself, so that the caller knows that nothing was sent on it yet. There is no
// keep-alive: with Icarus a fresh connection answers in 1-3 ms, a kept one in 40 ms (docs/sidecar.md, What is unusual 15).
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { SidecarFault } from '../controller/errors.ts';
import type { SidecarTarget } from '../controller/ports.ts';

/** A connection over which nothing was sent yet. */
export interface Connection {
  /** Where HTTP goes in and out: the TCP socket, or the TLS socket above it. */
  readonly socket: Socket;
  /** Ends it with RST, so that the kernel delivers nothing later. */
  reset(): void;
  /** Ends it after a whole answer. */
  close(): void;
}

/** How to connect. */
export interface ConnectOptions {
  /** Milliseconds for TCP, and again for TLS. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** TLS, where it is wanted: what to trust, what to show, and the name that the certificate must bear (default: the IP). */
  readonly tls?: { readonly context: SecureContext; readonly serverName?: string };
}

/** `http://10.0.0.7:4567`, `https://[fd00::7]:4567`. Throws `SidecarFault` where the target is not an IP address and a port. */
export function origin(scheme: 'http' | 'https', target: SidecarTarget): string {
  const family = isIP(target.ip);
  const isPort = Number.isInteger(target.port) && target.port > 0 && target.port < 65_536;
  if (family === 0 || target.ip.includes('%') || !isPort) {
    throw new SidecarFault('unreachable', 'the address of the Sidecar is not an IP address and a port');
  }
  return `${scheme}://${family === 6 ? `[${target.ip}]` : target.ip}:${target.port}`;
}

/** Connects; throws `SidecarFault` (`unreachable`) when that fails, which means that nothing was sent. */
export async function openConnection(target: SidecarTarget, options: ConnectOptions): Promise<Connection> {
  const tcp = connectTcp({ host: target.ip, port: target.port, noDelay: true });
  const reset = () => {
    if (!tcp.destroyed) tcp.resetAndDestroy();
  };
  try {
    await connected(tcp, 'connect', options);
    if (options.tls === undefined) return { socket: tcp, reset, close: () => tcp.destroy() };
    const socket = secure(tcp, target, options.tls);
    await connected(socket, 'secureConnect', options);
    return { socket, reset, close: () => socket.destroy() };
  } catch (error) {
    reset();
    throw error;
  }
}

function secure(tcp: Socket, target: SidecarTarget, tls: NonNullable<ConnectOptions['tls']>): TLSSocket {
  const expected = tls.serverName ?? target.ip;
  return connectTls({
    socket: tcp,
    secureContext: tls.context,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
    ...(isIP(expected) === 0 ? { servername: expected } : {}),
  });
}

function connected(socket: Socket, event: 'connect' | 'secureConnect', options: ConnectOptions): Promise<void> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      settle();
      reject(new SidecarFault('unreachable', why));
    };
    const aborted = () => fail(String(signal.reason));
    const timer = setTimeout(() => fail(`no connection within ${timeoutMs / 1000} s`), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
    signal.addEventListener('abort', aborted, { once: true });
    // The listener stays for good: an error after this is noticed by whoever uses the connection.
    socket.on('error', (error) => fail(describeSocketError(error, event === 'secureConnect')));
    socket.once('close', () => fail('the connection was closed'));
    socket.once(event, () => {
      settle();
      resolve();
    });
    if (signal.aborted) aborted();
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
};

/** An error of a socket in words, its code behind them; never its own text, which may hold anything. */
export function describeSocketError(error: unknown, duringTls = false): string {
  const code = errorCode(error);
  const words = WORDS[code] ?? (duringTls ? 'the TLS handshake failed' : 'the connection failed');
  return `${words} (${code})`;
}

/** The `code` of a Node error, where it looks like one. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'no code';
}
