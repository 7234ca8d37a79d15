// Shows a run while it goes on: on a terminal a table that is drawn again in place, elsewhere a plain line for each change.
import type { WriteStream } from 'node:tty';
import type { CassandraCleanupStatus } from '../../src/api/generated.ts';
import { changeLines, seconds, tableLines } from './table.ts';

/** Where the run is shown. */
export interface Screen {
  show(status: CassandraCleanupStatus): void;
  /** Draws for the last time, and gives the terminal back. */
  end(): void;
}

const REDRAW_MS = 100;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[0J';
const CLEAR_ALL = '\x1b[2J\x1b[H';

/** A screen on this stream, as good as it can show. */
export function screenOn(out: WriteStream, name: string): Screen {
  return out.isTTY === true && process.env['TERM'] !== 'dumb' ? terminal(out, name) : log(out);
}

function terminal(out: WriteStream, name: string): Screen {
  const colour = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
  let status: CassandraCleanupStatus = {};
  let drawn = 0;
  const draw = () => {
    const { columns = 80, rows = 24 } = out;
    const lines = tableLines(status, { name, now: Date.now(), columns: columns - 1, rows: rows - 1, colour });
    const up = drawn === 0 ? '' : `\x1b[${drawn}A`;
    out.write(`${up}\r${CLEAR_BELOW}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const afresh = () => {
    out.write(CLEAR_ALL);
    drawn = 0;
    draw();
  };
  const showCursor = () => void out.write(SHOW_CURSOR);
  process.once('exit', showCursor);
  out.on('resize', afresh);
  out.write(HIDE_CURSOR);
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show(next) {
      status = next;
      draw();
    },
    end() {
      clearInterval(timer);
      out.off('resize', afresh);
      draw();
      showCursor();
      process.off('exit', showCursor);
    },
  };
}

function log(out: WriteStream): Screen {
  const begun = performance.now();
  let before: CassandraCleanupStatus = {};
  return {
    show(next) {
      const time = seconds(performance.now() - begun).padStart(8);
      for (const line of changeLines(before, next)) out.write(`${time}  ${line}\n`);
      before = next;
    },
    end() {},
  };
}
