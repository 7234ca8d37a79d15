// Turns what a terminal showed over time into an animated SVG, as a pure function: no script in it, no font, no picture of
// another place; where nothing moves (printed, or by wish of the reader) its last frame is seen.

/** What the terminal showed from a time on. Lines may hold colours as escape sequences. */
export interface Frame {
  atMs: number;
  lines: readonly string[];
}

/** What is the same in all frames. */
export interface Picture {
  /** For those who cannot see it. */
  title: string;
  columns: number;
  /** Lines above the frames. */
  prompt: readonly string[];
  frames: readonly Frame[];
}

const CHAR = 8.4;
const LINE = 19;
const MARGIN = 16;
/** How long the last frame stays before it all begins again. */
const HOLD_MS = 5_000;

const INKS: Readonly<Record<string, string>> = {
  '1': 'b',
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '36': 'cyan',
};
/** Blocks are drawn as boxes: fonts differ too much in them. */
const SHADES: Readonly<Record<string, number>> = { '█': 1, '▓': 0.6, '░': 0.18 };

const STYLE = `text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
rect{fill:#d8dee9}.paper{fill:#161b22}.b{font-weight:700}.dim{fill:#8b949e}.red{fill:#ff7b72}.green{fill:#56d364}.yellow{fill:#e3b341}.cyan{fill:#76e3ea}`;

/** The SVG. */
export function pictureOf({ title, columns, prompt, frames }: Picture): string {
  const rows = prompt.length + Math.max(...frames.map(({ lines }) => lines.length));
  const [width, height] = [Math.round(2 * MARGIN + columns * CHAR), 2 * MARGIN + rows * LINE];
  const endMs = (frames.at(-1)?.atMs ?? 0) + HOLD_MS;
  const groups = frames.map(({ lines }, index) => {
    return `<g class="f f${index}">${lines.map((line, row) => lineOf(line, prompt.length + row)).join('')}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n${motionOf(frames, endMs)}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    `<g>${prompt.map(lineOf).join('')}</g>`,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

/** Each frame is there from its time to that of the next; without motion only the last one is. */
function motionOf(frames: readonly Frame[], endMs: number): string {
  const percent = (ms: number) => `${((100 * ms) / endMs).toFixed(2)}%`;
  const last = frames.length - 1;
  const rules = frames.map(({ atMs }, index) => {
    const next = frames[index + 1]?.atMs;
    const out = next === undefined ? '' : `${percent(next)}{opacity:0}`;
    const before = index === 0 ? '' : '0%{opacity:0}';
    return `@keyframes f${index}{${before}${percent(atMs)}{opacity:1}${out}}.f${index}{animation-name:f${index}}`;
  });
  const still = `.f{opacity:0}.f${last}{opacity:1}`;
  const moving = `.f{animation:${endMs}ms step-end infinite}${rules.join('\n')}`;
  return `${still}\n@media (prefers-reduced-motion:no-preference){${moving}}`;
}

function lineOf(line: string, row: number): string {
  let column = 0;
  return inksOf(line)
    .map(({ text, ink }) => {
      const drawn = pieceOf(text, { column, row, ink });
      column += text.length;
      return drawn;
    })
    .join('');
}

/** The line in pieces of one colour, without the escape sequences. */
function inksOf(line: string): { text: string; ink: string }[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours begin with.
  const parts = line.split(/\x1b\[(\d+)m/);
  return parts.flatMap((text, index) =>
    index % 2 === 1 || text === '' ? [] : [{ text, ink: INKS[parts[index - 1] ?? '0'] ?? '' }],
  );
}

interface Place {
  column: number;
  row: number;
  ink: string;
}

/** Words and boxes, each where its column is: no font can push them aside. */
function pieceOf(text: string, { column, row, ink }: Place): string {
  const top = MARGIN + row * LINE;
  const shown = ink === '' ? '' : ` class="${ink}"`;
  return [...text.matchAll(/(█+|▓+|░+)|[^\s█▓░]+(?: [^\s█▓░]+)*/g)]
    .map(({ 0: piece, 1: blocks, index }) => {
      const x = (MARGIN + (column + index) * CHAR).toFixed(1);
      const width = (piece.length * CHAR).toFixed(1);
      const shade = SHADES[blocks?.charAt(0) ?? ''];
      if (shade !== undefined)
        return `<rect${shown} x="${x}" y="${top + 4}" width="${width}" height="12" opacity="${shade}"/>`;
      return `<text${shown} x="${x}" y="${top + 14}" textLength="${width}">${escaped(piece)}</text>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
