// A flame graph as SVG: as wide as the time it took, callers below, a title on each box. Pure.
import type { Frame } from './cpu-profile.ts';

const WIDTH = 1_600;
const ROW = 16;
const CHAR = 6.2;
/** What is narrower than this is not drawn. */
const NARROW = 0.8;

export function flameGraph(root: Frame, title: string): string {
  const boxes: string[] = [];
  let depth = 0;
  const draw = (frame: Frame, x: number, level: number): void => {
    const width = (WIDTH * frame.totalMs) / root.totalMs;
    if (width < NARROW) return;
    depth = Math.max(depth, level);
    boxes.push(box(frame, { x, width, level }, root.totalMs));
    let left = x;
    for (const child of frame.children) {
      draw(child, left, level + 1);
      left += (WIDTH * child.totalMs) / root.totalMs;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 3) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
    `<text x="4" y="12">${escaped(title)}</text>`,
    `<g transform="translate(0 ${height - ROW}) scale(1 1)">`,
    ...boxes,
    '</g></svg>\n',
  ].join('\n');
}

function box(frame: Frame, at: { x: number; width: number; level: number }, wholeMs: number): string {
  const y = -at.level * ROW;
  const share = `${((100 * frame.totalMs) / wholeMs).toFixed(1)} %`;
  const text = frame.name.slice(0, Math.floor(at.width / CHAR));
  return [
    `<g><title>${escaped(frame.name)}: ${frame.totalMs.toFixed(0)} ms, ${share}</title>`,
    `<rect x="${at.x.toFixed(1)}" y="${y}" width="${at.width.toFixed(1)}" height="${ROW - 1}" fill="${colour(frame.name)}"/>`,
    text.length > 2 ? `<text x="${(at.x + 2).toFixed(1)}" y="${y + 11}">${escaped(text)}</text></g>` : '</g>',
  ].join('');
}

/** Ours, packages, and Node itself each have their own. */
function colour(name: string): string {
  if (/ src\//.test(name)) return '#f4a259';
  if (/node_modules\//.test(name)) return '#8cb369';
  return /\.cjs:/.test(name) ? '#f4e285' : '#b8c4d6';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
