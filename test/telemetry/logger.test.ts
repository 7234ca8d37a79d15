// The log, line by line: its keys, and that nothing logged can break it or forge a line.
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { createLog, type Log, type LogOptions } from '../../src/telemetry/logger.ts';

function logged(options: Omit<LogOptions, 'stream'>, act: (log: Log) => void): string[] {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  act(createLog({ ...options, stream }));
  return text.split('\n').slice(0, -1);
}

describe('JSON', () => {
  const json = (act: (log: Log) => void): Record<string, unknown>[] =>
    logged({ level: 'debug', format: 'json' }, act).map((line) => JSON.parse(line));

  test("a line has time, level and message, then the caller's keys", () => {
    const [line] = logged({ level: 'info', format: 'json' }, (log) =>
      log.info('Submitted', { cassandraCleanup: { name: 'a', namespace: 'b' }, node: 'n' }),
    );
    expect(line).toMatch(
      /^\{"ts":"\d{4}-\d\d-\d\dT[\d:.]+Z","level":"info","msg":"Submitted","cassandraCleanup":\{"name":"a","namespace":"b"\},"node":"n"\}$/,
    );
  });

  test('a child adds keys to every line, and a line may say otherwise', () => {
    const lines = json((log) => {
      const child = log.child({ logger: 'kube', node: 'a' }).child({ reconcileID: '1' });
      child.warn('one');
      child.error('two', { node: 'b' });
    });
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'one', logger: 'kube', node: 'a', reconcileID: '1' },
      { level: 'error', msg: 'two', logger: 'kube', node: 'b', reconcileID: '1' },
    ]);
  });

  test('an error is its message with those of its causes, and its stack beside it', () => {
    const err = new Error('cannot write', { cause: new Error('refused') });
    expect(json((log) => log.error('Failed', { err, other: new Error('x') }))).toEqual([
      expect.objectContaining({ err: 'cannot write: refused', other: 'x', stacktrace: expect.stringContaining('at ') }),
    ]);
  });

  test("a caller's key cannot take the place of the line's own", () => {
    expect(json((log) => log.info('real', { msg: 'forged', level: 'error', ts: 0, message: 'm' }))).toEqual([
      { ts: expect.any(String), level: 'info', msg: 'real', message: 'm' },
    ]);
  });

  test('what cannot be written as JSON costs the keys, not the line and not the process', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(json((log) => log.info('kept', { circle }))).toMatchObject([{ msg: 'kept', keys: expect.any(String) }]);
    expect(json((log) => log.info('kept', { big: 10n }))).toMatchObject([{ msg: 'kept', big: '10' }]);
  });
});

test('lines below the level are not written', () => {
  const lines = logged({ level: 'warn', format: 'json' }, (log) => {
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
  });
  expect(lines).toHaveLength(2);
});

describe('text', () => {
  const text = (act: (log: Log) => void): string[] => logged({ level: 'info', format: 'text' }, act);

  test('a line reads time, level, logger, message, keys', () => {
    const [line] = text((log) => log.child({ logger: 'kube' }).warn('Slow', { node: 'a', err: new Error('late') }));
    expect(line).toMatch(/^\S+Z WARN {2}kube: Slow node="a" err="late"$/);
  });

  test('a text from outside stays in its line', () => {
    const lines = text((log) => log.info('a\n2026 ERROR b\u2028\u001b[31m', { message: 'c\nd' }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('a\\n2026 ERROR b');
    expect(lines[0]).not.toContain('\u001b');
  });
});
