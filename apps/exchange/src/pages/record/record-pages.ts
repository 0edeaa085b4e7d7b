/**
 * `/accounts/record/`: a person's own records: what was proposed, which studies ask what, every answer with whose it is,
 * and what others did. What is changed here is changed by the person, through the gate, in a proved session.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Interaction } from '../../access/audit.ts';
import type { Sight, WritableSight } from '../../access/sight.ts';
import { pageSession } from '../../authorization/launch/acting.ts';
import type { Parts } from '../../authorization/parts.ts';
import { ACCOUNT_CLIENT_ID } from '../../domain/own-pages.ts';
import type { Principal } from '../../domain/principal.ts';
import { invalid, notFound } from '../../domain/refusal.ts';
import type { SignedIn } from '../../identity/signed-in.ts';
import { answerConsents, clearConsents } from '../../operations/answer-consents.ts';
import { decideProposal } from '../../operations/decide-proposal.ts';
import { leaveOrganization, leaveStudy } from '../../operations/leave.ts';
import * as consents from '../../store/consents.ts';
import { findRecorders } from '../../store/oauth-recorders.ts';
import * as patients from '../../store/patients.ts';
import * as proposals from '../../store/proposals.ts';
import * as recordEvents from '../../store/record-events.ts';
import { type Form, goTo } from '../page-context.ts';
import type { Page } from '../page-routes.ts';
import { show } from '../show.ts';
import { answerPlace, type RecordOnPage, recordPage } from '../views/record/record.ts';

const PAGE = '/accounts/record/';
/** What a record's history shows at once, of each of its two kinds. */
const NEWEST = { limit: 50, offset: 0 };
/** What was just done, by the word that the page was come back to with. */
const DONE: ReadonlyMap<string, string> = new Map([
  ['accept', 'You accepted. Now say for each kind of reading whether you share it.'],
  ['decline', 'You declined. Nobody is told.'],
  ['lift', 'They can ask you again. Nobody is told.'],
  ['leave-study', 'You left the study. Your answers to it have ended.'],
  ['leave-organization', 'You are not a patient there any more. Its studies have ended for you.'],
]);
const OWN = [{ context: 'user', type: '*', letters: 'cruds' }] as const;

export function recordPages(parts: Parts): Page[] {
  const { gate, system } = parts;

  async function actAs(who: SignedIn): Promise<Principal> {
    const { userId } = who.account;
    const session = pageSession(who.sessionUid);
    const principal = await gate.identify(userId, ACCOUNT_CLIENT_ID, OWN, undefined, session);
    if (!principal) throw notFound('Account');
    return principal;
  }

  const purpose = (interaction: Interaction) => ({
    requestId: randomUUID(),
    interaction,
    resource: 'Consent',
    reason: 'own record',
  });

  return [
    {
      path: PAGE,
      caller: 'session',
      async GET(ctx, { who }) {
        const principal = await actAs(who);
        const { records, ...asked } = await gate.read(principal, purpose('read'), (sight) => readAll(sight));
        const names = await system('token', (sight) => findRecorders(sight, principal.patientIds));
        const { userId: own } = principal;
        const nameOf = (userId: number) => (userId === own ? 'you' : (names.get(userId) ?? 'somebody'));
        show(ctx, recordPage({ records, ...asked, nameOf, done: DONE.get(String(ctx.query.done)) }));
      },
      async POST(ctx, { who, form }) {
        const principal = await actAs(who);
        await gate.write(principal, purpose('update'), (sight) => carryOut(sight, form));
        goTo(ctx, afterwards(form));
      },
    },
  ];
}

async function readAll(sight: Sight) {
  const records: RecordOnPage[] = [];
  for (const patientId of sight.principal.patientIds) {
    const record = await patients.get(sight, patientId);
    if (!record) continue;
    records.push({
      record,
      questions: await consents.questions(sight, patientId),
      answers: await consents.history(sight, patientId, NEWEST),
      events: await recordEvents.ofPatient(sight, patientId, NEWEST),
    });
  }
  return {
    records,
    open: await proposals.own(sight, 'open'),
    declined: await proposals.own(sight, 'declined'),
  };
}

const toId = (text: string | undefined): number => {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id <= 0) throw notFound('Record');
  return id;
};

/** The end of a day that was typed (by the clock that the page shows, UTC); null when there is none. */
function toEnd(text: string | undefined): Date | null {
  if (!text) return null;
  const day = z.iso.date().safeParse(text);
  if (!day.success) throw invalid('until', 'This is no day. Go back and enter it as in 2027-06-30.');
  return new Date(`${day.data}T23:59:59.999Z`);
}

/** Back to the answer that was given, or to the top where what was pressed is not there any more. */
function afterwards(form: Form): string {
  const [deed = '', first = '', second = '', third = ''] = (form.do ?? '').split(' ');
  return DONE.has(deed)
    ? `${PAGE}?done=${deed}`
    : `${PAGE}#${answerPlace(toId(first), toId(second), toId(third))}`;
}

/** One button of the page: `do` says what, the words after it whom and what it is about. */
async function carryOut(sight: WritableSight, form: Form): Promise<void> {
  const [deed, ...rest] = (form.do ?? '').split(' ');
  const [first, second, third, fourth] = rest;
  switch (deed) {
    case 'accept':
    case 'decline':
    case 'lift':
      return decideProposal(sight, toId(first), deed);
    case 'yes': {
      const yes = {
        studyId: toId(second),
        codeId: toId(third),
        permitted: true,
        endsAt: toEnd(form.until),
        // What the page showed. A no counts whatever it was.
        studyVersion: fourth === undefined ? undefined : toId(fourth),
      };
      await answerConsents(sight, { patientId: toId(first), answers: [yes] });
      return;
    }
    case 'no': {
      const no = { studyId: toId(second), codeId: toId(third), permitted: false };
      await answerConsents(sight, { patientId: toId(first), answers: [no] });
      return;
    }
    case 'clear':
      return clearConsents(sight, {
        patientId: toId(first),
        questions: [{ studyId: toId(second), codeId: toId(third) }],
      });
    case 'leave-study':
      return leaveStudy(sight, toId(first), toId(second));
    case 'leave-organization':
      return leaveOrganization(sight, toId(first), toId(second));
    default:
      throw notFound('Deed');
  }
}
