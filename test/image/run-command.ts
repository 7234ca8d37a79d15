// Runs one program to its end, for the building and measuring of the image: its output, or an error that has its complaint.
import { spawn } from 'node:child_process';

/** What a program gets beside its arguments. */
export interface CommandOptions {
  env?: Readonly<Record<string, string>>;
  /** Goes to the terminal as it comes, as well as into the result. */
  isShown?: boolean;
}

/** The standard output, trimmed. Rejects with the last lines of what it complained about where it fails. */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { out: '', all: '' };
    child.stdout.on('data', (chunk) => {
      texts.out += chunk;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        texts.all += chunk;
        if (options.isShown === true) process.stderr.write(chunk);
      });
    }
    child.once('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) resolve(texts.out.trim());
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${texts.all.slice(-2_000)}`));
    });
  });
}
