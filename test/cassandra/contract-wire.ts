// Connections by hand for the contract: bytes out, bytes in, and when the other side closes.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

interface Place {
  readonly url: string;
}

/** A connection that stays open. */
export interface Wire {
  /** Sends bytes; resolves with the text of the next whole answer (one that has a Content-length). */
  send(bytes: string): Promise<string>;
  /** Milliseconds from the last answer until the server closed it. */
  idled(): Promise<number>;
  close(): void;
}

/** The head of a POST of `length` bytes. */
export function head(host: string, length: number): string {
  return `POST /operations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

/** A GET; kept alive unless `close`. */
export function get(path: string, close = false): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;
}

/** Opens a connection. */
export async function openWire(to: Place): Promise<Wire> {
  const socket = await dial(to);
  let text = '';
  let last = performance.now();
  let arrived = () => {};
  const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now() - last)));
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      text += chunk;
      last = performance.now();
      arrived();
    });
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        void closed.then(() => reject(new Error('the server has closed the connection')));
        arrived = () => {
          if (!isWhole(text)) return;
          resolve(text);
          text = '';
        };
        socket.write(bytes);
      }),
    idled: () => closed,
    close: () => socket.destroy(),
  };
}

/** Sends bytes on a connection of its own, and reads until the server closes it. */
export async function exchange(to: Place, bytes: string): Promise<string> {
  const socket = await dial(to);
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('error', reject).on('data', (chunk) => {
      text += chunk;
    });
    socket.once('close', () => resolve(text));
    socket.write(bytes);
  });
}

/** Sends bytes and closes without reading. */
export async function abandon(to: Place, bytes: string): Promise<void> {
  const socket = await dial(to);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('finish', () => resolve());
    socket.end(bytes);
  });
  socket.destroy();
}

/** Whether TLS is spoken there. */
export function speaksTls({ url }: Place): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
    const end = (spoken: boolean) => {
      socket.destroy();
      resolve(spoken);
    };
    socket
      .once('secureConnect', () => end(true))
      .once('error', () => end(false))
      .once('close', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}

function dial({ url }: Place): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once('error', reject);
  });
}

function isWhole(text: string): boolean {
  const [top = '', ...body] = text.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(top)?.[1];
  return length !== undefined && Buffer.byteLength(body.join('\r\n\r\n')) >= Number(length);
}
