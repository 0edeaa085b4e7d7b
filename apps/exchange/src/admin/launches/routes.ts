/** `POST /api/v1/launches`: opens a registered app about a patient (SMART App Launch 2.2, section 2.1.4). */
import { z } from 'zod';
import { audienceOf } from '../../authorization/access-token.ts';
import { saveLaunch } from '../../authorization/launch/launches.ts';
import { OPEN_CORS } from '../../authorization/mount.ts';
import type { Parts } from '../../authorization/parts.ts';
import { invalid, notFound } from '../../domain/refusal.ts';
import type { GuardedRoute } from '../../face.ts';
import { findLaunchableClient } from '../../store/oauth-clients.ts';
import * as patients from '../../store/patients.ts';

/** A relative reference of FHIR R5, section 2.1.3.4. */
const reference = z.string().regex(/^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}$/, 'Must be like Type/id.');

/** Patients and encounters have members of their own: here they stand in another role only (section 4.2.3). */
const fhirContextSchema = z
  .strictObject({
    reference,
    type: z.string().max(64).optional(),
    role: z.union([z.literal('launch'), z.url()], 'Must be launch or an absolute URI.').optional(),
  })
  .refine(
    (item) => !/^(Patient|Encounter)\//.test(item.reference) || (item.role ?? 'launch') !== 'launch',
    'A patient or an encounter needs a role of its own here.',
  );

/** Tokens carry the context, and travel in headers and cookies. */
const LARGEST_CONTEXT = 400;

const id = z.coerce.string().regex(/^[1-9][0-9]{0,14}$/, 'A valid integer is required.');

const launchSchema = z.object({
  clientId: z.coerce.string().min(1).max(255),
  patientId: id.transform(Number).nullish(),
  encounter: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/, 'Must be the id of an encounter.')
    .optional(),
  intent: z.string().min(1).max(200).optional(),
  needPatientBanner: z.boolean().optional(),
  fhirContext: z
    .array(fhirContextSchema)
    .max(10)
    .refine((items) => JSON.stringify(items).length <= LARGEST_CONTEXT, 'Is too long.')
    .optional(),
});

function readLaunch(body: unknown) {
  const parsed = launchSchema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(String(issue?.path[0] ?? 'body'), `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
}

/**
 * Answers 201 `{launch, launchUrl, expires}`: the address opens the app, with the FHIR base as `iss` and the handle. The
 * base ends in a slash because notebooks in the field put paths right behind it. A patient whom the caller does not
 * see, and an app that is not there, are 404; an app without a launch address is 400.
 */
export function launchRoute({ gate, system, config, clock, storage }: Parts): GuardedRoute {
  return {
    method: 'POST',
    path: '/api/v1/launches',
    caller: 'signed-in',
    async handle({ body, requestId }, principal) {
      const { clientId: name, patientId, ...context } = readLaunch(body);
      if (patientId != null) {
        const purpose = {
          requestId,
          interaction: 'read',
          resource: 'Patient',
          reason: 'opening an app',
        } as const;
        const patient = await gate.read(principal, purpose, (sight) => patients.name(sight, patientId));
        if (!patient) throw notFound('Patient');
      }
      const { handle, startBy, launchUri } = await system('launch', async (sight) => {
        const client = await findLaunchableClient(
          sight,
          /^[0-9]{1,15}$/.test(name) ? { id: Number(name) } : { clientId: name },
        );
        if (!client) throw notFound('Client');
        if (client.launchUri === null) throw invalid('clientId', 'This app has no address to be opened at.');
        const { userId } = principal;
        sight.trace({
          requestId,
          userId,
          clientId: client.clientId,
          ...(patientId == null ? {} : { patientId }),
        });
        const launch = {
          accountId: String(userId),
          clientId: client.clientId,
          context: patientId == null ? context : { ...context, patient: patientId },
        };
        const saved = await storage.within(sight, () => saveLaunch(storage, clock(), launch));
        return { ...saved, launchUri: client.launchUri };
      });
      const launchUrl = new URL(launchUri);
      launchUrl.searchParams.set('iss', `${audienceOf(config)}/`);
      launchUrl.searchParams.set('launch', handle);
      return {
        status: 201,
        headers: OPEN_CORS,
        body: { launch: handle, launchUrl: launchUrl.href, expires: startBy.toISOString() },
      };
    },
  };
}
