/** Face /FHIR/R5 (and its lower-case alias): which interaction is served where, and who may call it. */
import { capabilityStatement, SEARCH_DEFINITIONS } from '@jhe/fhir';
import type { Deps, Face, Route } from '../face.ts';
import * as observations from '../store/observations.ts';
import * as patients from '../store/patient-search.ts';
import * as practitioners from '../store/practitioner-search.ts';
import { BATCH_BODY, batch } from './batch.ts';
import { createObservation } from './create.ts';
import { negotiated } from './format.ts';
import { baseNotAllowed, notServed } from './not-allowed.ts';
import { type FindById, read } from './read.ts';
import { refuse } from './refuse.ts';
import { toObservation } from './resources/observation.ts';
import { toPatient } from './resources/patient.ts';
import { toPractitioner } from './resources/practitioner.ts';
import { type Searchable, type SearchContext, search } from './search.ts';

type Served = Searchable & Readonly<{ findById: FindById }>;

const OBSERVATION: Served = {
  resourceType: 'Observation',
  async page(sight, request) {
    const { rows, hasMore } = await observations.search(sight, request);
    return { resources: rows.map(toObservation), ...ends(rows), hasMore };
  },
  count: observations.count,
  countEach: observations.countEach,
  async findById(sight, id) {
    const row = await observations.findById(sight, id);
    return row && toObservation(row);
  },
};

const PATIENT: Served = {
  resourceType: 'Patient',
  async page(sight, request) {
    const { rows, hasMore } = await patients.search(sight, request);
    return { resources: rows.map(toPatient), ...ends(rows), hasMore };
  },
  count: patients.count,
  countEach: patients.countEach,
  async findById(sight, id) {
    const row = await patients.findById(sight, id);
    return row && toPatient(row);
  },
};

const PRACTITIONER: Served = {
  resourceType: 'Practitioner',
  async page(sight, request) {
    const { rows, hasMore } = await practitioners.search(sight, request);
    return { resources: rows.map(toPractitioner), ...ends(rows), hasMore };
  },
  count: practitioners.count,
  async findById(sight, id) {
    const row = await practitioners.findById(sight, id);
    return row && toPractitioner(row);
  },
};

const SERVED: readonly Served[] = [OBSERVATION, PATIENT, PRACTITIONER];
const OBSERVATION_DOCUMENTATION =
  'Readings are Open mHealth or IEEE 1752 data points: one coding of https://w3id.org/openmhealth or ' +
  'https://w3id.org/ieee1752, a device, and the data point as base64 JSON in valueAttachment.';
const PREFIXES = ['/FHIR/R5', '/fhir/r5'];

export function fhirFace(deps: Deps, cursorKey: Buffer): Face {
  const base = `${deps.config.siteUrl}/FHIR/R5`;
  const context: SearchContext = { base, origin: deps.config.siteUrl, cursorKey };
  const capability = capabilityStatement({
    origin: deps.config.siteUrl,
    // Constant for the life of the process: clients compare and cache it.
    date: deps.clock().toISOString(),
    resources: SERVED.map(({ resourceType }) => ({
      type: resourceType,
      interactions:
        resourceType === 'Observation' ? ['read', 'search-type', 'create'] : ['read', 'search-type'],
      search: SEARCH_DEFINITIONS[resourceType],
      ...(resourceType === 'Observation' ? { documentation: OBSERVATION_DOCUMENTATION } : {}),
    })),
  });
  const routes = PREFIXES.flatMap((prefix): Route[] => [
    {
      method: 'GET',
      path: `${prefix}/metadata`,
      caller: 'anyone',
      handle: async () => ({
        headers: {
          'cache-control': 'public, max-age=3600',
          vary: 'Accept',
          'access-control-allow-origin': '*',
        },
        body: capability,
      }),
    },
    ...(['GET', 'PUT', 'PATCH', 'DELETE'] as const).map(
      (method): Route => ({
        method,
        path: prefix,
        caller: 'signed-in',
        handle: async () => baseNotAllowed(),
      }),
    ),
    {
      method: 'POST',
      path: prefix,
      caller: 'signed-in',
      body: BATCH_BODY,
      handle: (call, principal) => batch(deps, base, call, principal),
    },
    ...SERVED.flatMap((type): Route[] => [
      {
        method: 'GET',
        path: `${prefix}/${type.resourceType}`,
        caller: 'signed-in',
        handle: (call, principal) => search(deps, context, type, call, principal),
      },
      {
        method: 'POST',
        path: `${prefix}/${type.resourceType}/_search`,
        caller: 'signed-in',
        handle: (call, principal) => search(deps, context, type, call, principal),
      },
      {
        method: 'GET',
        path: `${prefix}/${type.resourceType}/:id`,
        caller: 'signed-in',
        handle: (call, principal) => read(deps, type.resourceType, type.findById, call, principal),
      },
    ]),
    {
      method: 'POST',
      path: `${prefix}/Observation`,
      caller: 'signed-in',
      handle: (call, principal) => createObservation(deps, base, call, principal),
    },
    ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map(
      (method): Route => ({
        method,
        path: `${prefix}/*`,
        caller: 'signed-in',
        handle: async (call) =>
          notServed(
            call.params['*'] ?? '',
            SERVED.map(({ resourceType }) => resourceType),
            ['Observation'],
          ),
      }),
    ),
  ]);
  return { name: 'fhir', routes: routes.map(negotiated), refuse };
}

const ends = (rows: readonly { place: readonly (string | null)[] }[]) => ({
  first: rows[0]?.place ?? null,
  last: rows.at(-1)?.place ?? null,
});
