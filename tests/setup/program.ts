/** A program of somebody else's beside the exchange: started, waited for, and ended with its test. */
import { type ChildProcess, spawn } from 'node:child_process';

export type Program = Readonly<{
  child: ChildProcess;
  /** Everything it has printed. */
  output(): string;
  close(): Promise<void>;
}>;

/** Starts it and waits until `url` answers at all; fails with what it printed when it ends before. */
export async function startProgram(
  command: string,
  args: readonly string[],
  options: { env: Record<string, string>; cwd: string; url: string },
): Promise<Program> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  for (;;) {
    if (isOver) throw new Error(`${command} ended: ${output}`);
    const isUp = await fetch(options.url, { redirect: 'manual' }).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    child,
    output: () => output,
    async close() {
      // It keeps nothing that is to outlive the test.
      child.kill('SIGKILL');
      await ended;
    },
  };
}
