/** The sentences of the rule about sessions that came from links, and about proof; the others are `sentences.ts`. */
import { describe, expect, it } from 'vitest';
import type { World } from './cast.ts';
import { seenBy } from './check.ts';
import { claimWithOwnMailbox, eveClaims } from './claiming.ts';
import * as d from './deeds.ts';
import { eveProves } from './her.ts';
import { asPrincipal } from './walk.ts';
import { BASIS, doing, glucose, heartRate, sleep, statuses } from './within.ts';

/** Describes the tests; `world` is there once they run. */
export function describeSentencesOfLinks(world: () => World): void {
  const within = doing(world);

  describe('4 unproved sessions', () => {
    it('a link reads what members read through the studies of its app, answers and uploads there, and no more', async () => {
      const walk = await within(
        d.enrol('mo', 'Eve', 'hearts'),
        d.answer('mo', 'Eve', 'hearts', heartRate, true, BASIS),
        d.upload('mo', 'Eve', heartRate),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        // Heart rate is open to members through a study that does not use this app.
        d.linkAnswers('hearts', heartRate, false),
        d.linkAnswers('glucose', glucose, true),
        d.linkUploads(glucose),
      );
      expect(statuses(walk, /link holder 1: PATCH/)).toEqual([expect.not.toBeOneOf([200, 201]), 200]);
      expect(statuses(walk, /link holder 1: POST \/FHIR/)).toEqual([201]);
    });

    it('a no of one link is not turned by the next', async () => {
      const walk = await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', glucose, false),
        d.linkAnswers('glucose', glucose, true),
        d.linkAnswers('glucose', glucose, false),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', glucose, true),
      );
      expect(statuses(walk, /link holder 1: PATCH/)).toEqual([200, 200, 200]);
    });
  });

  describe('7 links', () => {
    it('exist only for records in the keeping of the organization whose member or manager asks', async () => {
      const walk = await within(
        d.invite('mo', 'Ada', 'glucoseApp'),
        d.openLink(),
        d.invite('mo', 'Ada', 'glucoseApp', { sendEmail: true, emailOnly: true }),
        d.scanMail(),
        d.invite('hana', 'Ada', 'sleepApp'),
        d.openLink(),
        d.invite('root', 'Eve', 'glucoseApp'),
        d.invite('vic', 'Eve', 'glucoseApp'),
        d.invite('hana', 'Eve', 'sleepApp'),
        d.openLink(),
        d.invite('rivera', 'Eve', 'glucoseApp'),
      );
      expect(
        statuses(walk, /POST \/api\/v1\/invitation .*|POST \/api\/v1\/invitation$/).filter((s) => s < 300),
      ).toEqual([201]);
    });

    it('a new link ends what the one before opened', async () => {
      await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(1),
        d.openLink(),
      );
    });

    it('a link ends with the role of whoever gave it', async () => {
      const walk = await within(
        d.invite('rivera', 'Eve', 'glucoseApp'),
        d.dismiss('mo', 'rivera', 'lakeside'),
        d.openLink(),
      );
      expect(walk.principals.filter(({ reader }) => reader.kind === 'link')).toEqual([]);
    });
  });

  describe('8 at proof', () => {
    it('what links had opened before reads, answers and uploads nothing any more', async () => {
      const walk = await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', glucose, true),
        eveProves(),
        d.linkAnswers('glucose', glucose, false),
        d.linkAnswers('glucose', heartRate, true),
        d.linkUploads(glucose),
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
      );
      expect(statuses(walk, /link holder 1: (PATCH|POST)/)).toEqual([200, 403, 403, 403]);
      expect(statuses(walk, /mo: POST .*invitation/)).toEqual([201, 403]);
    });
  });

  describe('8 each other session is listed at proof, and ends unless ticked', () => {
    const twoApps = [
      d.useApp('mo', 'hearts', 'westbankApp', true),
      d.enrol('mo', 'Eve', 'hearts'),
      d.invite('mo', 'Eve', 'westbankApp'),
      d.openLink(),
      d.invite('mo', 'Eve', 'glucoseApp'),
    ];

    it('what somebody else opened ends, whatever the form says', async () => {
      const claims = eveClaims(true);
      const walk = await within(...twoApps, claims, d.linkAnswers('hearts', heartRate, true));
      expect(claims.shown).toMatch(/Westbank app<\/b>, opened on/);
      expect(statuses(walk, /link holder 1: PATCH/)[0]).toBeGreaterThanOrEqual(401);
      expect(walk.evesToken).toBeDefined();
    });

    it.each([false, true])('what is of her own login stays if she ticks it: %s', async (ticks) => {
      const walk = await within(...twoApps, d.openLink(), eveClaims(ticks, true));
      const { seen } = await seenBy(walk, asPrincipal(walk, 'link holder 1'));
      // Hers from now on, with the glucose that went along; as a link it read nothing.
      expect(seen).toBe(ticks ? 1 : 0);
      const me = await walk.ask(asPrincipal(walk, 'link holder 1'), 'GET', '/api/v1/patients/me');
      expect(me.statusCode).toBe(ticks ? 200 : 401);
    });
  });

  describe('(b) whoever claims by a link with a mailbox of their own', () => {
    it('gets what the members of the organization may read at that moment, and nothing that is closed', async () => {
      // Rivera, who attests nothing, recorded the no to sleep that Eve said on the telephone.
      const walk = await within(d.invite('rivera', 'Eve', 'glucoseApp'), claimWithOwnMailbox());
      const { seen } = await seenBy(walk, asPrincipal(walk, 'claimer 1'));
      expect(seen).toBe(1);
    });

    it('nor from the app in which they opened the link, whatever they said there', async () => {
      const walk = await within(
        d.invite('rivera', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', sleep, false),
        d.linkAnswers('glucose', heartRate, true),
        d.linkUploads(heartRate),
        d.linkAnswers('glucose', heartRate, false),
        claimWithOwnMailbox('app'),
      );
      // The glucose that members read, and the heart rate that nobody but this session sent.
      const { seen } = await seenBy(walk, asPrincipal(walk, 'claimer 1'));
      expect(seen).toBe(2);
      expect(walk.principals.filter(({ reader }) => reader.kind === 'claimer')).toHaveLength(1);
    });

    it('nothing that somebody sent with a link before', async () => {
      await within(
        d.invite('mo', 'Eve', 'glucoseApp'),
        d.openLink(),
        d.linkAnswers('glucose', heartRate, true),
        d.linkUploads(heartRate),
        d.linkAnswers('glucose', heartRate, false),
        d.invite('rivera', 'Eve', 'glucoseApp'),
        claimWithOwnMailbox(),
      );
    });

    it('nothing for the fourteen days in which nobody reads', async () => {
      const walk = await within(
        d.setActive('mo', false),
        d.appoint('root', 'root', 'lakeside', 'manager'),
        d.invite('rivera', 'Eve', 'glucoseApp'),
        claimWithOwnMailbox(),
        d.timePasses(5),
        claimWithOwnMailbox(),
      );
      expect(walk.principals.filter(({ reader }) => reader.kind === 'claimer')).toEqual([]);
    });

    it('nothing with a link that was opened, a wrong birth date, or a record that its person keeps', async () => {
      const walk = await within(
        d.invite('mo', 'Ada', 'glucoseApp'),
        claimWithOwnMailbox(),
        d.invite('mo', 'Eve', 'glucoseApp'),
        claimWithOwnMailbox('link', '1999-01-02'),
        d.openLink(),
        claimWithOwnMailbox(),
      );
      expect(walk.principals.filter(({ reader }) => reader.kind === 'claimer')).toEqual([]);
    });
  });
}
