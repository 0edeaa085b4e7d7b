/**
 * Launch context: which patient, encounter and purpose one authorization is about (SMART App Launch 2.2, section 4). It
 * travels with the authorization itself, from its code to each of its refresh tokens, never with the grant: one person
 * may use one client for two patients in two tabs, and they must not mix.
 */
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Storage } from '../adapter.ts';
import { useLaunch } from './launches.ts';

/** Another resource that the launch is about. Patients and encounters stand here with a role of their own only. */
export type FhirContext = Readonly<{
  reference: string;
  type?: string | undefined;
  /** `launch`, the default, or an absolute URI. */
  role?: string | undefined;
}>;

export type LaunchContext = Readonly<{
  patient?: number | undefined;
  /** The logical id of an encounter elsewhere; this exchange keeps none. */
  encounter?: string | undefined;
  /** Whether the app must show whose record it is; true unless the launch says otherwise. */
  needPatientBanner?: boolean | undefined;
  intent?: string | undefined;
  fhirContext?: readonly FhirContext[] | undefined;
}>;

/** What an authorization request comes to, before its code is issued. */
export type Decision = Readonly<{
  context: LaunchContext | undefined;
  /** The handle of the launch that is used up with the code. */
  launch: string | undefined;
  /** Records were asked for by name, so that the client's default scopes are none of this authorization's. */
  asksRecords: boolean;
}>;

/** What a code or a refresh token carries of it. */
type Carried = { launchContext?: LaunchContext | undefined; asksRecords?: boolean | undefined };

const decisions = new WeakMap<object, Decision>();

/** Notes what this request comes to, for the code that it may end in. */
export function noteDecision(ctx: KoaContextWithOIDC, decision: Decision): void {
  decisions.set(ctx, decision);
}

/**
 * Lets codes and refresh tokens carry the context: a code takes it from its request, and uses up the launch; a refresh
 * token takes it from the code or the token before it.
 */
export function carryLaunchContext(provider: Provider, storage: Storage): void {
  for (const Model of [provider.AuthorizationCode, provider.RefreshToken]) {
    const names = [...Model.IN_PAYLOAD, 'launchContext', 'asksRecords'];
    Object.defineProperty(Model, 'IN_PAYLOAD', { get: () => names });
  }
  const code = provider.AuthorizationCode.prototype;
  const saveCode = code.save;
  code.save = async function saveWithContext(this: typeof code & Carried, ...rest) {
    const ctx = Provider.ctx;
    const decision = ctx && decisions.get(ctx);
    if (ctx && decision) {
      decisions.delete(ctx);
      if (decision.launch !== undefined) await useLaunch(storage, decision.launch);
      const context = isAboutPatient(decision, this.scope) ? decision.context : undefined;
      if (context) this.launchContext = context;
      if (decision.asksRecords) this.asksRecords = true;
    }
    return saveCode.apply(this, rest);
  };
  const refresh = provider.RefreshToken.prototype;
  const saveRefresh = refresh.save;
  refresh.save = async function saveWithContext(this: typeof refresh & Carried, ...rest) {
    const entities = Provider.ctx?.oidc.entities;
    const source = entities?.RotatedRefreshToken ?? entities?.AuthorizationCode;
    const { launchContext, asksRecords } = (source ?? {}) as Carried;
    if (launchContext) this.launchContext ??= launchContext;
    if (asksRecords) this.asksRecords = true;
    return saveRefresh.apply(this, rest);
  };
}

/** Who asked about a patient by name of the records alone, and got none of them, is not told which patient. */
function isAboutPatient({ launch, asksRecords }: Decision, granted: string | undefined): boolean {
  if (launch !== undefined || !asksRecords) return true;
  return (granted ?? '').split(' ').some((word) => word === 'launch/patient' || word.startsWith('patient/'));
}

/** What the code or refresh token carries that tokens are being issued for. */
export function carriedBy(ctx: KoaContextWithOIDC): Readonly<Carried> {
  const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
  return (AuthorizationCode ?? RefreshToken ?? {}) as Carried;
}

/** The names of the members below, in a token reply, an access token and an introspection. */
export const CONTEXT_MEMBERS = [
  'patient',
  'encounter',
  'need_patient_banner',
  'intent',
  'fhirContext',
] as const;

/** The context as SMART App Launch 2.2, section 4.3, spells it. */
export function toWire(context: LaunchContext | undefined) {
  if (!context) return {};
  const { patient, encounter, needPatientBanner, intent, fhirContext } = context;
  return {
    ...(patient === undefined
      ? {}
      : { patient: String(patient), need_patient_banner: needPatientBanner ?? true }),
    ...(encounter === undefined ? {} : { encounter }),
    ...(intent === undefined ? {} : { intent }),
    ...(fhirContext === undefined || fhirContext.length === 0 ? {} : { fhirContext }),
  };
}
