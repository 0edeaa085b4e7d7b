-- What is shared: the relations that grant sight of readings, and the questions behind them.

-- The one relation that grants a practitioner sight of readings: member of the study's organization, patient enrolled,
-- code requested, consent permitted: all of it now.
create view readable_series as
select c.patient_id, c.code_id, c.study_id, s.organization_id
from acting_membership m, study s, enrollment e, requested_code r, consent c
where true
  and s.organization_id = m.organization_id
  and e.study_id = s.id
  and r.study_id = s.id
  and c.study_id = s.id
  and c.patient_id = e.patient_id
  and c.code_id = r.code_id
  and c.permitted;

-- The same, and a patient's own: what a search by study or organization goes through.
create view shared_series as
select patient_id, code_id, study_id, organization_id from readable_series
union
select c.patient_id, c.code_id, c.study_id, s.organization_id
from acting_user a, study s, enrollment e, requested_code r, consent c
where true
  and e.patient_id = a.patient_id
  and s.id = e.study_id
  and r.study_id = e.study_id
  and c.study_id = e.study_id
  and c.patient_id = e.patient_id
  and c.code_id = r.code_id
  and c.permitted;

-- Questions this user may answer: one's own, or a patient's on their behalf as a member or manager of the study's
-- organization. Only what is requested of an enrolled patient can be answered. Superusers administer; they do not answer.
create view answerable_series as
select e.patient_id, e.study_id, r.code_id
from acting_user a, enrollment e, requested_code r
where true
  and e.patient_id = a.patient_id
  and r.study_id = e.study_id
union
select e.patient_id, e.study_id, r.code_id
from acting_membership m, study s, enrollment e, requested_code r
where true
  and m.role in ('member', 'manager')
  and s.organization_id = m.organization_id
  and e.study_id = s.id
  and r.study_id = s.id;

-- Series this user may add readings to: answerable, and answered yes.
create view recordable_series as
select distinct k.patient_id, k.code_id
from answerable_series k, consent c
where true
  and c.patient_id = k.patient_id
  and c.study_id = k.study_id
  and c.code_id = k.code_id
  and c.permitted;
