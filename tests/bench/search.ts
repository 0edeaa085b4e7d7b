/** Lane 2: the first page and page 1,000 of a cohort, beside the bare SQL of the same page on the same PostgreSQL. */
import { median } from './ingest.ts';
import type { Subject } from './subject.ts';
import { CODE, type Cohort, MANAGER, STUDY } from './world.ts';

const COUNT = 50;
const PAGE = 1000;
const SAMPLES = 30;

type Bundle = { total: number; entry: unknown[]; link: { relation: string; url: string }[] };

export async function benchSearch(subject: Subject, cohort: Cohort): Promise<string[]> {
  const token = await subject.token(MANAGER);
  const first = `${subject.origin}/FHIR/R5/Observation?patient._has:Group:member:_id=${STUDY}&_count=${COUNT}`;
  const get = async (url: string): Promise<Bundle> => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Bundle;
  };
  const next = (bundle: Bundle) =>
    bundle.link
      .find(({ relation }) => relation === 'next')!
      .url.replace(/^http:\/\/localhost:\d+/, subject.origin);

  let url = first;
  let total = 0;
  for (let page = 1; page < PAGE; page++) {
    const bundle = await get(url);
    total = bundle.total;
    url = next(bundle);
  }
  const bare = (offsetId: string) => `
    select o.* from observation o
    where (o.patient_id, o.code_id) in (
      select c.patient_id, c.code_id from consent c join enrollment e using (patient_id, study_id)
      where c.study_id = ${STUDY} and c.code_id = ${CODE} and c.permitted) ${offsetId}
    order by o.id desc limit ${COUNT + 1}`;
  const { rows } = await subject.owner.query<{ id: number }>(
    `select id from observation order by id desc offset ${COUNT * (PAGE - 1)} limit 1`,
  );
  const samples = {
    page1: [] as number[],
    page1000: [] as number[],
    sql1: [] as number[],
    sql1000: [] as number[],
  };
  for (let n = -5; n < SAMPLES; n++) {
    const times = {
      page1: await timed(() => get(first)),
      page1000: await timed(() => get(url)),
      sql1: await timed(() => subject.owner.query(bare(''))),
      sql1000: await timed(() => subject.owner.query(bare(`and o.id < ${rows[0]!.id}`))),
    };
    if (n < 0) continue;
    for (const name of Object.keys(samples) as (keyof typeof samples)[]) samples[name].push(times[name]);
  }
  const p50 = Object.fromEntries(
    Object.entries(samples).map(([name, values]) => [name, median(values)]),
  ) as Record<keyof typeof samples, number>;
  const line = (label: string, ms: number, note: string) =>
    `  ${label.padEnd(26)} ${ms.toFixed(2).padStart(8)} ms p50   ${note}`;
  return [
    '',
    `search: a study's ${total.toLocaleString('en')} of ${cohort.rows.toLocaleString('en')}+ readings, ${COUNT} a page, exact total, p50 of ${SAMPLES}`,
    line('bare SQL of page 1', p50.sql1, '1.00'),
    line('page 1', p50.page1, (p50.page1 / p50.sql1).toFixed(2)),
    line(`bare SQL of page ${PAGE}`, p50.sql1000, '1.00'),
    line(`page ${PAGE}`, p50.page1000, (p50.page1000 / p50.sql1000).toFixed(2)),
    `  page ${PAGE} / page 1         ${(p50.page1000 / p50.page1).toFixed(2)}   (mark: at most 1.30)`,
  ];
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return performance.now() - started;
}
