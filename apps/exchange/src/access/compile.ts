/**
 * Wall 1: from a principal to the relations that the principal may see. Total and pure; it starts from nothing and each
 * rule adds a branch. domain/may.ts says the same in plain words; the SQL policies say it again underneath (wall 2).
 *
 * Form: each clause of a rule stands on a line of its own and begins with "and", so that the mutation test can remove
 * each in turn and see the suite fail.
 */

import { join, type Sql, sql } from '../database/sql.ts';
import { type InteractionLetter, type Principal, reach } from '../domain/principal.ts';
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

export function compile(principal: Principal): Relations {
  const { userId, practitionerId, patientId, superuser, emailVerified } = principal;
  const isPatient = patientId !== null;
  const isMember = practitionerId !== null && emailVerified;

  /** What the grants leave of a table owned by patients: all, the person's own rows, or nothing. */
  const granted = (type: string, letter: InteractionLetter, patientColumn = sql`t.patient_id`): Sql => {
    const far = reach(principal, type, letter);
    if (far === 'all') return sql`true`;
    if (far === 'own') return sql`${patientColumn} = ${patientId}`;
    return sql`false`;
  };

  const memberships = isMember
    ? sql`(select m.organization_id, m.role from membership m where true
        and m.practitioner_id = ${practitionerId})`
    : sql`(select null::bigint as organization_id, null::text as role where false)`;

  const memberOrganizations = sql`(select a.organization_id from ${memberships} a)`;

  const memberStudies = sql`(select s.id from ${memberships} a, study s where true
      and s.organization_id = a.organization_id)`;

  const enrolledStudies = sql`(select e.study_id from enrollment e where true
      and e.patient_id = ${patientId})`;

  const readableSeries = sql`(select c.patient_id, c.code_id, c.study_id
      from ${memberships} a, study s, enrollment e, requested_code r, consent c
      where true
        and s.organization_id = a.organization_id
        and e.study_id = s.id
        and r.study_id = s.id
        and c.study_id = s.id
        and c.patient_id = e.patient_id
        and c.code_id = r.code_id
        and c.permitted)`;

  const visiblePatients = sql`(select po.patient_id from ${memberships} a, patient_organization po where true
      and po.organization_id = a.organization_id)`;

  const colleagues = sql`(select o.practitioner_id from ${memberships} a, membership o where true
      and o.organization_id = a.organization_id)`;

  const managedOrganizations = superuser
    ? sql`(select o.id as organization_id from organization o where true
        and o.id <> 0)`
    : sql`(select a.organization_id from ${memberships} a where true
        and a.role in ('member', 'manager'))`;

  const governedOrganizations = superuser
    ? sql`(select o.id as organization_id from organization o)`
    : sql`(select a.organization_id from ${memberships} a where true
        and a.role = 'manager')`;

  const manageableStudies = sql`(select s.id as study_id, s.organization_id
      from ${managedOrganizations} g, study s where true
        and s.organization_id = g.organization_id)`;

  const manageablePatients = sql`(select po.patient_id, po.organization_id
      from ${managedOrganizations} g, patient_organization po where true
        and po.organization_id = g.organization_id)`;

  const ownQuestions = sql`select e.patient_id, e.study_id, r.code_id
      from enrollment e, requested_code r where true
        and e.patient_id = ${patientId}
        and r.study_id = e.study_id`;

  const managedQuestions = sql`select e.patient_id, e.study_id, r.code_id
      from ${memberships} a, study s, enrollment e, requested_code r where true
        and a.role in ('member', 'manager')
        and s.organization_id = a.organization_id
        and e.study_id = s.id
        and r.study_id = s.id`;

  const questions = sql`(${ownQuestions} union ${managedQuestions})`;

  const answerableSeries = relation(all, questions, sql`true`, granted('Consent', 'u'));

  const recordableSeries = relation(
    sql`distinct t.patient_id, t.code_id`,
    sql`(select k.* from ${questions} k, consent c where true
        and c.patient_id = k.patient_id
        and c.study_id = k.study_id
        and c.code_id = k.code_id
        and c.permitted)`,
    sql`true`,
    granted('Observation', 'c'),
  );

  // Ways to be allowed to see a row t.
  const own = isPatient && sql`t.patient_id = ${patientId}`;
  const ownSelf = isPatient && sql`t.id = ${patientId}`;
  const administer = superuser && sql`true`;
  const consented =
    isMember && sql`(t.patient_id, t.code_id) in (select r.patient_id, r.code_id from ${readableSeries} r)`;
  const ofMemberStudy = isMember && sql`t.study_id in ${memberStudies}`;
  const ofVisiblePatient = isMember && sql`t.patient_id in ${visiblePatients}`;

  const readings = granted('Observation', 'r');
  const consents = granted('Consent', 'r');
  const identity = granted('Patient', 'r');

  const visibleStudy = (column: Sql) =>
    anyOf(
      isMember && sql`${column} in ${memberStudies}`,
      isPatient && sql`${column} in ${enrolledStudies}`,
      administer,
    );

  const catalogue = (table: Sql, columns: Sql = all) => relation(columns, table, sql`true`);

  return {
    readableSeries,
    managedOrganizations,
    governedOrganizations,
    manageableStudies,
    manageablePatients,
    answerableSeries,
    recordableSeries,
    observations: relation(all, sql`observation`, anyOf(own, consented), readings),
    observationIdentifiers: relation(all, sql`observation_identifier`, anyOf(own, consented), readings),
    series: relation(all, sql`series`, anyOf(own, consented), readings),
    patients: relation(
      sql`t.*, t.id as patient_id`,
      sql`patient`,
      anyOf(ownSelf, isMember && sql`t.id in ${visiblePatients}`, administer),
      granted('Patient', 'r', sql`t.id`),
    ),
    patientIdentifiers: relation(
      all,
      sql`patient_identifier`,
      anyOf(own, ofVisiblePatient, administer),
      identity,
    ),
    patientOrganizations: relation(
      all,
      sql`patient_organization`,
      anyOf(own, isMember && sql`t.organization_id in ${memberOrganizations}`, administer),
      identity,
    ),
    studies: relation(all, sql`study`, visibleStudy(sql`t.id`)),
    requestedCodes: relation(all, sql`requested_code`, visibleStudy(sql`t.study_id`)),
    studyClients: relation(all, sql`study_client`, visibleStudy(sql`t.study_id`)),
    studyDataSources: relation(all, sql`study_data_source`, visibleStudy(sql`t.study_id`)),
    enrollments: relation(all, sql`enrollment`, anyOf(own, ofMemberStudy, administer), consents),
    consents: relation(all, sql`consent`, anyOf(own, ofMemberStudy, administer), consents),
    consentEvents: relation(all, sql`consent_event`, anyOf(own, ofMemberStudy, administer), consents),
    invitations: relation(
      sql`t.id, t.patient_id, t.client_id, t.status, t.issued_at, t.issued_by, t.redeemed_at, t.last_updated`,
      sql`invitation`,
      sql`t.patient_id in (select m.patient_id from ${manageablePatients} m)`,
      identity,
    ),
    auditEvents: relation(all, sql`audit_event`, anyOf(own, administer), granted('AuditEvent', 'r')),
    users: relation(
      sql`t.id, t.email, t.first_name, t.last_name, t.identifier, t.user_type, t.email_verified, t.active, t.superuser,
        t.joined_at, t.last_login_at`,
      sql`app_user`,
      anyOf(
        sql`t.id = ${userId}`,
        isMember && sql`t.id in (select p.user_id from patient p where p.id in ${visiblePatients})`,
        isMember && sql`t.id in (select p.user_id from practitioner p where p.id in ${colleagues})`,
        administer,
      ),
    ),
    practitioners: relation(
      all,
      sql`practitioner`,
      anyOf(sql`t.user_id = ${userId}`, isMember && sql`t.id in ${colleagues}`, administer),
    ),
    organizations: relation(all, sql`organization`, anyOf(visibleOrganization(), administer)),
    memberships: relation(
      all,
      sql`membership`,
      anyOf(
        practitionerId !== null && sql`t.practitioner_id = ${practitionerId}`,
        isMember && sql`t.organization_id in ${memberOrganizations}`,
        administer,
      ),
    ),
    codes: catalogue(sql`code`),
    dataSources: catalogue(sql`data_source`),
    dataSourceCodes: catalogue(sql`data_source_code`),
    clientDataSources: catalogue(sql`client_data_source`),
    clients: catalogue(
      sql`client`,
      sql`t.id, t.client_id, t.name, t.redirect_uris, t.default_scopes, t.invitation_url, t.created_at, t.last_updated`,
    ),
    settings: catalogue(sql`setting`),
  };

  /** Own organizations with their ancestors and descendants, the root, and what one has just founded. */
  function visibleOrganization(): Sql {
    const asPatient = sql`select po.organization_id from patient_organization po where true
        and po.patient_id = ${patientId}`;
    return sql`t.id in (
      with recursive own as (
        select a.organization_id as id from ${memberships} a
        union ${asPatient}
      ), up as (
        select id from own
        union
        select o.part_of from up, organization o where true
          and o.id = up.id
      ), down as (
        select a.organization_id as id from ${memberships} a
        union
        select o.id from down, organization o where true
          and o.part_of = down.id
      )
      select id from up
      union select id from down
      union select 0
      union select o.id from organization o where true
        and o.created_by = ${userId}
        and not exists (select from membership m where m.organization_id = o.id)
    )`;
  }
}
