// Makes a stranger's text safe to show: one line, nothing invisible, no longer than its place allows.

/** Control, format (the bidi ones among them), half surrogate, line and paragraph separator characters. */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * One line of at most `limit` code points; a cut ends with an ellipsis. Control and bidi characters and line breaks become
 * spaces (docs/security.md), and runs of spaces become one.
 */
export function boundText(text: string, limit: number): string {
  const slack = limit * 4;
  const shown = text.slice(0, slack).replace(UNSHOWABLE, ' ').replace(/\s+/gu, ' ').trim();
  const points = Array.from(shown);
  if (points.length <= limit && text.length <= slack) return shown;
  return `${points.slice(0, limit - 1).join('')}…`;
}
