import type { Asked, Measure } from './measures.ts';

/** A heading and what to know and do, in place of a chart. */
export type Words = Readonly<{ title: string; text: string }>;

const list = (names: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format([...new Set(names)]);
const studiesOf = (asked: readonly Asked[]) => list(asked.map(({ study }) => `“${study.name}”`));
const of = ({ asked }: Measure, standing: string) =>
  asked.filter(({ answer }) => answer.standing === standing);

const ONLY_THE_PATIENT =
  'Only the patient can change that, in their own app; the readings then appear here by themselves.';

/** A no of the patient's own is the patient's to change; of any other the sharing tab says whose it is. */
const whoseNo = ({ asked }: Measure): string =>
  asked.every(({ answer }) => answer.source === 'patient')
    ? ONLY_THE_PATIENT
    : 'It is not the patient’s own answer: under Sharing stands whose it is, and who may change it.';

/** Why nothing of one kind of data can be seen: the truth for this reader. `name` is the patient's. */
export function whyClosed(measure: Measure, name: string, isAdministrator: boolean): Words {
  const { code, openness, asked } = measure;
  switch (openness) {
    case 'readable':
    case 'empty':
      return {
        title: `${code.text}: no readings have arrived yet`,
        text: `${name} shares this kind of data, but nothing has come in. Ask whether the device or app is connected; readings appear here by themselves.`,
      };
    case 'elsewhere': {
      const shared = of(measure, 'shared');
      const organizations = list(shared.map(({ study }) => study.organization.name));
      const reason = isAdministrator
        ? `You administer the exchange, and that opens nobody’s readings: only people of ${organizations} read them.`
        : `You are not among the people of ${organizations} who read them now. A manager there can tell why.`;
      return {
        title: `${code.text} is not shared with you`,
        text: `${name} shares it with ${studiesOf(shared)}. ${reason} Whether there are any readings is not shown.`,
      };
    }
    case 'waiting':
      return {
        title: `${code.text}: waiting for an answer`,
        text: `${studiesOf(of(measure, 'waiting'))} asks for this kind of data, and ${name} has not answered yet. Until there is a yes, nothing is shown.`,
      };
    case 'unconfirmed':
      return {
        title: `${code.text}: the yes waits for the patient`,
        text: `Somebody else recorded a yes for ${name} without stating a ground. It opens nothing until the patient answers, or a manager records it anew on a ground.`,
      };
    case 'stopped':
      return {
        title: `${code.text}: the yes has stopped counting`,
        text: `It was recorded for ${name} by somebody else, and the patient has since said no to this kind of data or keeps the record. It opens nothing until the patient answers.`,
      };
    case 'ended':
      return {
        title: `${code.text}: sharing has ended`,
        text: `${name} shared it until a day that has come. None of it is shown any more, not even what was shared before. ${ONLY_THE_PATIENT}`,
      };
    case 'withdrawn':
      return {
        title: `${code.text} is not shared any more`,
        text: `The yes was taken back, so none is shown, not even what was shared before. ${whoseNo(measure)}`,
      };
    case 'not-shared':
      return {
        title: `${code.text} is not shared`,
        text:
          asked.length > 0
            ? `${studiesOf(asked)} asked for this kind of data, and the answer is no. ${whoseNo(measure)}`
            : `${name} shares no readings of this kind with your studies. ${ONLY_THE_PATIENT}`,
      };
  }
}

/** Why nothing at all of a patient can be seen. */
export function whyAllClosed(measures: readonly Measure[], name: string, isAdministrator: boolean): Words {
  if (measures.length === 0) {
    return isAdministrator
      ? {
          title: 'You do not read this patient’s readings',
          text: 'You administer the exchange, and that opens nobody’s readings. No study asks this patient for anything yet.',
        }
      : {
          title: 'No study asks this patient for readings',
          text: `${name} is not enrolled in a study of your organizations, or those studies ask for nothing yet.`,
        };
  }
  const elsewhere = measures.flatMap((measure) =>
    measure.openness === 'elsewhere' ? of(measure, 'shared') : [],
  );
  if (elsewhere.length > 0) {
    const organizations = list(elsewhere.map(({ study }) => study.organization.name));
    return {
      title: 'Nothing is shared with you',
      text: isAdministrator
        ? `You administer the exchange, and that opens nobody’s readings. What ${name} shares is read by the people of ${organizations}; whether there are any readings is not shown.`
        : `What ${name} shares is read by the people of ${organizations}, and you are not among them now. Whether there are any readings is not shown.`,
    };
  }
  if (measures.every(({ openness }) => openness === 'waiting')) {
    return {
      title: 'Waiting for the patient’s answers',
      text: `${name} was asked to share, and has not answered yet. Until there is a yes, nothing is shown.`,
    };
  }
  return {
    title: 'Nothing is shared at present',
    text: `${name} shares no readings with your studies now, so none are shown, not even those that were shared before. Only the patient can change that, in their own app; the readings then appear here by themselves.`,
  };
}
