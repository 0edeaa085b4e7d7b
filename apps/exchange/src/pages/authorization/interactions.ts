/** What stands between a request for authorization and its answer: signing in, choosing a patient, approving a client. */

import { SELECT_PATIENT } from '../../authorization/launch/decide.ts';
import type { Parts } from '../../authorization/parts.ts';
import type { Visit } from '../../authorization/visit.ts';
import { continueToInstitution } from '../institutions/pages.ts';
import type { Form, PageContext } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { passwordStep } from '../sign-in/password.ts';
import { answerApproval, askApproval } from './approval.ts';
import { answerWithPatient, askForPatient } from './select-patient.ts';

type Prompt = Readonly<{
  ask(ctx: PageContext, visit: Visit): Promise<void>;
  answer(ctx: PageContext, visit: Visit, form: Form): Promise<void>;
}>;

/** `/o/interaction/:uid`: what is asked now. Other steps of a sign-in have pages of their own below it. */
export function interactionPages(parts: Parts): Page[] {
  const prompts: Readonly<Record<string, Prompt>> = {
    login: passwordStep(parts),
    [SELECT_PATIENT]: {
      ask: (ctx, visit) => askForPatient(parts, ctx, visit),
      answer: (ctx, visit, form) => answerWithPatient(parts, ctx, visit, form),
    },
    consent: {
      ask: (ctx, visit) => askApproval(parts, ctx, visit),
      answer: (ctx, visit, form) => answerApproval(parts, ctx, visit, form),
    },
  };
  const promptOf = ({ interaction: { prompt } }: Visit): Prompt => {
    const found = prompts[prompt.name];
    if (!found) throw new Error(`nothing answers the prompt ${prompt.name}`);
    return found;
  };
  return [
    {
      path: '/o/interaction/:uid',
      caller: 'visit',
      async GET(ctx, { visit }) {
        if (continueToInstitution(parts, ctx, visit)) return;
        await promptOf(visit).ask(ctx, visit);
      },
      POST: (ctx, { visit, form }) => promptOf(visit).answer(ctx, visit, form),
    },
  ];
}
