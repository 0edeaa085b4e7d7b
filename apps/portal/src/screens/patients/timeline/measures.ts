import type { Code, ConsentStudy, Series } from '@jhe/client';
import type { Answer, Standing, StudyAnswers } from '../sharing/answers.ts';
import { STANDING_WORDS } from '../sharing/standing-words.ts';

export const GLUCOSE = 'omh:blood-glucose:4.0';

/**
 * Whether readings can be seen now. `empty`: they could, but none has arrived; `elsewhere`: they are shared, and the reader is
 * not among those who read them; otherwise how the question stands that lets nobody read them.
 */
export type Openness = 'readable' | 'empty' | 'elsewhere' | Exclude<Standing, 'shared'>;

/** A question about a kind of data, and who asked it. */
export type Asked = Readonly<{ study: ConsentStudy; answer: Answer }>;

/** A kind of data of a patient. `series` is there when there are readings to see. */
export type Measure = Readonly<{
  code: Code;
  series: Series | null;
  openness: Openness;
  /** Every study that asks for it. */
  asked: readonly Asked[];
  /** The answer that opens it, where no answer of the patient's own does. */
  onBehalf: Asked | null;
}>;

/** Of several questions about one kind of data the one that says most. */
const RANK: readonly Standing[] = [
  'shared',
  'waiting',
  'unconfirmed',
  'stopped',
  'ended',
  'withdrawn',
  'not-shared',
];

/** Glucose first, then by name; what is asked for but not readable stands beside what is. `open` is what the reader may read. */
export function toMeasures(open: readonly Series[], studies: readonly StudyAnswers[]): Measure[] {
  const asked = new Map<number, Asked[]>();
  const codes = new Map<number, Code>();
  for (const { study, answers } of studies) {
    for (const answer of answers) {
      codes.set(answer.code.id, answer.code);
      asked.set(answer.code.id, [...(asked.get(answer.code.id) ?? []), { study, answer }]);
    }
  }
  for (const { codeId: id, codingSystem, codingCode, text } of open)
    codes.set(id, { id, codingSystem, codingCode, text });

  const measures = [...codes.values()].map((code): Measure => {
    const series = open.find(({ codeId }) => codeId === code.id);
    const questions = asked.get(code.id) ?? [];
    const shared = questions.filter(({ answer }) => answer.standing === 'shared');
    const isOwn = shared.length === 0 || shared.some(({ answer }) => answer.source === 'patient');
    return {
      code,
      series: series && series.count > 0 ? series : null,
      openness: series ? (series.count > 0 ? 'readable' : 'empty') : closedBy(questions),
      asked: questions,
      onBehalf: series && !isOwn ? (shared[0] ?? null) : null,
    };
  });
  const rank = ({ code }: Measure) => (code.codingCode === GLUCOSE ? 0 : 1);
  return measures.sort((a, b) => rank(a) - rank(b) || a.code.text.localeCompare(b.code.text));
}

function closedBy(questions: readonly Asked[]): Openness {
  const standings = questions.map(({ answer }) => answer.standing);
  const best = RANK.find((standing) => standings.includes(standing)) ?? 'not-shared';
  return best === 'shared' ? 'elsewhere' : best;
}

/** Why there are no readings, in the words of the sharing tab; undefined where there are. */
export function opennessText(openness: Openness): string | undefined {
  if (openness === 'readable') return undefined;
  if (openness === 'empty') return 'no readings yet';
  if (openness === 'elsewhere') return 'not shared with you';
  const words = STANDING_WORDS[openness];
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/**
 * The measures an address asks for (`50001.50004`). Without a wish: glucose, even while it cannot be read, because its
 * absence is an answer too; and then also the first that can be read.
 */
export function chosenMeasures(measures: readonly Measure[], wish: string | null): readonly Measure[] {
  const ids = wish?.split('.').map(Number) ?? [];
  const wished = measures.filter(({ code }) => ids.includes(code.id));
  if (wished.length > 0) return wished;
  const glucose = measures.find(({ code }) => code.codingCode === GLUCOSE);
  const readable = measures.find(({ series }) => series);
  if (glucose) return glucose.series || !readable ? [glucose] : [glucose, readable];
  return readable ? [readable] : measures.slice(0, 1);
}
