import { SingleBar } from 'cli-progress';

/** Shows how far long work is: a bar on a terminal, a line every ten per cent elsewhere. On stderr. */
export function startProgress(total: number, what: string): { update(done: number): void; stop(): void } {
  if (!process.stderr.isTTY) {
    let told = 0;
    return {
      update(done) {
        const tenth = total === 0 ? 10 : Math.floor((done / total) * 10);
        if (tenth > told) process.stderr.write(`${done} of ${total} ${what}\n`);
        told = Math.max(told, tenth);
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `{bar} {percentage} %  {value}/{total} ${what}  {eta_formatted} left`,
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
