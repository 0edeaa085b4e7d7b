/**
 * The rule sentence by sentence: for each, deeds that would go beyond it if its clause were missing. What is allowed is
 * done beside it, so that nothing passes by refusing everything. Of the thirteen, 4, 7 and 8 (links and proof) are
 * `sentences-of-links.ts`, 3 (finding tells nothing) is `pairs.ts` and 13 (the upgrade) is `upgrade.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { mintToken } from '../../setup/tokens.ts';
import { ADA_IS, answers, codes, patients, studies, users, type World } from './cast.ts';
import { seenBy } from './check.ts';
import { claimWithOwnMailbox, guessBirthDate } from './claiming.ts';
import * as d from './deeds.ts';
import { adaDecides, eveProves, sheRecords, sheSays } from './her.ts';
import { asPrincipal } from './walk.ts';
import { ADDRESS, BASIS, doing, glucose, heartRate, sleep, statuses } from './within.ts';

/** Describes the tests; `world` is there once they run. */
export function describeSentences(world: () => World): void {
  const within = doing(world);

  describe('1 own records', () => {
    it('an organization makes its own record, whoever has the address or the number elsewhere', async () => {
      const walk = await within(
        d.makeRecord('wes', 'westbank', ADDRESS, ADA_IS.atLakeside),
        d.makeRecord('wes', 'westbank', ADDRESS),
        d.makeRecord('wes', 'westbank', 'eve@example.org', 'MRN-eve'),
        d.enrol('wes', 'the newest record', 'westbank'),
        d.answer('wes', 'the newest record', 'westbank', glucose, true, BASIS),
        d.upload('wes', 'the newest record', glucose),
      );
      expect(statuses(walk, /POST \/api\/v1\/patients /)).toEqual([201, 201, 201]);
      expect(new Set(walk.made.records).size).toBe(3);
      expect(statuses(walk, /POST \/FHIR/)).toEqual([201]);
    });

    it('an import finds nobody of another organization', async () => {
      const walk = await within(
        d.importFile('wes', 'westbank', 'MRN-eve'),
        d.importFile('wes', 'westbank', ADA_IS.atHarbor),
        d.importFile('wes', 'westbank', 'MRN-eve'),
      );
      expect(walk.made.records).toHaveLength(2);
    });
  });

  describe('2 proposing', () => {
    it('nobody adds, enrols or answers for a person, neither strangers nor an organization that she accepted', async () => {
      await within(
        d.addByNumber('wes', 'Ada', 'westbank'),
        d.addByNumber('root', 'Ada', 'westbank'),
        d.enrol('wes', 'Ada', 'westbank'),
        d.answer('wes', 'Ada', 'westbank', glucose, true, BASIS),
        d.makeStudy('hana', 'harbor', 'sleepApp'),
        d.enrol('hana', 'Ada', 'the newest study'),
        d.answer('hana', 'Ada', 'the newest study', glucose, true, BASIS),
        d.upload('hana', 'Ada', glucose),
      );
    });

    it('she accepts what is proposed, or declines it; whoever proposes is told neither', async () => {
      const walk = await within(
        d.makeStudy('hana', 'harbor', 'sleepApp'),
        d.enrol('hana', 'Ada', 'the newest study'),
        adaDecides('the newest study', 'decline'),
        d.enrol('hana', 'Ada', 'the newest study'),
        d.answer('hana', 'Ada', 'the newest study', glucose, true, BASIS),
        adaDecides('the newest study', 'lift'),
        d.enrol('hana', 'Ada', 'the newest study'),
        adaDecides('the newest study', 'accept'),
        d.answer('hana', 'Ada', 'the newest study', glucose, true, BASIS),
        sheSays('Ada', 'the newest study', glucose, true),
      );
      const proposed = walk.asked.filter((line) => /hana: POST .*patients/.test(line));
      expect(new Set(proposed).size).toBe(1);
      expect(statuses(walk, /Ada: /)).toEqual([200, 200, 200, 201]);
      // Now she shares her glucose with Harbor.
      const { seen } = await seenBy(walk, asPrincipal(walk, 'hana'));
      expect(seen).toBe(2);
    });

    it('the page of a link shows the organization only, and five wrong birth dates close it', async () => {
      const walk = await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        guessBirthDate(4),
        guessBirthDate(1),
        claimWithOwnMailbox(),
        d.invite('mo', 'Eve', 'glucoseApp'),
        guessBirthDate(5),
        claimWithOwnMailbox(),
        d.openLink(),
      );
      expect(walk.principals.filter(({ reader }) => ['claimer', 'link'].includes(reader.kind))).toEqual([]);
    });

    it('nor does a manager of two organizations carry a record from one to the other', async () => {
      await within(
        d.appoint('wes', 'mo', 'westbank', 'manager'),
        d.addByNumber('mo', 'Eve', 'westbank'),
        d.addByNumber('mo', 'Ada', 'westbank'),
        d.enrol('mo', 'Eve', 'westbank'),
        d.enrol('mo', 'Ada', 'westbank'),
        d.answer('mo', 'Eve', 'westbank', glucose, true, BASIS),
        d.answer('mo', 'Ada', 'westbank', glucose, true, BASIS),
      );
    });
  });

  describe('5 the attested yes', () => {
    it("is a manager's, on a basis, in the own keeping", async () => {
      const walk = await within(
        d.answer('rivera', 'Eve', 'glucose', heartRate, true, BASIS),
        d.answer('vic', 'Eve', 'glucose', heartRate, true, BASIS),
        d.answer('mo', 'Eve', 'glucose', heartRate, true),
        d.answer('root', 'Eve', 'glucose', heartRate, true, BASIS),
        d.answer('mo', 'Ada', 'glucose', sleep, true, BASIS),
        d.answer('mo', 'Eve', 'glucose', heartRate, true, BASIS),
        d.upload('rivera', 'Eve', heartRate),
      );
      expect(statuses(walk, /mo: PATCH .*consents/)).toEqual([400, 403, 201]);
      expect(statuses(walk, /rivera: POST \/FHIR/)).toEqual([201]);
    });

    it('never stands after her no, in any study of the organization', async () => {
      await within(
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.upload('mo', 'Eve', heartRate),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', heartRate, false),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.answer('mo', 'Eve', 'glucose', heartRate, true, BASIS),
      );
    });

    it('whatever the coding of the measure', async () => {
      const walk = await within(
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', codes.olderHeartRate, true, BASIS),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', heartRate, false),
        d.answer('mo', 'Eve', 'hearts', codes.olderHeartRate, true, BASIS),
      );
      expect(statuses(walk, /mo: PATCH .*consents/)).toEqual([201, 403]);
    });

    it('counts until she answers or records herself, and no new one does once she keeps the record', async () => {
      const walk = await within(
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.upload('mo', 'Eve', heartRate),
        eveProves(),
        d.answer('mo', 'Eve', 'glucose', sleep, true, BASIS),
        d.answer('mo', 'Eve', 'glucose', heartRate, true, BASIS),
        sheRecords('Eve', glucose),
        sheSays('Eve', 'hearts', heartRate, false),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
      );
      expect(statuses(walk, /mo: PATCH .*consents/)).toEqual([201, 403, 403, 403]);
      expect(statuses(walk, /Eve: /)).toEqual([201, 200]);
      expect((await seenBy(walk, asPrincipal(walk, 'mo'))).seen).toBe(1);
    });

    it('nor after she cleared it', async () => {
      await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', glucose, null),
        d.answer('mo', 'Eve', 'glucose', glucose, true, BASIS),
        d.clear('mo', 'Eve', 'glucose', glucose),
        d.importFile('mo', 'glucose', 'MRN-eve'),
      );
    });
  });

  describe('6 her own answer', () => {
    it('is turned into a yes by nobody else, and cleared by nobody else', async () => {
      const walk = await within(
        d.answer('rivera', 'Ada', 'glucose', heartRate, true, BASIS),
        d.answer('mo', 'Ada', 'glucose', heartRate, true, BASIS),
        d.clear('mo', 'Ada', 'glucose', heartRate),
        d.clear('mo', 'Ada', 'glucose', glucose),
        d.answer('hana', 'Ada', 'glucose', glucose, false),
        d.answer('rivera', 'Ada', 'glucose', glucose, false),
        d.answer('rivera', 'Ada', 'glucose', glucose, true),
        d.answer('mo', 'Ada', 'glucose', glucose, true, BASIS),
        sheSays('Ada', 'glucose', glucose, true),
      );
      expect(statuses(walk, /rivera: PATCH/)[1]).toBe(200);
    });
  });

  describe('9 a yes belongs to what was asked', () => {
    it('ends when purpose, end or question change, and nothing revives it; name and description end nothing', async () => {
      const walk = await within(
        d.changeStudy('rivera', 'glucose', { name: 'Sugar', description: 'Other words.' }),
        d.changeStudy('mo', 'glucose', { purpose: 'PUBHLTH' }),
        d.changeStudy('mo', 'glucose', { purpose: 'HRESCH' }),
        sheSays('Ada', 'glucose', glucose, true),
        d.askFor('mo', 'glucose', glucose, false),
        d.askFor('mo', 'glucose', glucose, true),
        d.unenrol('hana', 'Ada', 'sleep'),
        d.enrol('hana', 'Ada', 'sleep'),
      );
      expect(statuses(walk, /PATCH \/api\/v1\/studies/)).toEqual([200, 200, 200]);
    });

    it('a study never changes organization', async () => {
      const walk = await within(
        d.appoint('wes', 'mo', 'westbank', 'manager'),
        d.moveStudy('mo', 'glucose', 'westbank'),
        d.moveStudy('root', 'sleep', 'westbank'),
      );
      expect(statuses(walk, /PATCH \/api\/v1\/studies/)).toEqual([409, 409]);
    });

    it('nor does accepting anew, after somebody removed her', async () => {
      await within(
        d.unenrol('mo', 'Ada', 'glucose'),
        d.enrol('mo', 'Ada', 'glucose'),
        adaDecides('glucose', 'accept'),
        d.answer('mo', 'Ada', 'glucose', glucose, true, BASIS),
        d.answer('mo', 'Ada', 'glucose', heartRate, true, BASIS),
      );
    });

    it('nor does removing and adding her again, or time, bring an answer back', async () => {
      await within(
        d.removeFrom('mo', 'Ada', 'lakeside'),
        d.addByNumber('mo', 'Ada', 'lakeside'),
        d.enrol('mo', 'Ada', 'glucose'),
        d.removeFrom('hana', 'Ada', 'harbor'),
        d.timePasses(30),
        d.addByNumber('hana', 'Ada', 'harbor'),
        d.enrol('hana', 'Ada', 'sleep'),
      );
    });
  });

  describe('10 she hears of it', () => {
    it('every proposal, enrolment, attested answer, link and correction is in her history', async () => {
      const [{ newest }] = (await world().sql('select coalesce(max(id), 0) as newest from record_event')) as [
        { newest: number },
      ];
      await within(
        d.makeStudy('hana', 'harbor', 'sleepApp'),
        d.enrol('hana', 'Ada', 'the newest study'),
        d.answer('rivera', 'Ada', 'glucose', glucose, false),
        d.correct('mo', 'Ada', 'lakeside', { telecomPhone: '+1 555 0100' }),
        d.changeStudy('hana', 'sleep', { purpose: 'PUBHLTH' }),
        d.removeFrom('mo', 'Ada', 'lakeside'),
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.setActive('hana', false),
        d.appoint('root', 'root', 'harbor', 'manager'),
      );
      const heard = async (record: number) =>
        (
          await world().sql<{ kind: string }>(
            'select kind from record_event where patient_id = $1 and id > $2 order by id',
            record,
            newest,
          )
        ).map(({ kind }) => kind);
      expect(await heard(patients.ada)).toEqual([
        'proposed',
        'staff-declined',
        'corrected',
        'asked-again',
        'unenrolled',
        'left',
        'manager-appointed',
      ]);
      expect(await heard(world().eve)).toEqual(['enrolled', 'attested', 'link-issued', 'link-opened']);
    });

    it('and she always sees all that is hers, whatever others have changed', async () => {
      await within(
        d.removeFrom('mo', 'Ada', 'lakeside'),
        d.removeStudy('hana', 'sleep'),
        d.setActive('hana', false),
        d.appoint('root', 'root', 'harbor', 'manager'),
      );
      const token = world().tokens.get('ada')!;
      const found = await world().ask(token, 'GET', '/FHIR/R5/Observation?_count=100');
      expect(found.json().total).toBe(3);
      const history = await world().ask(token, 'GET', `/api/v1/patients/${patients.ada}/consents/history`);
      expect(history.json().count).toBeGreaterThan(5);
    });
  });

  describe('11 accounts', () => {
    it('neither her API key nor a backend service of hers sees as her, nor may it answer or claim', async () => {
      const walk = await within(d.useProgramOfPias('API key'), d.useProgramOfPias('backend'));
      for (const kind of ['API key', 'backend']) {
        const program = asPrincipal(walk, `Pia's ${kind}`);
        expect((await walk.ask(program, 'GET', '/FHIR/R5/Observation')).json().total).toBe(0);
        const answered = await walk.ask(
          program,
          'PATCH',
          `/api/v1/patients/${d.PIA.record}/consents`,
          answers(studies.sleep, [heartRate], true),
        );
        const claimed = await walk.ask(program, 'POST', '/api/v1/record-claims');
        expect([answered.statusCode, claimed.statusCode]).toEqual([403, 403]);
      }
    });

    it('a program of hers does not see as her', async () => {
      const token = await mintToken(world().exchange, {
        userId: users.ada,
        scope: 'user/*.cruds',
        isProgram: true,
      });
      const found = await world().ask(token, 'GET', '/FHIR/R5/Observation');
      const statuses = [found.statusCode === 200 ? found.json().total : 0];
      for (const url of ['/patients/me', `/patients/${patients.ada}`, `/patients/${patients.ada}/consents`])
        statuses.push((await world().ask(token, 'GET', `/api/v1${url}`)).statusCode);
      expect(statuses).toEqual([0, 403, 403, 403]);
    });

    it('no route ties a record to her login, or marks an address proved', async () => {
      await within(
        d.makeRecord('mo', 'lakeside', ADDRESS),
        d.invite('mo', 'the newest record', 'glucoseApp', { sendEmail: true }),
        d.enrol('mo', 'the newest record', 'glucose'),
        d.invite('mo', 'the newest record', 'glucoseApp', { sendEmail: true }),
        d.openLink(),
        d.linkAnswers('glucose', glucose, true),
      );
    });

    it('an appointment of a superuser waits for a manager', async () => {
      const walk = await within(
        d.appoint('root', 'root', 'lakeside', 'manager'),
        d.appoint('root', 'wes', 'lakeside', 'viewer'),
        d.appoint('root', 'root', 'harbor', 'member'),
        d.acceptAppointments('wes', 'harbor'),
      );
      expect(statuses(walk, /root: POST .*\/user/)).toEqual([202, 202, 202]);
      const accepted = await within(
        d.appoint('root', 'root', 'harbor', 'member'),
        d.acceptAppointments('hana', 'harbor'),
      );
      expect(statuses(accepted, /hana: POST .*appointments/)).toEqual([204]);
    });

    it('where no manager is left, nobody reads for fourteen days', async () => {
      const walk = await within(
        d.dismiss('root', 'hana', 'harbor'),
        d.appoint('root', 'hana', 'harbor', 'viewer'),
        d.setActive('hana', false),
        d.appoint('root', 'root', 'harbor', 'manager'),
        d.setActive('hana', true),
        d.timePasses(13),
        d.appoint('root', 'wes', 'harbor', 'viewer'),
        d.timePasses(2),
      );
      expect(statuses(walk, /root: (POST|DELETE) .*\/(remove_)?user/)).toEqual([409, 409, 201, 201]);
    });
  });

  describe('12 staff write where an answer opens', () => {
    it('where nobody reads for fourteen days, an upload is refused or taken, and never fails', async () => {
      await within(
        d.setActive('mo', false),
        d.appoint('root', 'root', 'lakeside', 'manager'),
        d.setActive('mo', true),
        d.upload('mo', 'Eve', glucose),
        d.upload('rivera', 'Ada', glucose),
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.upload('mo', 'Eve', heartRate),
      );
    });

    it('and nowhere else', async () => {
      const walk = await within(
        d.upload('mo', 'Ada', heartRate),
        d.upload('mo', 'Ada', sleep),
        d.upload('mo', 'Eve', sleep),
        d.upload('wes', 'Ada', glucose),
        d.upload('vic', 'Ada', glucose),
        d.upload('hana', 'Ada', glucose),
        d.upload('mo', 'Ada', glucose),
      );
      expect(statuses(walk, /POST \/FHIR/)).toEqual([403, 403, 403, 403, 403, 403, 201]);
    });
  });
}
