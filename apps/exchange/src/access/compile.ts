/**
 * Wall 1: from a principal to the relations that the principal may see. Total and pure; it starts from nothing and each
 * rule adds a way to be allowed; grants (SMART scopes) narrow what is left.
 *
 * The sets it tests against (readable_series, visible_patient, ...) are the views of the access rule, the same that row
 * level security (wall 2) stands on: they answer for the user whom the gate set for the transaction. Whatever grows with the
 * people in sight is asked of each row by itself, and not computed whole for a page (ADR 0023). domain/may.ts says
 * all of it in plain words, and the tests hold the three together.
 */
import { join, type Sql, sql } from '../database/sql.ts';
import { isOwnPage } from '../domain/own-pages.ts';
import { type GrantedCode, grantsFor, type InteractionLetter, type Principal } from '../domain/principal.ts';
import type { Relations } from './sight.ts';

/** Ways to be allowed, in disjunction. No way: nothing. */
function anyOf(...ways: (Sql | false)[]): Sql {
  const allowed = ways.filter((way) => way !== false);
  return allowed.length === 0 ? sql`false` : sql`(${join(allowed, ' or ')})`;
}

/** A FROM-item: the rows of a table that some way allows, within what the grants leave. */
function relation(columns: Sql, table: Sql, allowed: Sql, granted: Sql = sql`true`): Sql {
  return sql`(select ${columns} from ${table} t where true
    and ${granted}
    and ${allowed})`;
}

const all = sql`t.*`;

/** Rows of these codes; none where a row is about no code. */
function oneOf(column: Sql | undefined, codes: readonly GrantedCode[]): Sql {
  if (column === undefined || codes.length === 0) return sql`false`;
  const named = codes.map(({ system, code }) =>
    system === null ? sql`c.code = ${code}` : sql`c.system = ${system} and c.code = ${code}`,
  );
  return sql`${column} in (select c.id from code c where ${join(named, ' or ')})`;
}

export function compile(principal: Principal): Relations {
  const { userId, practitionerId, patientIds, link, superuser, patientInContext, clientId } = principal;
  const isPatient = patientIds.length > 0;
  const isLink = link !== null;
  const isPractitioner = practitionerId !== null;

  /** What the grants leave of a table owned by patients: of all of it, of one patient's rows, of some codes. */
  const granted = (
    type: string,
    letter: InteractionLetter,
    { patient = sql`t.patient_id`, code }: { patient?: Sql; code?: Sql } = {},
  ): Sql =>
    anyOf(
      ...grantsFor(principal, type, letter).map(
        ({ context, codes }) => sql`(true
          and ${context === 'user' ? sql`true` : sql`${patient} = ${patientInContext}`}
          and ${codes === undefined ? sql`true` : oneOf(code, codes)})`,
      ),
    );

  /** The patients t.id that grants are about, whatever the codes. */
  const about = (type: string, letter: InteractionLetter): Sql =>
    anyOf(
      ...grantsFor(principal, type, letter).map(({ context }) =>
        context === 'user' ? sql`true` : sql`t.id = ${patientInContext}`,
      ),
    );

  // Ways to be allowed to see a row t.
  const ofOwn = sql`t.patient_id = any(${patientIds}::bigint[])`;
  const own = isPatient && ofOwn;
  /** What no app is shown. */
  const ownOnOwnPages = isOwnPage(clientId) && own;
  const ownInStudy =
    ownOnOwnPages || (isPatient && sql`(${ofOwn} and t.study_id in (select s.study_id from app_study s))`);
  const ownInOrganization =
    ownOnOwnPages ||
    (isPatient &&
      sql`(t.patient_id, t.organization_id) in (select o.patient_id, o.organization_id from own_organization o)`);
  const administer = superuser && sql`true`;
  const consented =
    (isPractitioner || isLink) &&
    sql`exists (select from readable_series r where r.patient_id = t.patient_id and r.code_id = t.code_id offset 0)`;
  /** The same of what is counted: PostgreSQL looks up many at once (`is true` keeps it from making a join of them). */
  const consentedSeries =
    (isPractitioner || isLink) &&
    sql`exists (select from readable_series r where r.patient_id = t.patient_id and r.code_id = t.code_id) is true`;
  const ofLinkStudy =
    isLink && sql`(t.patient_id, t.study_id) in (select l.patient_id, l.study_id from link_study l)`;
  const ofLink =
    isLink && sql`t.patient_id = ${link.patientId} and t.organization_id = ${link.organizationId}`;
  const ofMembership =
    isPractitioner && sql`t.organization_id in (select m.organization_id from acting_membership m)`;
  const ofMemberStudy = isPractitioner && sql`t.study_id in (select s.study_id from member_study s)`;
  const ofColleague = (column: Sql) =>
    isPractitioner && sql`${column} in (select c.practitioner_id from colleague c)`;
  const oneself = isPractitioner && sql`t.id = ${practitionerId}`;
  const visiblePatient = anyOf(
    isPatient && sql`t.id = any(${patientIds}::bigint[])`,
    isLink && sql`t.id = ${link.patientId}`,
    isPractitioner && sql`exists (select from visible_patient v where v.patient_id = t.id offset 0)`,
    administer,
  );
  const visibleStudy = (column: Sql) =>
    anyOf(sql`${column} in (select v.study_id from visible_study v)`, administer);

  const readings = granted('Observation', 'r', { code: sql`t.code_id` });
  const consents = granted('Consent', 'r');
  const identity = granted('Patient', 'r');

  const rule = (view: Sql) => relation(all, view, sql`true`);
  const questions = (view: Sql) => relation(all, view, sql`true`, granted('Consent', 'u'));
  const catalogue = (table: Sql, columns: Sql = all) => relation(columns, table, sql`true`);

  return {
    readableSeries: rule(sql`readable_series`),
    sharedSeries: relation(all, sql`shared_series`, sql`true`, readings),
    managedOrganizations: rule(sql`managed_organization`),
    governedOrganizations: rule(sql`governed_organization`),
    manageableStudies: rule(sql`manageable_study`),
    manageablePatients: rule(sql`manageable_patient`),
    appointingOrganizations: rule(sql`appointing_organization`),
    keptPatients: rule(sql`kept_patient`),
    invitablePatients: rule(sql`invitable_patient`),
    proposableStudies: rule(sql`proposable_study`),
    ownQuestions: questions(sql`own_question`),
    linkQuestions: questions(sql`link_question`),
    linkPermittable: questions(sql`link_permittable`),
    attestableQuestions: questions(sql`attestable_question`),
    declinableQuestions: questions(sql`declinable_question`),
    recordableSeries: relation(
      all,
      sql`recordable_series`,
      sql`true`,
      granted('Observation', 'c', { code: sql`t.code_id` }),
    ),
    growingSeries: relation(
      sql`t.patient_id, t.code_id, t.mixed`,
      sql`series`,
      sql`exists (select from recordable_series r where r.patient_id = t.patient_id and r.code_id = t.code_id)`,
      granted('Observation', 'c', { code: sql`t.code_id` }),
    ),
    observations: relation(all, sql`observation`, anyOf(own, consented), readings),
    observationIdentifiers: relation(all, sql`observation_identifier`, anyOf(own, consented), readings),
    series: relation(all, sql`series`, anyOf(own, consentedSeries), readings),
    patients: relation(
      sql`t.*, t.id as patient_id`,
      sql`patient`,
      visiblePatient,
      granted('Patient', 'r', { patient: sql`t.id` }),
    ),
    nameablePatients: relation(
      sql`t.id, t.id as patient_id`,
      sql`patient`,
      visiblePatient,
      anyOf(granted('Patient', 'r', { patient: sql`t.id` }), about('Observation', 's')),
    ),
    patientIdentifiers: relation(
      all,
      sql`patient_identifier`,
      anyOf(ownInOrganization, ofLink, ofMembership),
      identity,
    ),
    patientNumbers: relation(all, sql`patient_number`, anyOf(ownInOrganization, ofMembership), identity),
    patientOrganizations: relation(
      all,
      sql`patient_organization`,
      anyOf(ownInOrganization, ofLink, ofMembership, administer),
      identity,
    ),
    recordEvents: relation(all, sql`record_event`, anyOf(ownOnOwnPages), granted('AuditEvent', 'r')),
    proposals: relation(all, sql`proposal`, anyOf(ownOnOwnPages), consents),
    declinedMeasures: relation(all, sql`declined_measure`, anyOf(ownOnOwnPages), consents),
    studyVersions: relation(all, sql`study_version`, visibleStudy(sql`t.study_id`)),
    appointments: relation(
      all,
      sql`appointment`,
      sql`t.organization_id in (select g.organization_id from governed_organization g)`,
    ),
    studies: relation(all, sql`study`, visibleStudy(sql`t.id`)),
    requestedCodes: relation(all, sql`requested_code`, visibleStudy(sql`t.study_id`)),
    studyClients: relation(all, sql`study_client`, visibleStudy(sql`t.study_id`)),
    studyDataSources: relation(all, sql`study_data_source`, visibleStudy(sql`t.study_id`)),
    enrollments: relation(
      all,
      sql`enrollment`,
      anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer),
      consents,
    ),
    consents: relation(
      all,
      sql`consent`,
      anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer),
      consents,
    ),
    consentEvents: relation(
      all,
      sql`consent_event`,
      anyOf(ownInStudy, ofLinkStudy, ofMemberStudy, administer),
      consents,
    ),
    invitations: relation(
      sql`t.id, t.patient_id, t.client_id, t.organization_id, t.status, t.issued_at, t.issued_by, t.redeemed_at, t.last_updated`,
      sql`invitation`,
      sql`exists (select from manageable_patient m where m.patient_id = t.patient_id)`,
      identity,
    ),
    auditEvents: relation(all, sql`audit_event`, anyOf(own, administer), granted('AuditEvent', 'r')),
    users: relation(
      sql`t.id, t.email, t.first_name, t.last_name, t.identifier, t.user_type, t.email_verified, t.active, t.superuser,
        t.joined_at, t.last_login_at`,
      sql`app_user`,
      anyOf(
        sql`t.id = ${userId}`,
        isPractitioner && sql`exists (select from visible_patient_user v where v.user_id = t.id offset 0)`,
        isPractitioner && sql`t.id in (select c.user_id from colleague c)`,
        administer,
      ),
    ),
    practitioners: relation(
      all,
      sql`practitioner`,
      anyOf(oneself, ofColleague(sql`t.id`), administer),
      // In no patient's record, so that `patient/` grants reach oneself and nobody else.
      anyOf(oneself, granted('Practitioner', 'r', { patient: sql`null::bigint` })),
    ),
    organizations: relation(
      all,
      sql`organization`,
      anyOf(
        sql`t.id in (select v.organization_id from visible_organization v)`,
        sql`t.id in (select f.organization_id from founded_organization f)`,
        administer,
      ),
    ),
    memberships: relation(
      all,
      sql`membership`,
      anyOf(isPractitioner && sql`t.practitioner_id = ${practitionerId}`, ofMembership, administer),
    ),
    codes: catalogue(sql`code`),
    dataSources: catalogue(sql`data_source`),
    dataSourceCodes: catalogue(sql`data_source_code`),
    clientDataSources: catalogue(sql`client_data_source`),
    clients: catalogue(
      sql`client`,
      sql`t.id, t.client_id, t.name, t.redirect_uris, t.default_scopes, t.invitation_url, t.launch_uri, t.approved_at,
        t.created_at, t.last_updated`,
    ),
    settings: catalogue(sql`setting`),
  };
}
