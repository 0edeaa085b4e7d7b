/** Observations as a patient's app writes them, spelled out here and not made by our own packages. */
import { randomUUID } from 'node:crypto';
import type { Caller, Reply } from '../setup/clients.ts';

export const OMH = 'https://w3id.org/openmhealth';
export const GLUCOSE = 'omh:blood-glucose:4.0';
export const HEART_RATE = 'omh:heart-rate:2.0';

export type Resource = { resourceType: string; id: string; [element: string]: unknown };
export type Searchset = {
  resourceType: 'Bundle';
  total: number;
  entry: { resource: Resource }[];
  link: { relation: string; url: string }[];
};
export type Outcome = { resourceType: 'OperationOutcome'; issue: { code: string; diagnostics?: string }[] };
export type BatchResponse = {
  type: string;
  entry: {
    response: { status: string; outcome?: Outcome; location?: string };
    resource?: { id: string };
  }[];
};

const MEASURES = {
  [GLUCOSE]: {
    name: 'blood-glucose',
    version: '4.0',
    body: (value: number) => ({
      blood_glucose: { value, unit: 'mg/dL' },
      specimen_source: 'capillary blood',
    }),
  },
  [HEART_RATE]: {
    name: 'heart-rate',
    version: '2.0',
    body: (value: number) => ({ heart_rate: { value, unit: 'beats/min' } }),
  },
};

export type Reading = {
  patientId: number;
  deviceId: number;
  code: keyof typeof MEASURES;
  value: number;
  /** With its offset from UTC. */
  at: string;
  /** A system and value under which this reading may exist once. */
  identifier?: string;
};

export function observation({ patientId, deviceId, code, value, at, identifier }: Reading) {
  const measure = MEASURES[code];
  const dataPoint = {
    header: {
      uuid: randomUUID(),
      schema_id: { namespace: 'omh', name: measure.name, version: measure.version },
      source_creation_date_time: at,
      modality: 'sensed',
    },
    body: { ...measure.body(value), effective_time_frame: { date_time: at } },
  };
  return {
    resourceType: 'Observation',
    status: 'final',
    ...(identifier ? { identifier: [{ system: 'https://app.example.org/reading', value: identifier }] } : {}),
    code: { coding: [{ system: OMH, code }] },
    subject: { reference: `Patient/${patientId}` },
    device: { reference: `Device/${deviceId}` },
    valueAttachment: { contentType: 'application/json', data: encode(dataPoint) },
  };
}

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

export const decode = (resource: Resource): { body: Record<string, unknown> } =>
  JSON.parse(Buffer.from((resource.valueAttachment as { data: string }).data, 'base64').toString('utf8')) as {
    body: Record<string, unknown>;
  };

export const post = (resource: object) => ({ resource, request: { method: 'POST', url: 'Observation' } });

/** Sends a batch Bundle as FHIR clients do: `application/fhir+json`. */
export function upload(client: Caller, entry: object[], base = '/FHIR/R5/') {
  const bundle = { resourceType: 'Bundle', type: 'batch', entry };
  return client.call<BatchResponse>('POST', base, bundle, { 'content-type': 'application/fhir+json' });
}

/** All pages of a search, by its `next` links. */
export async function searchAll(
  client: Caller,
  path: string,
): Promise<{ pages: Searchset[]; ids: string[] }> {
  const pages: Searchset[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const reply: Reply<Searchset> = await client.get<Searchset>(next);
    if (reply.status !== 200) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    pages.push(reply.body);
    next = reply.body.link.find((link) => link.relation === 'next')?.url;
  }
  return { pages, ids: pages.flatMap((page) => page.entry.map(({ resource }) => resource.id)) };
}
