/** The step at which a practitioner says which patient an app is to be about (SMART App Launch 2.2, section 4.2). */
import { errors } from 'oidc-provider';
import { readPatientsAs } from '../../authorization/launch/acting.ts';
import { type Choice, SELECT_PATIENT } from '../../authorization/launch/decide.ts';
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { forbidden } from '../../domain/refusal.ts';
import * as patients from '../../store/patients.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import { show } from '../show.ts';
import { selectPatientPage } from '../views/select-patient.ts';

/** As many are shown at once. */
const MOST = 25;
const LONGEST_TEXT = 100;
const REASON = 'choosing a patient for an app';

type Selecting = Pick<Parts, 'gate' | 'provider'>;

const lookerOf = ({ interaction, clientId }: Visit) => {
  const { session } = interaction;
  if (session?.accountId === undefined) throw new errors.SessionNotFound('nobody is signed in');
  return { accountId: session.accountId, clientId, sessionUid: session.uid };
};

/** The page with those of the person's patients whom the text finds. */
export async function askForPatient(
  parts: Selecting,
  ctx: PageContext,
  visit: Visit,
  search = '',
): Promise<void> {
  const text = search.trim().slice(0, LONGEST_TEXT);
  const found = await readPatientsAs(parts, lookerOf(visit), 'search', REASON, (sight) =>
    patients.find(sight, text, MOST + 1),
  );
  show(
    ctx,
    selectPatientPage({
      clientName: visit.clientName,
      path: visit.path,
      text,
      patients: found.slice(0, MOST),
      hasMore: found.length > MOST,
    }),
  );
}

/**
 * Searches, or keeps the choice with the interaction once it is sure that the person sees this patient. Whom somebody
 * looks for is posted: addresses end in logs and histories.
 */
export async function answerWithPatient(
  parts: Selecting,
  ctx: PageContext,
  visit: Visit,
  form: Form,
): Promise<void> {
  if (form.q !== undefined) return askForPatient(parts, ctx, visit, form.q);
  const looker = lookerOf(visit);
  const finish = async (result: Record<string, unknown>) =>
    goTo(
      ctx,
      await parts.provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }),
    );
  if (form.patient === undefined) {
    return finish({ error: 'access_denied', error_description: 'No patient was chosen.' });
  }
  const patientId = /^[1-9][0-9]{0,14}$/.test(form.patient) ? Number(form.patient) : 0;
  const seen = await readPatientsAs(parts, looker, 'read', REASON, (sight) =>
    patients.name(sight, patientId),
  );
  if (!seen) throw forbidden('You do not see this patient any more. Go back and choose another.');
  const choice: Choice = { accountId: looker.accountId, patientId };
  return finish({ [SELECT_PATIENT]: choice });
}
