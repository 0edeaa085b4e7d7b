/**
 * Whose body is still on its way, on every route and page: whoever sends nothing for a while, takes too long altogether,
 * or goes on sending what nobody reads, is cut off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pace } from './limits.ts';

export type Senders = Readonly<{
  /** Watches a request until its body is complete. `mostBytes` stands in for a length that is not declared. */
  watch(request: IncomingMessage, response: ServerResponse, mostBytes: number): void;
  /** Answers a slow sender in its own way; without one it is answered 408 and cut off. */
  onSlow(request: IncomingMessage, answer: () => void): void;
  stop(): void;
}>;

type Sender = {
  request: IncomingMessage;
  response: ServerResponse;
  bytes: number;
  idleTicks: number;
  ticks: number;
  mostTicks: number;
  unreadTicks: number;
  answer?: () => void;
};

const CUT = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

export function createSenders(pace: Pace): Senders {
  const senders = new Map<IncomingMessage, Sender>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    for (const sender of senders.values()) look(sender);
    if (senders.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  function look(sender: Sender): void {
    const { request, response } = sender;
    const { socket } = request;
    if (request.complete || socket.destroyed) {
      senders.delete(request);
      return;
    }
    sender.ticks++;
    // What has come and was not taken waits for us, not for the sender.
    const waitsForUs = request.readableLength > 0;
    sender.idleTicks = socket.bytesRead > sender.bytes || waitsForUs ? 0 : sender.idleTicks + 1;
    sender.bytes = socket.bytesRead;
    if (response.writableFinished) {
      if (++sender.unreadTicks >= pace.lingerTicks) socket.destroy();
      return;
    }
    if (sender.idleTicks < pace.idleTicks && sender.ticks < sender.mostTicks) return;
    senders.delete(request);
    if (sender.answer) {
      sender.answer();
      return;
    }
    if (!response.headersSent) socket.write(CUT);
    socket.destroySoon();
  }

  return {
    watch(request, response, mostBytes) {
      // Requests of tests come without a socket, and whole.
      if (request.complete || typeof request.socket.bytesRead !== 'number') return;
      const declared = Number(request.headers['content-length'] ?? mostBytes);
      senders.set(request, {
        request,
        response,
        bytes: request.socket.bytesRead,
        idleTicks: 0,
        ticks: 0,
        mostTicks: pace.totalTicks + Math.ceil(Math.min(declared, mostBytes) / pace.bytesPerTick),
        unreadTicks: 0,
      });
      timer ??= setInterval(tick, pace.tickMs).unref();
    },
    onSlow(request, answer) {
      const sender = senders.get(request);
      if (sender) sender.answer = answer;
    },
    stop() {
      clearInterval(timer);
      senders.clear();
    },
  };
}
