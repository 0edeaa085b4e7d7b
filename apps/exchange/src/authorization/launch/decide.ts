/** What an authorization request comes to: which launch, which patient, and which scopes make sense with them. */
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Storage } from '../adapter.ts';
import { hasResourceScope, knownScopes } from '../scopes.ts';
import { type LaunchContext, noteDecision } from './context.ts';
import { findLaunch, type Launch, unknownLaunch } from './launches.ts';

/** The step at which a person chooses a patient, as the interaction names it, and its result under the same name. */
export const SELECT_PATIENT = 'select_patient';

/** Who chose which patient; somebody else who signs in after them has chosen nothing. */
export type Choice = Readonly<{ accountId: string; patientId: number }>;

/** What of a request decides about its context. */
type Asked = Readonly<{
  scope: string;
  defaultScopes: string;
  launch: Launch | undefined;
  choice: Choice | undefined;
  accountId: string | undefined;
  /** The person's own record. */
  ownPatientId: number | null;
  practitionerId: number | null;
}>;

/**
 * The context of a request and the scopes that remain of it. A launch says which patient; else a patient gets their own
 * record, and a practitioner who is asked about a patient must choose one (`needsPatient`). `launch` and
 * `launch/encounter` are granted to a launch that carries them only (SMART App Launch 2.2, section 4.1).
 */
export function decideContext(asked: Asked): {
  context: LaunchContext | undefined;
  scope: string;
  asksRecords: boolean;
  needsPatient: boolean;
} {
  const { launch, choice, accountId, ownPatientId, practitionerId } = asked;
  const asksRecords = hasResourceScope(asked.scope);
  const words = asked.scope.split(' ');
  const counted = asksRecords ? words : [...words, ...knownScopes(asked.defaultScopes)];
  const wantsPatient = counted.some((word) => word === 'launch/patient' || word.startsWith('patient/'));
  const chosen = choice && choice.accountId === accountId ? choice.patientId : undefined;
  const canChoose = practitionerId !== null;
  const patient =
    launch?.context.patient ??
    (wantsPatient ? (chosen ?? (canChoose ? undefined : (ownPatientId ?? undefined))) : undefined);
  const needsPatient = wantsPatient && patient === undefined && canChoose;
  const makesSense = (word: string) =>
    word === 'launch'
      ? launch !== undefined
      : word === 'launch/encounter'
        ? launch?.context.encounter !== undefined
        : word !== 'launch/patient' || patient !== undefined || needsPatient;
  const context = { ...launch?.context, ...(patient === undefined ? {} : { patient }) };
  return {
    context: Object.keys(context).length > 0 ? context : undefined,
    scope: words.filter(makesSense).join(' ') || 'openid',
    asksRecords,
    needsPatient,
  };
}

/**
 * Checks the parameter `launch` as a request comes in: unknown, used, too late and another client's are refused alike.
 * It asks for the scope `launch` (section 2.1.5).
 */
export function checkLaunch(storage: Storage, clock: () => Date) {
  return async (ctx: KoaContextWithOIDC, handle: string | undefined): Promise<void> => {
    if (handle === undefined) return;
    const launch = await findLaunch(storage, handle, ctx.oidc.client?.clientId ?? '');
    const scopes = String(ctx.oidc.params?.scope ?? '').split(' ');
    if (!launch || launch.startBy <= clock().getTime() || !scopes.includes('launch')) throw unknownLaunch();
  };
}

/** The step between signing in and approving: settles the context, and asks for a patient where one is missing. */
export function patientPrompt(storage: Storage) {
  return new interactionPolicy.Prompt(
    { name: SELECT_PATIENT, requestable: false },
    new interactionPolicy.Check('patient_needed', 'a patient must be chosen', async (ctx) => {
      const { params, client, account, result } = ctx.oidc;
      if (!params || !client || !account) return false;
      const handle = typeof params.launch === 'string' ? params.launch : undefined;
      const launch = handle === undefined ? undefined : await findLaunch(storage, handle, client.clientId);
      // A launch is its starter's: whoever else is signed in learns nothing from it.
      if (handle !== undefined && launch?.accountId !== account.accountId) throw unknownLaunch();
      const { needsPatient, scope, context, asksRecords } = decideContext({
        scope: String(params.scope ?? ''),
        defaultScopes: String(client.default_scopes ?? ''),
        launch,
        choice: result?.[SELECT_PATIENT] as Choice | undefined,
        accountId: account.accountId,
        ownPatientId: (account.patientId as number | null | undefined) ?? null,
        practitionerId: (account.practitionerId as number | null | undefined) ?? null,
      });
      params.scope = scope;
      noteDecision(ctx, { context, launch: handle, asksRecords });
      return needsPatient;
    }),
  );
}
