/**
 * `/accounts/record/`: a person's own records: what was proposed, which studies ask what, every answer with whose it is,
 * and what others did. What is changed here is changed by the person, through the gate, in a proved session.
 */
import { randomUUID } from 'node:crypto';
import type { Interaction } from '../../access/audit.ts';
import type { Sight, WritableSight } from '../../access/sight.ts';
import type { Principal } from '../../domain/principal.ts';
import { notFound } from '../../domain/refusal.ts';
import { answerConsents, clearConsents } from '../../operations/answer-consents.ts';
import { decideProposal } from '../../operations/decide-proposal.ts';
import { leaveOrganization, leaveStudy } from '../../operations/leave.ts';
import * as consents from '../../store/consents.ts';
import { findRecorders } from '../../store/oauth-recorders.ts';
import * as patients from '../../store/patients.ts';
import * as proposals from '../../store/proposals.ts';
import * as recordEvents from '../../store/record-events.ts';
import { requireSignIn, type SignedIn } from '../accounts/session.ts';
import { pageSession } from '../launch/acting.ts';
import { type Form, goTo, type PageRoute } from '../page-routes.ts';
import { type RecordOnPage, recordPage } from '../pages/record/record.ts';
import type { Parts } from '../parts.ts';
import { ACCOUNT_CLIENT_ID } from '../portal-client.ts';
import { show } from '../provider-pages.ts';

const PAGE = '/accounts/record/';
/** What a record's history shows at once, of each of its two kinds. */
const NEWEST = { limit: 50, offset: 0 };
const OWN = [{ context: 'user', type: '*', letters: 'cruds' }] as const;

export function recordPages(parts: Parts): PageRoute[] {
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
      async GET(ctx) {
        const who = await requireSignIn(parts, ctx);
        if (!who) return;
        const principal = await actAs(who);
        const { records, ...asked } = await gate.read(principal, purpose('read'), (sight) => readAll(sight));
        const names = await system('token', (sight) => findRecorders(sight, principal.patientIds));
        show(ctx, recordPage({ records, ...asked, nameOf: (userId) => names.get(userId) ?? 'somebody' }));
      },
      async POST(ctx, _params, form) {
        const who = await requireSignIn(parts, ctx);
        if (!who) return;
        const principal = await actAs(who);
        await gate.write(principal, purpose('update'), (sight) => carryOut(sight, form));
        goTo(ctx, PAGE);
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

/** One button of the page: `do` says what, the words after it whom and what it is about. */
async function carryOut(sight: WritableSight, form: Form): Promise<void> {
  const [deed, ...rest] = (form.do ?? '').split(' ');
  const [first, second, third] = rest;
  switch (deed) {
    case 'accept':
    case 'decline':
    case 'lift':
      return decideProposal(sight, toId(first), deed);
    case 'yes':
    case 'no': {
      const answers = [{ studyId: toId(second), codeId: toId(third), permitted: deed === 'yes' }];
      await answerConsents(sight, { patientId: toId(first), answers });
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
