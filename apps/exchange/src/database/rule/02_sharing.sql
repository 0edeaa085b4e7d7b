-- What is shared, and the questions behind it. Keys see to it that a consent stands only where the patient is an accepted
-- member of the organization, enrolled, and asked: so that one consent which opens now is the whole test of a reading.

create view open_consent as
select c.patient_id, c.code_id, c.study_id
from consent c
where true
  and c.opens
  and (c.ends_at is null or c.ends_at > now());

-- Studies through which one reads: of organizations that one is a member of, or that a link reaches, unless closed. They
-- are few, and looked up once for a statement.
create view reading_study as
select s.id as study_id
from acting_membership m, study s, organization o
where true
  and s.organization_id = m.organization_id
  and o.id = s.organization_id
  and (o.closed_until is null or o.closed_until <= now());

create view link_reading_study as
select l.patient_id, l.study_id
from link_study l, study s, organization o
where true
  and s.id = l.study_id
  and o.id = s.organization_id
  and (o.closed_until is null or o.closed_until <= now());

-- The one relation that grants anybody but the person sight of readings: a consent that opens, in a study of an
-- organization that one is a member of, or that a link reaches. Whoever asks of one series gets along with one look into
-- the consents (the study is left out where nobody wants its organization, and its key is why nothing is lost).
create view readable_series as
select c.patient_id, c.code_id, c.study_id, s.organization_id
from open_consent c left join study s on true
  and s.id = c.study_id
where true
  and c.study_id = any (array(select r.study_id from reading_study r))
union all
select c.patient_id, c.code_id, c.study_id, s.organization_id
from link_reading_study l, open_consent c left join study s on true
  and s.id = c.study_id
where true
  and c.study_id = l.study_id
  and c.patient_id = l.patient_id;

-- The same, and a person's own: what a search by study or organization goes through.
create view shared_series as
select patient_id, code_id, study_id, organization_id from readable_series
union all
select c.patient_id, c.code_id, c.study_id, s.organization_id
from own_enrollment e, open_consent c left join study s on true
  and s.id = c.study_id
where true
  and c.patient_id = e.patient_id
  and c.study_id = e.study_id;

-- A question stands where a patient is enrolled and the study asks.
create view question as
select e.patient_id, e.study_id, r.code_id, s.organization_id
from enrollment e, requested_code r, study s
where true
  and r.study_id = e.study_id
  and s.id = e.study_id;

-- Questions that the acting person answers as the person: yes, no, or take back. In an app those of its studies.
create view own_question as
select q.patient_id, q.study_id, q.code_id
from own_enrollment e, question q
where true
  and q.patient_id = e.patient_id
  and q.study_id = e.study_id;

-- Questions that a link answers. Its yes is attested.
create view link_question as
select q.patient_id, q.study_id, q.code_id
from link_study l, question q
where true
  and q.study_id = l.study_id
  and q.patient_id = l.patient_id;

-- Her noes to the measure of a question, anywhere in the organization that asks it. (A record in keeping is asked by its
-- keeper's studies only, so that of one code all or none are.)
create view declined_question as
select q.patient_id, q.study_id, q.code_id, d.session
from question q, code k, declined_measure d
where true
  and k.id = q.code_id
  and d.patient_id = q.patient_id
  and d.organization_id = q.organization_id
  and d.measure = k.measure;

-- ... of those, where a link may say yes: a no of another session is turned by that one, or by a proved one, alone.
create view link_permittable as
select q.patient_id, q.study_id, q.code_id
from acting_link l, link_question q
where true
  and not exists (
    select from declined_question d
    where true
      and d.patient_id = q.patient_id
      and d.code_id = q.code_id
      and d.session <> l.grant_id);

-- Questions to which a manager may attest a yes: in the organization's own keeping, never after her no, never for oneself.
create view attestable_question as
select q.patient_id, q.study_id, q.code_id
from acting_user a, acting_membership m, question q, patient p
where true
  and m.role = 'manager'
  and q.organization_id = m.organization_id
  and p.id = q.patient_id
  and p.keeper_organization_id = q.organization_id
  and p.user_id is distinct from a.user_id
  and not exists (
    select from declined_question d
    where true
      and d.patient_id = q.patient_id
      and d.code_id = q.code_id);

-- Questions whose yes staff may turn into a no.
create view declinable_question as
select q.patient_id, q.study_id, q.code_id
from acting_membership m, question q
where true
  and m.role in ('member', 'manager')
  and q.organization_id = m.organization_id;

-- Series this person may add readings to, where an answer opens: the person's own; a link's and the study's staff, unless the
-- organization is closed (whoever may not read may not add). With the organization that keeps the record now; 0 for the person.
create view recordable_series as
select c.patient_id, c.code_id, coalesce(p.keeper_organization_id, 0) as keeper
from open_consent c, patient p
where true
  and p.id = c.patient_id
  and (c.patient_id in (select a.patient_id from acting_patient a)
    or (c.patient_id, c.study_id) in (
      select l.patient_id, l.study_id from link_reading_study l)
    or c.study_id in (
      select s.id
      from acting_membership m, study s, organization o
      where true
        and m.role in ('member', 'manager')
        and s.organization_id = m.organization_id
        and o.id = s.organization_id
        and (o.closed_until is null or o.closed_until <= now())))
group by 1, 2, 3;
