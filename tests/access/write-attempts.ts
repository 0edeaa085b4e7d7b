/** Every kind of write that the database must decide about, tried on every row of a world, with what the rule says. */

import type { World } from '../../apps/exchange/src/domain/may.ts';
import * as may from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import { CODES } from './world.ts';

/** What the rule says: whether the statement may change its one row, or how many rows it may change. */
export type Attempt = { statement: string; allowed: boolean | number };

export function attemptsOf(world: World, principal: Principal): Attempt[] {
  const user = world.users.find((u) => u.id === principal.userId)!;
  const isSuperuser = user.active && user.superuser;
  const manages = (organizationId: number) => may.mayManage(world, principal, { organizationId });
  const governs = (organizationId: number) => may.mayGovern(world, principal, { organizationId });
  const managesSomewhere = world.organizations.some((o) => manages(o.id));
  const managesPatient = (patientId: number) => may.mayManagePatient(world, principal, { patientId });
  const self = principal.practitionerId;
  const attempts: Attempt[] = [];
  const attempt = (allowed: boolean | number, statement: string) => attempts.push({ statement, allowed });

  for (const { id: p } of world.patients) {
    for (const c of CODES) {
      const record = may.mayRecord(world, principal, { patientId: p, codeId: c });
      attempt(
        record,
        `insert into observation (patient_id, id, code_id, data_point_uuid, data_point)
        values (${p}, 1, ${c}, '00000000-0000-4000-8000-000000000001', '{}')`,
      );
      attempt(record, `insert into observation_identifier values (${p}, ${p * 10 + c}, ${c}, 's', 'new')`);
      if (c === 3) attempt(record, `insert into series (patient_id, code_id) values (${p}, ${c})`);
      else attempt(record, `update series set observations = 2 where patient_id = ${p} and code_id = ${c}`);
      attempt(false, `update observation set status = 'amended' where patient_id = ${p} and code_id = ${c}`);
      attempt(false, `delete from observation where patient_id = ${p} and code_id = ${c}`);
      for (const { id: s, organizationId } of world.studies) {
        const answer = may.mayAnswer(world, principal, { patientId: p, studyId: s, codeId: c });
        const key = `patient_id = ${p} and study_id = ${s} and code_id = ${c}`;
        if (world.consents.some((x) => x.patientId === p && x.studyId === s && x.codeId === c)) {
          attempt(answer, `update consent set permitted = true where ${key}`);
          attempt(answer || manages(organizationId), `delete from consent where ${key}`);
        } else {
          attempt(
            answer,
            `insert into consent (patient_id, study_id, code_id, permitted, decided_at)
            values (${p}, ${s}, ${c}, true, now())`,
          );
        }
        const event = (actor: number) => `insert into consent_event
          (patient_id, study_id, code_id, decision, actor_user_id, actor_role)
          values (${p}, ${s}, ${c}, 'permit', ${actor}, 'patient')`;
        attempt(answer || manages(organizationId), event(principal.userId));
        attempt(false, event(principal.userId === 11 ? 12 : 11));
      }
    }
    for (const { id: s, organizationId } of world.studies) {
      if (world.enrollments.some((e) => e.patientId === p && e.studyId === s)) {
        attempt(
          manages(organizationId),
          `delete from enrollment where patient_id = ${p} and study_id = ${s}`,
        );
      } else {
        const together = world.patientOrganizations.some(
          (po) => po.patientId === p && po.organizationId === organizationId,
        );
        attempt(
          manages(organizationId) && together,
          `insert into enrollment (patient_id, study_id) values (${p}, ${s})`,
        );
      }
    }
    for (const { id: o } of world.organizations.filter(({ id }) => id !== 0)) {
      const belongs = world.patientOrganizations.some((po) => po.patientId === p && po.organizationId === o);
      attempt(
        manages(o),
        belongs
          ? `delete from patient_organization where patient_id = ${p} and organization_id = ${o}`
          : `insert into patient_organization values (${p}, ${o})`,
      );
    }
    attempt(managesPatient(p), `update patient set name_given = 'x' where id = ${p}`);
    attempt(
      managesPatient(p),
      `insert into patient_identifier (id, patient_id, system, value) values (1, ${p}, 'mrn', 'new')`,
    );
    attempt(managesPatient(p), `delete from patient_identifier where patient_id = ${p}`);
    attempt(
      managesPatient(p),
      `insert into invitation (id, patient_id, client_id, token_hash)
      values (1, ${p}, 1, '${'y'.repeat(43)}')`,
    );
    attempt(managesPatient(p), `update invitation set status = 'cancelled' where patient_id = ${p}`);
    attempt(false, `delete from consent_event where patient_id = ${p}`);
    attempt(false, `update audit_event set rows = 0 where patient_id = ${p}`);
    attempt(false, `delete from audit_event where patient_id = ${p}`);
  }

  // Without a condition PostgreSQL asks the policy for updates alone, not the one for reading.
  attempt(
    world.patients.filter(({ id }) => managesPatient(id)).length,
    "update invitation set status = 'cancelled'",
  );

  for (const { id: s, organizationId } of world.studies) {
    const managed = manages(organizationId);
    attempt(managed, `update study set name = 'x' where id = ${s}`);
    attempt(managed, `delete from study where id = ${s}`);
    const asked = world.requestedCodes.filter((r) => r.studyId === s).length;
    attempt(managed, `insert into requested_code (id, study_id, code_id) values (999, ${s}, 9)`);
    if (asked > 0) {
      attempt(
        managed,
        `delete from requested_code where id = (select min(id) from requested_code where study_id = ${s})`,
      );
    }
    attempt(managed, `insert into study_client (id, study_id, client_id) values (999, ${s}, 2)`);
    attempt(managed, `delete from study_client where study_id = ${s}`);
    attempt(managed, `insert into study_data_source (id, study_id, data_source_id) values (999, ${s}, 2)`);
    attempt(managed, `delete from study_data_source where study_id = ${s}`);
    for (const { id: o } of world.organizations.filter(({ id }) => id !== 0 && id !== organizationId)) {
      // Moving a study needs the power in both places.
      attempt(managed && manages(o), `update study set organization_id = ${o} where id = ${s}`);
    }
  }

  for (const { id: o, partOf, createdBy } of world.organizations) {
    const members = world.memberships.filter((m) => m.organizationId === o);
    const found = (by: number) => `insert into organization (id, name, type, part_of, created_by)
      values (99, 'new', 'team', ${o}, ${by})`;
    const isActivePractitioner = user.active && self !== null;
    attempt(governs(o) || (o === 0 && isActivePractitioner), found(principal.userId));
    attempt(false, found(principal.userId === 11 ? 12 : 11));
    attempt(
      o !== 0 && (governs(partOf!) || (partOf === 0 && governs(o))),
      `update organization set name = 'x' where id = ${o}`,
    );
    if (o === 0) continue;
    attempt(
      manages(o),
      `insert into study (id, organization_id, name, description) values (1, ${o}, 'n', 'd')`,
    );
    for (const { id: practitioner } of world.practitioners) {
      const membership = members.find((m) => m.practitionerId === practitioner);
      const key = `practitioner_id = ${practitioner} and organization_id = ${o}`;
      if (membership) {
        attempt(governs(o), `update membership set role = 'viewer' where ${key}`);
        attempt(governs(o), `delete from membership where ${key}`);
        continue;
      }
      const isFounder =
        user.active && createdBy === principal.userId && members.length === 0 && practitioner === self;
      for (const role of ['manager', 'viewer']) {
        attempt(
          governs(o) || (isFounder && role === 'manager'),
          `insert into membership (id, practitioner_id, organization_id, role) values (999, ${practitioner}, ${o}, '${role}')`,
        );
      }
    }
  }

  attempt(managesSomewhere, 'insert into patient (id) values (1)');
  const login = (type: string) =>
    `insert into app_user (id, email, user_type) values (1, 'new@example.com', ${type})`;
  attempt(managesSomewhere, login("'patient'"));
  attempt(false, login("'practitioner'"));
  for (const column of ['superuser', 'email_verified']) {
    attempt(
      false,
      `insert into app_user (id, email, user_type, ${column}) values (1, 'new@example.com', 'patient', true)`,
    );
  }
  for (const other of world.users) {
    attempt(
      user.active && other.id === user.id,
      `update app_user set first_name = 'x' where id = ${other.id}`,
    );
    attempt(false, `update app_user set superuser = true where id = ${other.id}`);
    attempt(false, `update app_user set email = 'x@example.com' where id = ${other.id}`);
  }
  for (const { id, userId } of world.practitioners) {
    attempt(
      user.active && userId === user.id,
      `update practitioner set settings = '{"a":1}' where id = ${id}`,
    );
  }
  attempt(
    user.active,
    `insert into audit_event (request_id, user_id, interaction, resource, outcome)
    values ('r', ${principal.userId}, 'read', 'Patient', 'ok')`,
  );
  attempt(
    false,
    `insert into audit_event (request_id, user_id, interaction, resource, outcome)
    values ('r', ${principal.userId === 11 ? 12 : 11}, 'read', 'Patient', 'ok')`,
  );

  attempt(isSuperuser, "insert into code (id, system, code, text) values (99, 's', 'new', 't')");
  attempt(isSuperuser, "insert into data_source (id, name) values (99, 'n')");
  attempt(isSuperuser, 'insert into data_source_code (id, data_source_id, code_id) values (99, 2, 2)');
  attempt(isSuperuser, "insert into client (id, client_id, name) values (99, 'new', 'n')");
  attempt(isSuperuser, 'insert into client_data_source (id, client_id, data_source_id) values (99, 2, 2)');
  attempt(false, "update setting set value = 'false' where key = 'organization.self_service_top_level'");
  return attempts;
}
