/** Readings as an app would upload them, for the tests of this face. */
import { randomUUID } from 'node:crypto';

export const OMH = 'https://w3id.org/openmhealth';

export type Wanted = {
  patientId: number;
  device?: number;
  code?: string;
  value?: number;
  at?: string;
  uuid?: string;
  identifier?: { system: string; value: string };
  /** Changes the JSON text of the data point before it is encoded. */
  text?: (json: string) => string;
};

export function glucose(wanted: Wanted) {
  const { patientId, device = 70001, code = 'omh:blood-glucose:4.0', value = 100 } = wanted;
  const { at = '2026-03-01T08:00:00-08:00', uuid = randomUUID(), text = (json) => json } = wanted;
  const [namespace, name, version] = code.split(':');
  const body =
    code === 'omh:heart-rate:2.0'
      ? { heart_rate: { value, unit: 'beats/min' } }
      : { blood_glucose: { value, unit: 'mg/dL' } };
  const json = JSON.stringify({
    header: { uuid, schema_id: { namespace, name, version }, source_creation_date_time: at },
    body: { ...body, effective_time_frame: { date_time: at } },
  });
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: OMH, code }] },
    subject: { reference: `Patient/${patientId}` },
    device: { reference: `Device/${device}` },
    ...(wanted.identifier ? { identifier: [wanted.identifier] } : {}),
    valueAttachment: { contentType: 'application/json', data: Buffer.from(text(json)).toString('base64') },
  };
}

export const bundle = (...resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } })),
});
