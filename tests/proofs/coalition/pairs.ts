/**
 * The two-world test: the same deeds, in two worlds that differ only in whether Ada exists, has a login, has answered,
 * declined, or belongs elsewhere, are answered the same.
 */
import { describe, expect, it } from 'vitest';
import { codes, organizations, patients, studies, users, type World } from './cast.ts';
import * as two from './two-worlds.ts';

const ADA = patients.ada;

/** Ada's record is kept by Harbor, and nobody has signed in to it. */
const noLogin: two.Change = async (at) => {
  await two.adaSaidNothing(at);
  await two.forget({
    enrollment: `patient_id = ${ADA}`,
    patient_organization: `patient_id = ${ADA} and organization_id <> ${organizations.harbor}`,
  })(at);
  await at.sql(
    'update patient set user_id = null, keeper_organization_id = $2 where id = $1',
    ADA,
    organizations.harbor,
  );
  await two.forget({ app_user: `id = ${users.ada}` })(at);
};

/** She never had anything to do with Lakeside. */
const notAtLakeside: two.Change = async (at) => {
  const ofLakeside = `patient_id = ${ADA} and study_id in (${studies.glucose}, ${studies.hearts})`;
  await two.forget({
    consent: ofLakeside,
    consent_event: ofLakeside,
    enrollment: ofLakeside,
    patient_organization: `patient_id = ${ADA} and organization_id = ${organizations.lakeside}`,
    patient_identifier: `patient_id = ${ADA} and value = 'MRN-lakeside-7f31'`,
    declined_measure: `patient_id = ${ADA} and organization_id = ${organizations.lakeside}`,
  })(at);
};

/** At Lakeside she has answered nothing. */
const silentAtLakeside: two.Change = async (at) => {
  const ofLakeside = `patient_id = ${ADA} and study_id in (${studies.glucose}, ${studies.hearts})`;
  await two.forget({
    consent: ofLakeside,
    consent_event: ofLakeside,
    declined_measure: `patient_id = ${ADA} and organization_id = ${organizations.lakeside}`,
  })(at);
};

/** ... and there are no readings of what she does not share with Harbor. */
const nothingHidden: two.Change = async (at) => {
  await silentAtLakeside(at);
  const hidden = `patient_id = ${ADA} and code_id <> ${codes.heartRate}`;
  await two.forget({ observation: hidden, observation_identifier: hidden, series: hidden })(at);
};

/** Whoever knows the word may sign up. */
const openSignUp: two.Change = async ({ sql }) => {
  await sql(`insert into setting (key, value) values ('site.registration_invite_code', '"join-us"')`);
};

const PAIRS: readonly (readonly [string, two.Change, two.Change, Parameters<typeof two.compare>[3]])[] = [
  ['strangers, whether she exists', two.asIs, two.noAda, two.strangers],
  ['strangers, whether she has a login', two.asIs, noLogin, two.strangers],
  ['whoever sends forms, whether she exists', openSignUp, two.both(openSignUp, two.noAda), two.anybodysForms],
  ['strangers, whether she has answered and recorded anything', two.asIs, two.adaSaidNothing, two.strangers],
  [
    'Harbor, whether she belongs to Lakeside too',
    two.asIs,
    notAtLakeside,
    two.staffOf('hana', [], organizations.harbor, studies.sleep, codes.heartRate),
  ],
  [
    'Harbor, what she answered at Lakeside',
    two.asIs,
    silentAtLakeside,
    two.staffOf('hana', [], organizations.harbor, studies.sleep, codes.heartRate),
  ],
  [
    'Harbor, whether she declined what it proposes',
    two.proposed('declined'),
    two.proposed('open'),
    two.staffOf('hana', [], organizations.harbor, studies.sleep, codes.heartRate),
  ],
  ['Harbor, whether it proposed before', two.proposed('declined'), two.asksMore, two.proposes],
  [
    'Harbor, whether there are readings that it may not read',
    two.asIs,
    nothingHidden,
    two.staffOf('hana', [], organizations.harbor, studies.sleep, codes.heartRate),
  ],
];

/** Describes the tests; `world` is there once they run. */
export function describePairs(world: () => World): void {
  describe('two worlds tell the same', () => {
    it.each(PAIRS)('%s', { timeout: 60_000 }, async (_name, one, other, script) => {
      const { difference, told } = await two.compare(world(), one, other, script);
      expect(difference).toBeUndefined();
      // Some of it was done, or else the two agree in refusing everything.
      const done = told.lines().filter((line) => /\n {2}(20[01234]|303)\n/.test(line));
      expect(done.length).toBeGreaterThan(2);
    });
  });
}
