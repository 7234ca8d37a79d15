// The log: one JSON object a line with the keys of Kubernetes' structured logging (ts, level, msg, logger, err, …), or
// text for people. Nothing that is logged can make it throw, and no text can forge a line.
import { createLogger, format, transports } from 'winston';

/** What is logged beside the message: cassandraCleanup ({name, namespace}), node, operation, reconcileID, err … */
export type LogKeys = Readonly<Record<string, unknown>>;

/** A structured log. Errors go under the key `err`. */
export interface Log {
  debug(message: string, keys?: LogKeys): void;
  info(message: string, keys?: LogKeys): void;
  warn(message: string, keys?: LogKeys): void;
  error(message: string, keys?: LogKeys): void;
  /** A log whose every line carries these keys too. */
  child(keys: LogKeys): Log;
}

/** How to log. `stream` is where lines go: standard error, as it is with Kubernetes' own components. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  readonly stream?: NodeJS.WritableStream;
}

type Level = LogOptions['level'];

/** The log of this process, or of one test. */
export function createLog(options: LogOptions): Log {
  const line = options.format === 'json' ? jsonLine : textLine;
  const logger = createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, keys }) => line(level as Level, String(message), keys as LogKeys)),
    transports: [new transports.Stream({ stream: options.stream ?? process.stderr })],
  });
  return logWith({}, (level, message, keys) => logger.log({ level, message, keys }));
}

function logWith(own: LogKeys, write: (level: Level, message: string, keys: LogKeys) => void): Log {
  const at =
    (level: Level) =>
    (message: string, keys?: LogKeys): void =>
      write(level, message, keys === undefined ? own : { ...own, ...keys });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (keys) => logWith({ ...own, ...keys }, write),
  };
}

function jsonLine(level: Level, message: string, keys: LogKeys): string {
  const own = { ts: new Date().toISOString(), level, msg: message };
  // Own keys first, for their place, and last: a caller's key never takes the place of one of them.
  return (
    json({ ...own, logger: undefined, ...keys, ...stackOf(keys), ...own }) ??
    JSON.stringify({ ...own, keys: unloggable })
  );
}

function textLine(level: Level, message: string, { logger, ...keys }: LogKeys): string {
  const pairs = Object.entries(keys).map(([key, value]) => ` ${key}=${json(value) ?? unloggable}`);
  const name = logger === undefined ? '' : `${String(logger)}: `;
  return oneLine(`${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${name}${message}${pairs.join('')}`);
}

const unloggable = 'cannot be written as JSON';

/** Line breaks and control characters as escapes, so that a text from outside can not look like another line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** An error's stack goes beside its message: the message alone stands under `err`. */
function stackOf({ err }: LogKeys): LogKeys {
  return isError(err) && err.stack !== undefined ? { stacktrace: err.stack } : {};
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** JSON of anything, errors as their messages and bigints as text; undefined for what has none, such as a circle. */
function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part: unknown) => plain(part));
  } catch {
    return undefined;
  }
}

function plain(part: unknown): unknown {
  if (typeof part === 'bigint') return part.toString();
  return isError(part) ? messageOf(part) : part;
}

/** The message of an error, and of the errors that caused it. */
function messageOf(error: unknown, depth = 0): string {
  if (!isError(error)) return String(error);
  const cause = error.cause === undefined || depth === 4 ? '' : `: ${messageOf(error.cause, depth + 1)}`;
  return `${error.message}${cause}`;
}
