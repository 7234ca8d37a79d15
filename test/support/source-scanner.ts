// Reads TypeScript source for the architecture test: its code without comments and texts, and what it imports.

/** One import, re-export or dynamic import. */
export interface Import {
  readonly specifier: string;
  /** Whether it vanishes when types are stripped. */
  readonly typeOnly: boolean;
}

/** The same source at the same length, with comments and the inside of texts and regular expressions blanked. */
export function codeOnly(source: string): string {
  const open: Bracket[] = [];
  let code = '';
  while (code.length < source.length) code += tokenAt(source, code, open);
  return code;
}

type Bracket = 'brace' | 'template';

/** The next token, blanked where it is text. Keeps track of braces, for one of them may lead back into a template. */
function tokenAt(source: string, before: string, open: Bracket[]): string {
  const at = before.length;
  const plain = match(plainCode, source, at);
  if (plain !== undefined) return plain;
  const character = source.charAt(at);
  if (character === '{') open.push('brace');
  const closed = character === '}' ? open.pop() : undefined;
  if (character === '`' || closed === 'template') return templateAt(source, at, open);
  return character === '{' || character === '}' ? character : textAt(source, before);
}

function templateAt(source: string, at: number, open: Bracket[]): string {
  const chunk = match(templateChunk, source, at) ?? source.slice(at);
  if (chunk.endsWith('\x24{')) open.push('template');
  return blanked(chunk, 1, chunk.endsWith('`') ? 1 : 2);
}

function textAt(source: string, before: string): string {
  const at = before.length;
  const remark = match(comment, source, at);
  if (remark !== undefined) return blanked(remark, 0, 0);
  const isRegex = source.charAt(at) === '/' && beforeRegex.test(before.slice(-80));
  const text = match(isRegex ? regex : quoted, source, at);
  return text === undefined ? source.charAt(at) : blanked(text, 1, 1);
}

/** All imports of a source, in no particular order. */
export function importsOf(source: string): Import[] {
  const code = codeOnly(source);
  const found: Import[] = [];
  const specifierOf = (whole: RegExpMatchArray, length: number): string => {
    const end = (whole.index ?? 0) + whole[0].length - 1;
    return source.slice(end - length, end);
  };
  for (const statement of code.matchAll(/^[ \t]*(import|export)\b([^'"`;=()]*?)(\bfrom\s*)?(['"])( *)\4/gm)) {
    const [, keyword, clause = '', from, , text = ''] = statement;
    if (keyword === 'export' && from === undefined) continue;
    found.push({ specifier: specifierOf(statement, text.length), typeOnly: isTypeOnly(clause) });
  }
  for (const call of code.matchAll(/(\btypeof\s+)?\bimport\s*\(\s*(['"])( *)\2/g)) {
    found.push({ specifier: specifierOf(call, call[3]?.length ?? 0), typeOnly: call[1] !== undefined });
  }
  return found;
}

/** `import type …`, or names in braces each of which is marked as a type. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\s+[\w{*]/.test(clause)) return true;
  const names =
    /^\s*\{([^}]*)\}\s*$/
      .exec(clause)?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '') ?? [];
  return names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

const plainCode = /[^'"`/{}]+/y;
const templateChunk = /[`}](?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
const regex = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y;
const beforeRegex = /(?:^|[(,=:[!&|?{};>\n]|\breturn)\s*$/;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** Blanks all but line breaks and so many characters at either end. */
function blanked(text: string, first: number, last: number): string {
  const end = Math.max(first, text.length - last);
  return text.slice(0, first) + text.slice(first, end).replace(/[^\n]/g, ' ') + text.slice(end);
}
