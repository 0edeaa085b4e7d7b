/**
 * Whose answers are still to be taken, on every route and page. Whoever asks on one connection for more and more without
 * waiting for answers, or takes an answer too slowly, is cut off: both keep answers in memory for as long as they like.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pace } from './limits.ts';

export type Takers = Readonly<{
  /** Takes note of a request as it arrives. False when its connection was cut for it, and nothing is to be done. */
  enter(request: IncomingMessage, response: ServerResponse): boolean;
  stop(): void;
}>;

type Taker = { response: ServerResponse; ticks: number; mostTicks: number };

export function createTakers(
  mostOfConnection: number,
  pace: Pick<Pace, 'tickMs' | 'takeTicks' | 'takenPerTick'>,
): Takers {
  const waiting = new WeakMap<object, number>();
  const takers = new Set<Taker>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    for (const taker of takers) look(taker);
    if (takers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function look(taker: Taker): void {
    const { response } = taker;
    // Before its head is written an answer waits for us.
    if (!response.headersSent) return;
    if (taker.ticks === 0) taker.mostTicks = pace.takeTicks + Math.ceil(sizeOf(response) / pace.takenPerTick);
    if (++taker.ticks > taker.mostTicks) response.destroy();
  }

  return {
    enter(request, response) {
      const { socket } = request;
      const count = (waiting.get(socket) ?? 0) + 1;
      if (count > mostOfConnection || socket.destroyed) {
        socket.destroy();
        return false;
      }
      waiting.set(socket, count);
      const taker: Taker = { response, ticks: 0, mostTicks: 0 };
      takers.add(taker);
      timer ??= setInterval(tick, pace.tickMs).unref();
      response.once('close', () => {
        takers.delete(taker);
        waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      });
      return true;
    },
    stop() {
      clearInterval(timer);
      takers.clear();
    },
  };
}

const sizeOf = (response: ServerResponse): number =>
  Math.max(response.writableLength, Number(response.getHeader('content-length') ?? 0));
