/** Mail as its reader gets it: in the database its text is sealed while it waits. */
import { createSealing, keyNameIn, SEALED_FOR } from '../../apps/exchange/src/access/sealing.ts';
import { TEST_SEALING_KEYS } from './database.ts';

const sealing = createSealing(TEST_SEALING_KEYS);

/**
 * Rows of `mail`, with at least their recipient and body, with the text of each in place of what is kept of it. Refuses one
 * that was written around the sealing.
 */
export function openMails<Row extends object>(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    const { recipient, body } = row as { recipient: string; body: string };
    if (body !== '' && keyNameIn(body) === undefined) throw new Error('this mail is not sealed');
    return { ...row, body: sealing.open(body, SEALED_FOR.mail(recipient)) };
  });
}
