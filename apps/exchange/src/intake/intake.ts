/** How requests are let in: after their caller is known, and as far as there is room. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { BodyLimits } from '../face.ts';
import { createFlight } from './flight.ts';
import {
  CAPACITY,
  type Capacity,
  MOST_OF_CONNECTION,
  OPEN_BODY,
  ORDINARY_BODY,
  PACE,
  type Pace,
} from './limits.ts';
import { hasBody, readBody } from './read-body.ts';
import { createSenders } from './senders.ts';
import { createTakers } from './takers.ts';

export type IntakeOptions = Readonly<{ capacity?: Partial<Capacity>; pace?: Partial<Pace> }>;

export type Intake = Readonly<{
  /**
   * Takes note of a request as it arrives, before anything is read of its body. False when its connection was cut for it,
   * and nothing is to be done.
   */
  arrive(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Gives a request its place until its answer is taken, and reads its body: undefined when there is none. `caller` is
   * null for people who are not signed in.
   */
  receive(
    request: IncomingMessage,
    response: ServerResponse,
    caller: string | null,
    limits?: BodyLimits,
  ): Promise<unknown>;
  /** Lets whatever handler reads the body on its own terms have it. */
  pass(request: IncomingMessage, response: ServerResponse): void;
  /** Clients that ask before they send (RFC 9110, section 10.1.1) hear "go on" when their body is wanted, not before. */
  answerExpectations(server: Server): void;
  stop(): void;
}>;

const LARGEST_UNKNOWN = ORDINARY_BODY.bytes;

export function createIntake({ capacity, pace }: IntakeOptions = {}): Intake {
  const flight = createFlight({ ...CAPACITY, ...capacity });
  const senders = createSenders({ ...PACE, ...pace });
  const takers = createTakers(MOST_OF_CONNECTION, { ...PACE, ...pace });
  const expecting = new WeakSet<IncomingMessage>();

  function goOn(request: IncomingMessage, response: ServerResponse): void {
    if (!expecting.delete(request)) return;
    response.removeHeader('connection');
    response.writeContinue();
  }

  return {
    arrive(request, response) {
      if (!takers.enter(request, response)) return false;
      if (hasBody(request)) senders.watch(request, response, LARGEST_UNKNOWN);
      return true;
    },
    async receive(request, response, caller, limits = caller === null ? OPEN_BODY : ORDINARY_BODY) {
      const passage = flight.enter(caller);
      finished(response, () => passage.leave());
      if (request.method === 'GET' || request.method === 'HEAD') return undefined;
      if (limits.bytes > LARGEST_UNKNOWN && hasBody(request)) senders.watch(request, response, limits.bytes);
      return readBody(request, limits, passage, senders, () => goOn(request, response));
    },
    pass: goOn,
    answerExpectations(server) {
      server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
        expecting.add(request);
        // Whoever was told no may send the next request where this one's body was to stand.
        response.setHeader('connection', 'close');
        server.emit('request', request, response);
      });
    },
    stop() {
      senders.stop();
      takers.stop();
    },
  };
}
