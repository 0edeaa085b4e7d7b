-- Why:  a chart was drawn on the clock of whoever looked, and a blood pressure was systolic only. The offset that a reading
--       was written with (minutes east of UTC; null when it was written in UTC, which says nothing of the clock on the wall)
--       and the second number of readings that have two are taken from the data point when it arrives, and here from those
--       that are stored already.
-- Lock: adds columns without defaults, rewrites nothing; fills them row by row, minutes on a large `observation`. Safe while
--       an older version runs: yes, what it stores meanwhile has neither, and is drawn on the clock of the others.

alter table observation add column effective_offset smallint, add column second_value double precision;

-- As effectiveTime() of packages/omh takes it: an instant, else the start or the end of a period, else, for a day without a
-- clock time, the offset of the header.
with written as (
  select o.patient_id, o.id, coalesce(
    o.data_point #>> '{body,effective_time_frame,date_time}',
    o.data_point #>> '{body,effective_time_frame,time_interval,start_date_time}',
    o.data_point #>> '{body,effective_time_frame,time_interval,end_date_time}',
    o.data_point #>> '{header,source_creation_date_time}') as time
  from observation o
  where o.effective_start is not null
), parted as (
  select patient_id, id, regexp_match(time, '([+-])(\d\d):(\d\d)$') as part from written
)
update observation o
set effective_offset = (p.part[1] || (p.part[2]::int * 60 + p.part[3]::int))::smallint
from parted p
where o.patient_id = p.patient_id and o.id = p.id
  and p.part is not null and p.part <> array['-', '00', '00'];

update observation o
set second_value = (o.data_point #>> '{body,diastolic_blood_pressure,value}')::double precision
from code k
where k.id = o.code_id and k.measure = 'blood-pressure'
  and o.data_point #>> '{body,diastolic_blood_pressure,value}' ~ '^-?\d{1,15}(\.\d{1,30})?([eE][+-]?\d{1,2})?$';
