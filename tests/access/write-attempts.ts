/** Every kind of write that the database must decide about, tried on every row of a world, with what the rule says. */

import type { World } from '../../apps/exchange/src/domain/may.ts';
import * as may from '../../apps/exchange/src/domain/may.ts';
import type { Principal } from '../../apps/exchange/src/domain/principal.ts';
import { CODES } from './world.ts';

/** What the rule says: whether the statement may change its one row, or how many rows it may change. */
export type Attempt = { statement: string; allowed: boolean | number };

const linked = (world: World, studyId: number) =>
  world.studyClients.filter((x) => x.studyId === studyId).length;

/** `about`: the patients to try. */
export function attemptsOf(world: World, principal: Principal, about: readonly number[]): Attempt[] {
  const user = world.users.find((u) => u.id === principal.userId)!;
  const isSuperuser = user.active && principal.superuser;
  const manages = (organizationId: number) => may.mayManage(world, principal, { organizationId });
  const appoints = (organizationId: number) => may.mayAppoint(world, principal, { organizationId });
  const governs = (organizationId: number) => may.mayGovern(world, principal, { organizationId });
  const managesSomewhere = world.organizations.some((o) => manages(o.id));
  const managesPatient = (patientId: number) => may.mayManagePatient(world, principal, { patientId });
  const self = principal.practitionerId;
  const attempts: Attempt[] = [];
  const attempt = (allowed: boolean | number, statement: string) => attempts.push({ statement, allowed });

  for (const { id: p, keeper } of world.patients.filter(({ id }) => about.includes(id))) {
    const isOwn = may.mayAccept(world, principal, { patientId: p });
    const isPerson = user.active && principal.patientIds.includes(p);
    const link = user.active && principal.link?.patientId === p ? principal.link : null;
    const grant = principal.session.kind === 'person' ? principal.session.grantId : '';
    for (const c of CODES) {
      const record = may.mayRecord(world, principal, { patientId: p, codeId: c });
      const observation = (kept: number | null) => `insert into observation
        (patient_id, id, code_id, data_point_uuid, data_point, keeper_organization_id)
        values (${p}, 1, ${c}, '00000000-0000-4000-8000-000000000001', '{}', ${kept})`;
      attempt(record, observation(keeper));
      // A reading says how it was kept, and nothing else.
      attempt(false, observation(keeper === null ? 1 : null));
      attempt(record, `insert into observation_identifier values (${p}, ${p * 10 + c}, ${c}, 's', 'new')`);
      if (c === 3) attempt(record, `insert into series (patient_id, code_id) values (${p}, ${c})`);
      else {
        const key = `patient_id = ${p} and code_id = ${c}`;
        // What a person keeps is counted in mixed series only (code 1 is mixed then).
        attempt(record && (keeper !== null || c === 1), `update series set observations = 2 where ${key}`);
        attempt(false, `update series set mixed = false where ${key}`);
      }
      attempt(false, `update observation set status = 'amended' where patient_id = ${p} and code_id = ${c}`);
      attempt(false, `delete from observation where patient_id = ${p} and code_id = ${c}`);
      for (const { id: s, organizationId } of world.studies) {
        const row = { patientId: p, studyId: s, codeId: c };
        const answer = may.mayAnswer(world, principal, row);
        const byLink = may.mayAnswerByLink(world, principal, row);
        const permitByLink = may.mayPermitByLink(world, principal, row);
        const attest = may.mayAttest(world, principal, row);
        const decline = may.mayDecline(world, principal, row);
        const key = `patient_id = ${p} and study_id = ${s} and code_id = ${c}`;
        const standing = world.consents.find((x) => x.patientId === p && x.studyId === s && x.codeId === c);
        if (standing) {
          const set = (values: string) => `update consent set ${values} where ${key}`;
          attempt(
            answer,
            set('permitted = true, opens = true, own = true, link_session = null, basis = null'),
          );
          attempt(
            answer || decline || byLink,
            set(`permitted = false, opens = false,
            own = ${answer}, link_session = ${byLink ? `'${grant}'` : 'null'}`),
          );
          attempt(
            permitByLink || (byLink && !standing.permitted && permitByLink),
            set(`permitted = true, opens = true, own = false, basis = null, link_session = '${grant}'`),
          );
          attempt(
            attest && !standing.own,
            set("permitted = true, opens = true, own = false, basis = 'a form', link_session = null"),
          );
          attempt(false, set("permitted = true, opens = true, own = false, basis = '', link_session = null"));
          attempt(
            false,
            set("permitted = true, opens = true, own = false, basis = 'a form', link_session = 'another'"),
          );
          // Whoever is not the person answers nothing as the person.
          attempt(
            answer,
            set("permitted = true, opens = true, own = true, basis = 'a form', link_session = null"),
          );
          attempt(
            answer,
            set(`permitted = true, opens = true, own = true, basis = null, link_session = '${grant}'`),
          );
          attempt(answer || byLink || manages(organizationId), `delete from consent where ${key}`);
        } else {
          const insert = (values: string) => `insert into consent
            (patient_id, study_id, code_id, permitted, opens, own, decided_at, basis, link_session)
            values (${p}, ${s}, ${c}, ${values})`;
          attempt(answer, insert('true, true, true, now(), null, null'));
          attempt(permitByLink, insert(`true, true, false, now(), null, '${grant}'`));
          attempt(byLink, insert(`false, false, false, now(), null, '${grant}x'`.replace("x'", "'")));
          attempt(false, insert("true, true, false, now(), null, 'another'"));
          attempt(attest, insert("true, true, false, now(), 'a form', null"));
          attempt(false, insert("true, true, false, now(), '', null"));
          attempt(false, insert("true, true, false, now(), 'a form', 'another'"));
          attempt(decline, insert('false, false, false, now(), null, null'));
          // Whoever is not the person answers nothing as the person.
          attempt(answer, insert("true, true, true, now(), 'a form', null"));
          attempt(answer, insert(`true, true, true, now(), null, '${grant}'`));
          attempt(answer, insert('false, false, true, now(), null, null'));
        }
        const event = (actor: number, own: boolean) => `insert into consent_event
          (patient_id, study_id, code_id, decision, actor_user_id, actor_role, own)
          values (${p}, ${s}, ${c}, 'permit', ${actor}, 'patient', ${own})`;
        attempt(answer, event(principal.userId, true));
        attempt(byLink || manages(organizationId), event(principal.userId, false));
        attempt(false, event(principal.userId === 11 ? 12 : 11, true));
        attempt(false, event(principal.userId === 11 ? 12 : 11, false));
      }
    }
    attempt(false, `insert into declined_measure values (${p}, 1, 'm')`);
    attempt(false, `delete from declined_measure where patient_id = ${p}`);
    for (const { id: s, organizationId } of world.studies) {
      const proposed = world.proposals.some((x) => x.patientId === p && x.studyId === s && x.open);
      if (world.enrollments.some((e) => e.patientId === p && e.studyId === s)) {
        // Answers are ended first: until then a key holds the enrolment.
        const answered = world.consents.some((x) => x.patientId === p && x.studyId === s);
        if (!answered)
          attempt(
            manages(organizationId) || may.mayLeaveStudy(world, principal, { patientId: p, studyId: s }),
            `delete from enrollment where patient_id = ${p} and study_id = ${s}`,
          );
      } else if (
        world.patientOrganizations.some((x) => x.patientId === p && x.organizationId === organizationId)
      ) {
        attempt(
          may.mayEnroll(world, principal, { patientId: p, studyId: s }) || (isOwn && proposed),
          `insert into enrollment (patient_id, study_id, organization_id) values (${p}, ${s}, ${organizationId})`,
        );
      } else if (!(isOwn && proposed)) {
        attempt(
          false,
          `insert into enrollment (patient_id, study_id, organization_id) values (${p}, ${s}, ${organizationId})`,
        );
      }
      attempt(
        false,
        `insert into proposal (patient_id, organization_id, study_id, proposed_by)
        values (${p}, ${organizationId}, ${s}, ${principal.userId})`,
      );
      if (!proposed) {
        // As many rows as the question answers yes.
        attempt(
          may.mayPropose(world, principal, { patientId: p, studyId: s }),
          `create temporary table x on commit drop as select 1 where propose_study(${p}, ${organizationId}, ${s})`,
        );
      }
    }
    const proposals = world.proposals.filter((x) => x.patientId === p && x.open);
    if (proposals.length > 0)
      attempt(
        isOwn ? proposals.length : 0,
        `update proposal set state = 'accepted' where patient_id = ${p} and state = 'open'`,
      );
    const told = (actor: number) => `insert into record_event (patient_id, kind, actor_user_id)
      values (${p}, 'corrected', ${actor})`;
    attempt(managesPatient(p) || isPerson || link !== null, told(principal.userId));
    attempt(false, told(principal.userId === 11 ? 12 : 11));
    attempt(false, `update record_event set kind = 'left' where patient_id = ${p}`);
    for (const { id: o } of world.organizations.filter(({ id }) => id !== 0)) {
      const belongs = world.patientOrganizations.some((po) => po.patientId === p && po.organizationId === o);
      const proposed = world.proposals.some((x) => x.patientId === p && x.organizationId === o && x.open);
      const isEnrolledThere = world.enrollments.some(
        (e) =>
          e.patientId === p && world.studies.some((st) => st.id === e.studyId && st.organizationId === o),
      );
      if (belongs) {
        if (!isEnrolledThere)
          attempt(
            manages(o) || may.mayLeaveOrganization(world, principal, { patientId: p, organizationId: o }),
            `delete from patient_organization where patient_id = ${p} and organization_id = ${o}`,
          );
      } else attempt(isOwn && proposed, `insert into patient_organization values (${p}, ${o})`);
      // In keeping a record has its keeper's membership, which is there; nobody makes another.
      attempt(
        manages(o) && belongs,
        `insert into patient_identifier (id, patient_id, organization_id, system, value) values (1, ${p}, ${o}, 'mrn', 'new')`,
      );
      attempt(
        manages(o) &&
          belongs &&
          o < 4 &&
          may.mayReadIdentifier(world, principal, { patientId: p, organizationId: o }),
        `delete from patient_identifier where patient_id = ${p} and organization_id = ${o}`,
      );
    }
    attempt(managesPatient(p), `update patient set name_given = 'x' where id = ${p}`);
    attempt(false, `update patient set keeper_organization_id = null where id = ${p}`);
    attempt(false, `update patient set user_id = ${principal.userId} where id = ${p}`);
    for (const o of [1, 2, 3]) {
      attempt(
        may.mayInvite(world, principal, { patientId: p, organizationId: o }),
        `insert into invitation (id, patient_id, client_id, organization_id, token_hash)
        values (1, ${p}, 1, ${o}, '${'y'.repeat(43)}')`,
      );
    }
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
  const isOwn = (patientId: number) => may.mayAccept(world, principal, { patientId });
  attempt(
    world.proposals.filter(({ patientId }) => isOwn(patientId)).length,
    "update proposal set state = 'lifted'",
  );
  attempt(world.organizations.filter(({ id }) => id !== 0 && governs(id)).length, 'delete from appointment');
  // All answers at once: those that one may touch at all, and none of them when one of these may not become this.
  const touched = world.consents.filter((row) =>
    [may.mayAnswer, may.mayAnswerByLink, may.mayDecline].some((rule) => rule(world, principal, row)),
  );
  const allOrNone = (rule: typeof may.mayAnswer) =>
    touched.every((row) => rule(world, principal, row)) ? touched.length : 0;
  const setAll = (values: string) => `update consent set basis = null, opens = false, ${values}`;
  const ownGrant = principal.session.kind === 'person' ? principal.session.grantId : '';
  // A no of staff leaves her own answer her own, so that a no may say it is.
  const answerOrDecline: typeof may.mayAnswer = (...asked) =>
    may.mayAnswer(...asked) || may.mayDecline(...asked);
  attempt(allOrNone(answerOrDecline), setAll('permitted = false, own = true, link_session = null'));
  attempt(allOrNone(may.mayDecline), setAll('permitted = false, own = false, link_session = null'));
  attempt(
    allOrNone(may.mayAnswerByLink),
    setAll(`permitted = false, own = false, link_session = '${ownGrant}'`),
  );

  for (const { id: s, organizationId } of world.studies) {
    const managed = manages(organizationId);
    attempt(managed, `update study set name = 'x' where id = ${s}`);
    if (!world.consents.some((x) => x.studyId === s)) attempt(managed, `delete from study where id = ${s}`);
    attempt(
      managed,
      `insert into study_version (study_id, version, name, description, purpose) values (${s}, 2, 'n', 'd', 'TREAT')`,
    );
    const asked = world.requestedCodes.filter((r) => r.studyId === s).length;
    attempt(managed, `insert into requested_code (id, study_id, code_id) values (999, ${s}, 9)`);
    if (asked > 0 && !world.consents.some((x) => x.studyId === s)) {
      attempt(
        managed,
        `delete from requested_code where id = (select min(id) from requested_code where study_id = ${s})`,
      );
    }
    attempt(managed, `insert into study_client (id, study_id, client_id) values (999, ${s}, 3)`);
    attempt(
      managed && world.studyClients.some((x) => x.studyId === s) ? linked(world, s) : 0,
      `delete from study_client where study_id = ${s}`,
    );
    attempt(managed, `insert into study_data_source (id, study_id, data_source_id) values (999, ${s}, 2)`);
    attempt(managed, `delete from study_data_source where study_id = ${s}`);
    for (const { id: o } of world.organizations.filter(({ id }) => id !== 0 && id !== organizationId)) {
      // A study never changes organization.
      attempt(false, `update study set organization_id = ${o} where id = ${s}`);
    }
  }

  for (const { id: o, partOf } of world.organizations) {
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
        attempt(appoints(o), `update membership set role = 'viewer' where ${key}`);
        attempt(governs(o), `delete from membership where ${key}`);
        continue;
      }
      const isFounder = may.mayFound(world, principal, { organizationId: o }) && practitioner === self;
      for (const role of ['manager', 'viewer']) {
        attempt(
          appoints(o) || (isFounder && role === 'manager'),
          `insert into membership (id, practitioner_id, organization_id, role) values (999, ${practitioner}, ${o}, '${role}')`,
        );
      }
    }
  }

  for (const { id: o } of world.organizations) {
    attempt(manages(o), `insert into patient (id, keeper_organization_id) values (1, ${o})`);
    if (o === 0) continue;
    // A new record belongs to its keeper at once.
    attempt(
      manages(o),
      `insert into patient (id, keeper_organization_id) values (1, ${o});
      insert into patient_organization values (1, ${o})`,
    );
    attempt(
      false,
      `insert into appointment (organization_id, practitioner_id, role, proposed_by)
      values (${o}, 102, 'viewer', ${principal.userId === 11 ? 12 : 11})`,
    );
    attempt(
      isSuperuser,
      `insert into appointment (organization_id, practitioner_id, role, proposed_by)
      values (${o}, 102, 'viewer', ${principal.userId})`,
    );
    attempt(governs(o), `delete from appointment where organization_id = ${o}`);
    attempt(false, `update organization set had_manager = false where id = ${o}`);
    attempt(false, `update organization set closed_until = null where id = ${o}`);
  }
  attempt(false, 'insert into patient (id) values (1)');
  attempt(false, "insert into app_user (id, email, user_type) values (1, 'new@example.com', 'patient')");
  const login = (type: string) => `insert into app_user (id, user_type) values (1, ${type})`;
  attempt(managesSomewhere, login("'patient'"));
  attempt(false, login("'practitioner'"));
  for (const column of ['superuser', 'email_verified']) {
    attempt(false, `insert into app_user (id, user_type, ${column}) values (1, 'patient', true)`);
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
      user.active && userId === user.id && id === self,
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
