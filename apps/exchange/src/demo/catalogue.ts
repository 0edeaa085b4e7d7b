/** What can be measured, with what, and by which studies of the demo world it is asked for. */
import { IEEE_SYSTEM, OMH_SYSTEM } from '@jhe/omh';

export const CODES: readonly { id: number; system: string; code: string; text: string }[] = [
  { id: 50001, system: OMH_SYSTEM, code: 'omh:blood-glucose:4.0', text: 'Blood glucose' },
  { id: 50002, system: OMH_SYSTEM, code: 'omh:blood-pressure:4.0', text: 'Blood pressure' },
  { id: 50003, system: OMH_SYSTEM, code: 'omh:body-temperature:4.0', text: 'Body temperature' },
  { id: 50004, system: OMH_SYSTEM, code: 'omh:heart-rate:2.0', text: 'Heart Rate' },
  { id: 50005, system: OMH_SYSTEM, code: 'omh:oxygen-saturation:2.0', text: 'Oxygen saturation' },
  { id: 50006, system: OMH_SYSTEM, code: 'omh:respiratory-rate:2.0', text: 'Respiratory rate' },
  { id: 50007, system: OMH_SYSTEM, code: 'omh:rr-interval:1.0', text: 'RR Interval' },
  { id: 50008, system: OMH_SYSTEM, code: 'omh:body-weight:3.0', text: 'Body weight' },
  { id: 50009, system: OMH_SYSTEM, code: 'omh:forced-vital-capacity:1.0', text: 'Forced vital capacity' },
  {
    id: 50010,
    system: OMH_SYSTEM,
    code: 'omh:forced-expiratory-volume-1-second:1.0',
    text: 'Forced expiratory volume 1 second',
  },
  {
    id: 50011,
    system: 'http://hl7.org/fhir/resource-types',
    code: 'QuestionnaireResponse',
    text: 'FHIR QuestionnaireResponse',
  },
  { id: 50012, system: OMH_SYSTEM, code: 'omh:physical-activity:1.2', text: 'Physical activity' },
  { id: 50013, system: OMH_SYSTEM, code: 'omh:step-count:3.0', text: 'Step count' },
  { id: 50014, system: IEEE_SYSTEM, code: 'ieee:sleep-stage-summary:1.0', text: 'Sleep stage summary' },
  { id: 50015, system: OMH_SYSTEM, code: 'omh:sleep-episode:1.1', text: 'Sleep episode' },
  { id: 50016, system: OMH_SYSTEM, code: 'omh:sleep-duration:2.0', text: 'Sleep duration' },
  { id: 50017, system: IEEE_SYSTEM, code: 'ieee:food-entry:0.1', text: 'Meal' },
];

export const DATA_SOURCES: readonly { id: number; name: string; type: string; codes: readonly number[] }[] = [
  { id: 70001, name: 'CareX', type: 'personal_device', codes: [50002, 50004] },
  { id: 70002, name: 'Dexcom', type: 'personal_device', codes: [50001] },
  { id: 70003, name: 'iHealth', type: 'personal_device', codes: [50003, 50004] },
  { id: 70004, name: 'Oura', type: 'personal_device', codes: [50004] },
  { id: 70005, name: 'Questionnaire', type: 'patient_app', codes: [50011] },
  { id: 70006, name: 'Patient Access API', type: 'medical_device', codes: [] },
  { id: 70007, name: 'Watch', type: 'personal_device', codes: [50004, 50012, 50013, 50015] },
  { id: 70008, name: 'Meal diary', type: 'patient_app', codes: [50017] },
];

/** Patients' apps; the portal registers itself. */
export const CLIENTS: readonly {
  id: number;
  clientId: string;
  name: string;
  defaultScopes: string;
  invitationUrl: string;
  dataSources: readonly number[];
}[] = [
  {
    id: 2,
    clientId: 'carex',
    name: 'CareX',
    defaultScopes: 'patient/*.cruds',
    invitationUrl: 'https://carex.ai/invitation/CODE',
    dataSources: [70001, 70005],
  },
  {
    id: 3,
    clientId: 'commonhealth',
    name: 'CommonHealth',
    defaultScopes: 'patient/*.cruds',
    invitationUrl: 'https://commonhealth.tcp.org?invitation=CODE',
    dataSources: [70002, 70003, 70007, 70008],
  },
];

/** The notebook server of whoever tries the exchange, with the SMART extension that Jupyter has: opened from here. */
export const NOTEBOOK = {
  id: 4,
  clientId: 'jupyter-smart-on-fhir',
  name: 'Jupyter notebook (localhost)',
  defaultScopes: 'patient/*.rs',
  launchUri: 'http://localhost:8888/smart-on-fhir/launch',
  redirectUri: 'http://localhost:8888/smart-on-fhir/callback',
} as const;

export const STUDIES: readonly {
  id: number;
  name: string;
  description: string;
  organization: number;
  codes: readonly number[];
  dataSources: readonly number[];
  clients: readonly number[];
}[] = [
  {
    id: 30001,
    name: 'Lifespan Study on BP & HR',
    description: 'Blood Pressure & Heart Rate',
    organization: 20003,
    codes: [50002, 50004, 50011],
    dataSources: [70001, 70005],
    clients: [2],
  },
  {
    id: 30002,
    name: 'Lifespan Study on BP',
    description: 'Blood Pressure',
    organization: 20003,
    codes: [50002, 50011],
    dataSources: [70001, 70005],
    clients: [2],
  },
  {
    id: 30003,
    name: 'Cardiology Div Study on BGL',
    description: 'Blood Glucose',
    organization: 20006,
    codes: [50001],
    dataSources: [70002],
    clients: [3],
  },
  {
    id: 30004,
    name: 'Nep Pulse Lab Study on BT',
    description: 'Body Temperature',
    organization: 20007,
    codes: [50003],
    dataSources: [70003],
    clients: [3],
  },
  {
    id: 30005,
    name: 'Cosmic Cardio Lab Study on O2',
    description: 'Oxygen Saturation',
    organization: 20008,
    codes: [50005],
    dataSources: [],
    clients: [],
  },
  {
    id: 30006,
    name: 'Meals, movement and fatigue',
    description: 'Which meals, followed by which movement, come before fatigue?',
    organization: 20009,
    codes: [50001, 50004, 50012, 50013, 50015, 50017],
    dataSources: [70002, 70007, 70008],
    clients: [3],
  },
];

/** Answers by patient and study: code -> yes or no. A requested code without an answer is left waiting. */
export const ANSWERS: readonly {
  patientId: number;
  studyId: number;
  codes: Readonly<Record<number, boolean>>;
}[] = [
  { patientId: 40001, studyId: 30001, codes: { 50002: true, 50004: true, 50011: true } },
  { patientId: 40001, studyId: 30002, codes: {} },
  { patientId: 40002, studyId: 30001, codes: { 50002: true, 50004: true, 50011: true } },
  { patientId: 40002, studyId: 30002, codes: { 50002: true, 50011: true } },
  { patientId: 40005, studyId: 30003, codes: { 50001: true } },
  { patientId: 40003, studyId: 30004, codes: { 50003: true } },
  { patientId: 40004, studyId: 30005, codes: { 50005: true } },
  { patientId: 40005, studyId: 30005, codes: { 50005: true } },
  // Ada shares glucose, heart rate, workouts and meals, keeps her sleep to herself, and has not decided about steps.
  {
    patientId: 40006,
    studyId: 30006,
    codes: { 50001: true, 50004: true, 50012: true, 50017: true, 50015: false },
  },
];
