/** What the server does without being asked: sending mail, and forgetting what nobody needs any more. */
import type { System } from '../access/system.ts';
import type { AppDeps } from '../app.ts';
import type { Config } from '../config.ts';
import { repairSeries } from '../operations/repair-series.ts';
import { purgeMail } from '../store/mail.ts';
import { purgeCounts } from '../store/oauth-attempts.ts';
import { createMailSender } from './mail-sender.ts';
import { openSmtp } from './smtp.ts';
import { tellPeople } from './tell-people.ts';

const SECOND_MS = 1000;
/** How soon people are told what others did with their record. */
const TELL_MS = 10 * SECOND_MS;
const HOUR_MS = 60 * 60 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
/** Mail holds links and addresses: after a week neither is needed. */
const MAIL_KEPT_MS = 7 * DAY_MS;
/** Longer than anything is counted for. */
const COUNTS_KEPT_MS = 2 * DAY_MS;
/** What a mail server may still take when this server is asked to end. */
const GRACE_MS = 15 * SECOND_MS;

type Parts = Readonly<{
  config: Pick<Config, 'smtp' | 'mailFrom' | 'siteUrl'>;
  system: System;
  clock: () => Date;
  log: AppDeps['log'];
}>;

export type Jobs = Readonly<{
  /** Begins to work, again and again until `stop`. */
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}>;

/** The jobs of a server. All servers of a database may run them side by side. Without an SMTP server mail stays. */
export function createJobs({ config, system, clock, log }: Parts): Jobs {
  const sender = config.smtp
    ? createMailSender({ system, clock, log, deliver: openSmtp(config.smtp, config.mailFrom) })
    : null;
  const before = (ms: number) => new Date(clock().getTime() - ms);
  const loops: Loop[] = [];

  return {
    start() {
      loops.push(once((isOver) => checkSeries(system, log, isOver), log));
      loops.push(repeat(() => tellPeople(system, config.siteUrl, clock()), TELL_MS, log));
      if (sender) loops.push(repeat(() => sender.sendWaiting(), SECOND_MS, log));
      loops.push(
        repeat(
          () =>
            system('mail', async (sight) => {
              await purgeMail(sight, before(MAIL_KEPT_MS));
              await purgeCounts(sight, before(COUNTS_KEPT_MS), clock());
            }),
          HOUR_MS,
          log,
        ),
      );
    },
    async stop() {
      await Promise.all([sender?.stop(GRACE_MS), ...loops.map((loop) => loop.end())]);
    },
  };
}

/** Once after the start: do the counts say what there is? An older version could leave them wrong. */
async function checkSeries(system: System, log: AppDeps['log'], isOver: () => boolean): Promise<void> {
  const wrong = await repairSeries((body) => system('series', body), 'check', isOver);
  if (wrong > 0) log.error({ series: wrong }, 'series differ from their readings: run "jhe repair series"');
}

type Loop = { end(): Promise<void> };

/** Does something one time, beside everything else. */
function once(job: (isOver: () => boolean) => Promise<unknown>, log: AppDeps['log']): Loop {
  let ended = false;
  const running = job(() => ended).then(
    () => {},
    (fault: Error & { code?: string }) => {
      if (!ended) log.error({ name: fault.name, code: fault.code }, 'a job failed');
    },
  );
  return {
    end() {
      ended = true;
      return running;
    },
  };
}

/** Does something now and again `pauseMs` after it has ended, whether it went well or not. Keeps no process alive. */
function repeat(job: () => Promise<unknown>, pauseMs: number, log: AppDeps['log']): Loop {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const round = async () => {
    try {
      await job();
    } catch (fault) {
      const { name, code } = fault as Error & { code?: string };
      if (!ended) log.error({ name, code }, 'a job failed');
    }
    if (!ended) timer = setTimeout(begin, pauseMs).unref();
  };
  let running = Promise.resolve();
  const begin = () => {
    running = round();
  };
  begin();
  return {
    end() {
      ended = true;
      clearTimeout(timer);
      return running;
    },
  };
}
