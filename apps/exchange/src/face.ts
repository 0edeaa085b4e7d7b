/**
 * What a protocol face is: routes that each declare who may call them, and one way to say no.
 * app.ts mounts faces; it refuses to start when a route declares nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from './access/gate.ts';
import type { Config } from './config.ts';
import type { Importance } from './domain/importance.ts';
import type { Principal } from './domain/principal.ts';
import type { Refusal } from './domain/refusal.ts';

/**
 * Who may call a route. `anyone` includes people who are not signed in. The others need a valid token; what such a
 * caller then sees is decided by the gate, not here.
 */
export type Caller = 'anyone' | 'signed-in' | 'practitioner' | 'patient' | 'superuser';

export type Deps = Readonly<{
  config: Config;
  gate: Gate;
  /** Now; tests may turn it. */
  clock: () => Date;
}>;

/** One request, parsed and with its limits applied. */
export type Call = Readonly<{
  requestId: string;
  params: Readonly<Record<string, string>>;
  /** Query parameters in the order given; a name may occur more than once. */
  query: URLSearchParams;
  body: unknown;
  header(name: string): string | undefined;
  /** Path and query as requested. */
  url: string;
  /** The address of the caller, for limits and the log. */
  ip: string;
}>;

/** A reply. An object or array is sent as JSON; a string is sent as it is, under its own content-type header. */
export type Answer = Readonly<{
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}>;

/** What a body may be: its size in bytes as sent, and how many values its JSON may hold. */
export type BodyLimits = Readonly<{ bytes: number; values: number }>;

type RouteBase = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A find-my-way path: `/api/v1/studies/:id`. */
  path: string;
  /** Calls that one network, and one person from anywhere, may make in a minute; for routes that can be guessed at. */
  callsPerMinute?: number;
  /** For routes that take more, or less, than `intake/limits.ts` says for their caller. */
  body?: BodyLimits;
  /** How soon a call is given up when there is too much to do; by its method unless said otherwise. */
  importance?: Importance;
}>;

export type OpenRoute = RouteBase & Readonly<{ caller: 'anyone'; handle(call: Call): Promise<Answer> }>;
export type GuardedRoute = RouteBase &
  Readonly<{
    caller: Exclude<Caller, 'anyone'>;
    handle(call: Call, principal: Principal): Promise<Answer>;
  }>;
export type Route = OpenRoute | GuardedRoute;

/**
 * Who may open a page in a browser. `visit`: the browser in which a request for authorization began that is not answered
 * yet. `session`: a browser in which somebody is signed in. `recent-session`: one in which they signed in within the last
 * 15 minutes. Whoever is not is sent to sign in, and a visit that is over or somebody else's is refused.
 */
export type Visitor = 'anyone' | 'visit' | 'session' | 'recent-session';

/** One page for people: what it answers is HTML, and what it takes is a form. */
export type PageRoute = Readonly<{
  method: 'GET' | 'POST';
  /** A find-my-way path: `/accounts/reset/:uid/:token/`. */
  path: string;
  caller: Visitor;
  /** Where a form may come from: pages of this site, or any (then the page itself checks what came by other means). */
  formsFrom: 'this-site' | 'any-site';
  /** The largest form taken, in bytes. */
  formBytes: number;
  serve(request: IncomingMessage, response: ServerResponse, call: Pick<Call, 'params' | 'ip'>): Promise<void>;
}>;

export type Face = Readonly<{
  name: string;
  routes: readonly (Route | PageRoute)[];
  /** The face's one exhaustive table from refusals to its protocol. */
  refuse(refusal: Refusal, call: Pick<Call, 'requestId' | 'header' | 'query'>): Answer;
}>;
