/** Settings that decide about accounts. */
import type { Sight } from '../access/sight.ts';
import { readSettings } from './oauth-settings.ts';

type Queryable = Pick<Sight, 'query'>;

export type SignUpTerms = Readonly<{
  /** Nobody can sign up where no invite code is set. */
  isOpen: boolean;
  inviteCode: string;
  /** Memberships of new practitioners, `<organization id>:<role>` separated by semicolons. */
  defaultOrganizations: string;
}>;

const INVITE_CODE = 'site.registration_invite_code';
const DEFAULT_ORGANIZATIONS = 'auth.default_orgs';
const PATIENT_CLIENTS = 'auth.patient_access_clients';

/** Under which terms practitioners may sign up by themselves. */
export async function readSignUpTerms(sight: Queryable): Promise<SignUpTerms> {
  const settings = await readSettings(sight, [INVITE_CODE, DEFAULT_ORGANIZATIONS]);
  const inviteCode = settings[INVITE_CODE].trim();
  return {
    isOpen: inviteCode !== '',
    inviteCode,
    defaultOrganizations: settings[DEFAULT_ORGANIZATIONS].trim(),
  };
}

/** The client_ids of apps that patients sign in to with a code sent by e-mail. */
export async function listPatientClients(sight: Queryable): Promise<string[]> {
  return (await readSettings(sight, [PATIENT_CLIENTS]))[PATIENT_CLIENTS];
}
