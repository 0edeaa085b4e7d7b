/** A patient as an organization makes, enrols and invites one, and the answers of that patient's app. */
import { expect } from 'vitest';
import type { Caller } from '../setup/clients.ts';
import { OMH } from './fhir-upload.ts';

export type WithId = { id: number };
export type Consents = {
  consolidatedConsentedScopes: { codingCode: string }[];
  studiesPendingConsent: { id: number; pendingScopeConsents: { code: { codingCode: string } }[] }[];
  studies: { id: number; scopeConsents: { code: { codingCode: string }; consented: boolean }[] }[];
};

export async function created<Body>(reply: Promise<{ status: number; body: Body }>): Promise<Body> {
  const { status, body } = await reply;
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

type Wanted = Readonly<{
  organizationId: number;
  studyIds: readonly number[];
  clientId: number;
  telecomEmail: string;
  nameFamily: string;
  nameGiven: string;
  birthDate: string;
}>;

/** Makes the organization's own record of a person, enrols it, and invites the person into the app. */
export async function invite(
  owner: Caller,
  { studyIds, clientId, ...patient }: Wanted,
): Promise<{ id: number; invitationLink: string }> {
  const { id } = await created(owner.post<WithId>('/api/v1/patients', patient));
  for (const study of studyIds)
    await created(owner.post(`/api/v1/studies/${study}/patients`, { patientIds: [id] }));
  const { invitationLink, token } = await created(
    owner.post<{ invitationLink: string; token: string }>('/api/v1/invitation', { patientId: id, clientId }),
  );
  expect(invitationLink).toContain(`${encodeURIComponent(new URL(owner.site).host)}_${token}`);
  return { id, invitationLink };
}

/** Answers questions of one study, by code. */
export const sayTo = (
  client: Caller,
  {
    method,
    patientId,
    studyId,
    answers,
  }: { method: 'POST' | 'PATCH'; patientId: number; studyId: number; answers: Record<string, boolean> },
) =>
  client.call(method, `/api/v1/patients/${patientId}/consents`, {
    studyScopeConsents: [
      {
        studyId,
        scopeConsents: Object.entries(answers).map(([codingCode, consented]) => ({
          codingSystem: OMH,
          codingCode,
          consented,
        })),
      },
    ],
  });
