// Splits a stream of bytes into lines and parses each as JSON: the wire format of a watch.
import type { Readable } from 'node:stream';

/** A longer line is not a watch event: the largest object that the API server stores is about 3 MiB. */
const MAX_LINE_CHARS = 16 * 1024 * 1024;

/** The parsed lines of a stream. Throws where the stream breaks, or where a line is no JSON or too long. */
export async function* jsonLines(stream: Readable): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) throw new Error('a line of the watch is too long');
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line);
    }
  }
  if (rest.trim() !== '') throw new Error('the watch ended in the middle of a line');
}
