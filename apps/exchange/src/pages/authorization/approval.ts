/** Asks the signed-in person whether a client that is not our own may act for them, and with which powers. */
import { errors, type Grant, type Provider } from 'oidc-provider';
import { audienceOf } from '../../authorization/access-token.ts';
import { readPatientsAs } from '../../authorization/launch/acting.ts';
import { type Choice, decideContext, SELECT_PATIENT } from '../../authorization/launch/decide.ts';
import { findLaunch } from '../../authorization/launch/launches.ts';
import type { Parts } from '../../authorization/parts.ts';
import {
  type CodeText,
  identityFacts,
  isIdentityScope,
  recordAsks,
  type Subject,
} from '../../authorization/scope-words.ts';
import { grantedCodes, hasResourceScope, knownScopes } from '../../authorization/scopes.ts';
import type { Visit } from '../../authorization/visit.ts';
import * as codes from '../../store/codes.ts';
import { findAccount } from '../../store/oauth-accounts.ts';
import { listOtherStudies, setShownStudies } from '../../store/oauth-shown-studies.ts';
import * as patients from '../../store/patients.ts';
import { type Form, goTo, type PageContext } from '../page-context.ts';
import { show } from '../show.ts';
import { approvePage, boxName, studyBoxName } from '../views/approve.ts';
import { fullName } from '../views/select-patient.ts';

const words = (text: string | undefined) => (text ?? '').split(' ').filter((word) => word !== '');

/** What the person is asked for: everything that the request names, also what was decided about before. */
async function readRequest({ provider, config }: Parts, { interaction, clientId }: Visit) {
  const { session, params, grantId } = interaction;
  if (!session) throw new errors.SessionNotFound('nobody is signed in');
  const client = await provider.Client.find(clientId);
  const scope = String(params.scope ?? '');
  const asked = knownScopes(scope);
  // A client that asks for no records gets those it is registered for, so these are what is decided about.
  const defaultScopes = String(client?.default_scopes ?? '');
  const defaults = hasResourceScope(scope) ? [] : knownScopes(defaultScopes);
  const known = grantId ? await provider.Grant.find(grantId) : undefined;
  return {
    accountId: session.accountId,
    sessionUid: session.uid,
    scope,
    defaultScopes,
    identity: asked.filter(isIdentityScope),
    records: [...new Set([...asked, ...defaults])].filter((word) => !isIdentityScope(word)),
    /** Under whatever names of ours the client asked for the resource. */
    resources: new Set([audienceOf(config), ...[params.resource ?? []].flat().map(String)]),
    grantId: known === undefined ? null : (grantId ?? null),
    grant: known ?? new provider.Grant({ accountId: session.accountId, clientId }),
  };
}

/** Who is asked, about which patient, and how codes are called. */
async function readNames(
  parts: Parts,
  { interaction, clientId }: Visit,
  { accountId, sessionUid, scope, defaultScopes, records }: Awaited<ReturnType<typeof readRequest>>,
) {
  const { params, lastSubmission } = interaction;
  const account = await parts.system('token', (sight) => findAccount(sight, Number(accountId)));
  const handle = typeof params.launch === 'string' ? params.launch : '';
  const { context } = decideContext({
    scope,
    defaultScopes,
    launch: handle === '' ? undefined : await findLaunch(parts.storage, handle, clientId),
    choice: lastSubmission?.[SELECT_PATIENT] as Choice | undefined,
    accountId,
    ownPatientId: account?.patientId ?? null,
    practitionerId: account?.practitionerId ?? null,
  });
  const patientId = context?.patient;
  const granular = records.flatMap((word) => grantedCodes(word) ?? []);
  const { patient, rows } =
    patientId === undefined && granular.length === 0
      ? { patient: undefined, rows: [] }
      : await readPatientsAs(
          parts,
          { accountId, clientId, sessionUid },
          'read',
          'approving an app',
          async (sight) => ({
            patient: patientId === undefined ? undefined : await patients.name(sight, patientId),
            rows:
              granular.length === 0
                ? []
                : await codes.findByCode(
                    sight,
                    granular.map(({ code }) => code),
                  ),
          }),
        );
  const textOf: CodeText = ({ system, code }) =>
    rows.find((row) => row.code === code && (system === null || row.system === system))?.text ?? code;
  const isOwn = patientId !== undefined && patientId === account?.patientId;
  const subject: Subject = isOwn ? 'own' : patient && { name: fullName(patient) };
  return { email: account?.email ?? '', subject, textOf };
}

/**
 * Studies of the person that do not use this app. It learns of them only what is ticked; where it asks for no records, or is
 * our own, there is nothing to choose.
 */
async function readOtherStudies(
  { system }: Parts,
  { clientId }: Visit,
  {
    accountId,
    records,
    grantId,
  }: Pick<Awaited<ReturnType<typeof readRequest>>, 'accountId' | 'records' | 'grantId'>,
) {
  if (records.length === 0) return [];
  return system('token', (sight) =>
    listOtherStudies(sight, { userId: Number(accountId), clientId, grantId }),
  );
}

export async function askApproval(parts: Parts, ctx: PageContext, visit: Visit): Promise<void> {
  const request = await readRequest(parts, visit);
  const { email, subject, textOf } = await readNames(parts, visit, request);
  const studies = await readOtherStudies(parts, visit, request);
  // What was left out last time is offered, and not ticked again for them.
  const left = new Set([...request.resources].flatMap((resource) => rejectedScopes(request.grant, resource)));
  show(
    ctx,
    approvePage({
      clientName: visit.clientName,
      email,
      patient: subject === 'own' ? 'your own' : subject?.name,
      facts: identityFacts(request.identity),
      asks: recordAsks(request.records, subject, textOf).map((ask) => ({
        ...ask,
        ticked: !ask.scopes.every((word) => left.has(word)),
      })),
      studies,
    }),
  );
}

export async function answerApproval(
  parts: Parts,
  ctx: PageContext,
  visit: Visit,
  form: Form,
): Promise<void> {
  const { provider } = parts;
  const finish = async (result: Parameters<Provider['interactionResult']>[2]) =>
    goTo(ctx, await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
  if (form.decision !== 'allow') {
    return finish({ error: 'access_denied', error_description: 'The person did not allow it.' });
  }
  const request = await readRequest(parts, visit);
  const { identity, records, resources, grant } = request;
  const refused = new Set(
    recordAsks(records, undefined, ({ system, code }) => `${system}|${code}`)
      .filter((ask) => form[boxName(ask)] === undefined)
      .flatMap(({ scopes }) => scopes),
  );
  const allowed = [...identity, ...records.filter((word) => !refused.has(word))];
  if (identity.length > 0) grant.addOIDCScope(identity.join(' '));
  for (const resource of resources) settle(grant, resource, allowed, refused);
  const grantId = await grant.save();
  const studies = await readOtherStudies(parts, visit, request);
  const chosen = studies.filter((study) => form[studyBoxName(study)] !== undefined);
  if (studies.length > 0) await parts.system('token', (sight) => setShownStudies(sight, { grantId, chosen }));
  return finish({ consent: { grantId } });
}

const rejectedScopes = (grant: Grant, resource: string) => words(grant.rejected?.resources?.[resource]);

/** Writes a decision into the grant: what is allowed now is no longer refused, and the other way round. */
function settle(
  grant: Grant,
  resource: string,
  allowed: readonly string[],
  refused: ReadonlySet<string>,
): void {
  const granted = new Set([...words(grant.resources?.[resource]), ...allowed]);
  const rejected = new Set([...rejectedScopes(grant, resource), ...refused]);
  for (const word of refused) granted.delete(word);
  for (const word of allowed) rejected.delete(word);
  grant.resources = { ...grant.resources, [resource]: [...granted].join(' ') };
  grant.rejected = {
    ...grant.rejected,
    resources: { ...grant.rejected?.resources, [resource]: [...rejected].join(' ') },
  };
}
