// The picture of the demo: what is drawn of a line, when a frame is seen, and that the one in the docs is of this demo.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Frame, pictureOf } from './picture.ts';
import { tableLines } from './table.ts';

const drawn = (frames: readonly Frame[], prompt: readonly string[] = []) =>
  pictureOf({ title: 'a <b> & c', columns: 40, prompt, frames });

/** The names of tags that are opened and never closed, or closed and never opened. */
function unbalanced(svg: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = '', rest = ''] of svg.matchAll(/<(\/?)(\w+)([^>]*)>/g)) {
    if (rest.endsWith('/')) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...open, ...wrong];
}

describe('a line', () => {
  const [, body = ''] = drawn([{ atMs: 0, lines: ['ab  \x1b[36mRunning now\x1b[0m  ██░'] }]).split('class="f f0">');

  test('has each word at its column, in its colour', () => {
    expect(body).toContain('<text x="16.0" y="30" textLength="16.8">ab</text>');
    expect(body).toContain('<text class="cyan" x="49.6" y="30" textLength="92.4">Running now</text>');
  });

  test('has its bars as boxes, whole and faint', () => {
    expect(body).toContain('<rect x="158.8" y="20" width="16.8" height="12" opacity="1"/>');
    expect(body).toContain('<rect x="175.6" y="20" width="8.4" height="12" opacity="0.18"/>');
  });

  test('keeps what would be markup as text', () => {
    const svg = drawn([{ atMs: 0, lines: ['<x> & y'] }]);
    expect(svg).toContain('>&#60;x&#62; &#38; y<');
    expect(svg).toContain('<title>a &#60;b&#62; &#38; c</title>');
    expect(unbalanced(svg)).toEqual([]);
  });
});

describe('frames', () => {
  const svg = drawn(
    [
      { atMs: 0, lines: ['one'] },
      { atMs: 2_500, lines: ['two'] },
      { atMs: 5_000, lines: ['three', 'lines'] },
    ],
    ['$ prompt'],
  );

  test('follow each other as they did, and the last one stays for five seconds', () => {
    expect(svg).toContain('animation:10000ms step-end infinite');
    expect(svg).toContain('@keyframes f0{0.00%{opacity:1}25.00%{opacity:0}}');
    expect(svg).toContain('@keyframes f1{0%{opacity:0}25.00%{opacity:1}50.00%{opacity:0}}');
    expect(svg).toContain('@keyframes f2{0%{opacity:0}50.00%{opacity:1}}');
  });

  test('do not move for those who wish so: the last one is seen', () => {
    const [still = ''] = svg.split('@media (prefers-reduced-motion:no-preference)');
    expect(still).toContain('.f{opacity:0}.f2{opacity:1}');
    expect(still).not.toContain('@keyframes');
  });

  test('stand below what is the same in all of them, and there is room for the longest', () => {
    expect(svg).toContain('<text x="16.0" y="49" textLength="25.2">one</text>');
    expect(svg).toContain('height="89"');
  });
});

describe('docs/demo.svg', () => {
  const svg = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'demo.svg'), 'utf8');
  const frames = svg.split('<g class="f f').slice(1);

  test('shows the table as the demo draws it now; `npm run demo:record` makes it anew', () => {
    const frame = { name: 'x', now: 0, columns: 112, rows: 40, colour: false };
    const [head = ''] = tableLines({}, frame);
    for (const word of head.trim().split(/ +/)) expect(svg).toContain(`>${word}</text>`);
    expect(unbalanced(svg)).toEqual([]);
  });

  test('begins with a run that nobody has seen, and ends with six nodes Completed', () => {
    expect(frames.length).toBeGreaterThan(20);
    const last = frames.at(-1) ?? '';
    expect(last.match(/>Completed<\/text>/g)).toHaveLength(7);
    expect(last).toContain('NodesCompleted: 6 of 6 nodes completed');
    expect(frames.filter((one) => />Running</.test(one)).length).toBeGreaterThan(10);
  });

  test('holds nothing that runs or is fetched', () => {
    expect(svg).not.toMatch(/<script|href|url\(|@import|<image|\bon\w+=/);
  });
});
