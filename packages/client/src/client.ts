import { createTransport, type Query, type TransportOptions } from './transport.ts';
import type {
  App,
  ConsentEvent,
  DataSource,
  Launch,
  Member,
  Organization,
  Page,
  Patient,
  PatientConsents,
  Profile,
  ScopeRequest,
  Series,
  SeriesValues,
  Study,
} from './wire.ts';

export type PatientFilter = Readonly<{
  organizationId?: number | undefined;
  studyId?: number | undefined;
  /** An external identifier, whole. */
  patientIdentifierValue?: string | undefined;
  /** Words: each is part of the name, begins an identifier or the address, or is the birth date or the record's number. */
  search?: string | undefined;
  /** From 1. */
  page?: number | undefined;
  /** At most 1000; 20 when not given. */
  pageSize?: number | undefined;
}>;

/** A stretch of time in epoch milliseconds; its end is not part of it. */
export type TimeRange = Readonly<{ from: number; to: number }>;

/** `limits`: bounds, ascending, between which the readings of a day are counted. */
export type ValuesWanted = TimeRange &
  Readonly<{ unit?: string | undefined; limits?: readonly number[] | undefined }>;

/** What the API serves at once. */
const LARGEST_PAGE = 1000;

export type Client = ReturnType<typeof createClient>;

/**
 * Typed calls of `/api/v1` for apps that show what is shared. Each rejects with an ExchangeError, or with an
 * AbortError when its signal gives it up. Nothing is kept between calls. Contract sections 3 and 4.
 */
export function createClient(options: TransportOptions) {
  const { get, post } = createTransport(options);
  const api = '/api/v1';
  /** All pages of a list as one: nothing of it is left out. */
  const whole = async <Item>(path: string, query: Query, signal?: AbortSignal): Promise<Page<Item>> => {
    const results: Item[] = [];
    for (let page = 1; ; page++) {
      const part = await get<Page<Item>>(path, { ...query, page, pageSize: LARGEST_PAGE }, signal);
      results.push(...part.results);
      if (part.next === null) return { ...part, previous: null, results };
    }
  };
  return {
    /** The person who is signed in. */
    profile: (signal?: AbortSignal) => get<Profile>(`${api}/users/profile`, {}, signal),

    /** The organizations the caller belongs to as a practitioner, with the caller's role in each. */
    ownOrganizations: (signal?: AbortSignal) =>
      get<readonly Organization[]>(`${api}/users/organizations`, {}, signal),

    /** The organizations directly below one; 0 stands above all. */
    organizationsBelow: (partOf: number, signal?: AbortSignal) =>
      whole<Organization>(`${api}/organizations`, { partOf }, signal),

    /** An organization with everything below it. */
    organizationTree: (id: number, signal?: AbortSignal) =>
      get<Organization>(`${api}/organizations/${id}/tree`, {}, signal),

    /** Names of the types of organizations, by their code. */
    organizationTypes: (signal?: AbortSignal) =>
      get<Readonly<Record<string, string>>>(`${api}/organizations/types`, {}, signal),

    /** Who works for one of the caller's organizations. */
    organizationMembers: (id: number, signal?: AbortSignal) =>
      get<readonly Member[]>(`${api}/organizations/${id}/users`, {}, signal),

    /** Studies of the caller's organizations, by name. */
    studies: (filter: Readonly<{ organizationId?: number | undefined }>, signal?: AbortSignal) =>
      whole<Study>(`${api}/studies`, filter, signal),

    study: (id: number, signal?: AbortSignal) => get<Study>(`${api}/studies/${id}`, {}, signal),

    /** What a study asks patients to share. */
    scopeRequests: (studyId: number, signal?: AbortSignal) =>
      get<readonly ScopeRequest[]>(`${api}/studies/${studyId}/scope_requests`, {}, signal),

    /** Where a study's readings may come from. */
    studyDataSources: (studyId: number, signal?: AbortSignal) =>
      get<readonly Readonly<{ id: number; dataSource: DataSource }>[]>(
        `${api}/studies/${studyId}/data_sources`,
        {},
        signal,
      ),

    /** Patients who share an organization with the caller. A page past the end is a not-found fault. */
    patients: (filter: PatientFilter, signal?: AbortSignal) =>
      get<Page<Patient>>(`${api}/patients`, filter, signal),

    patient: (id: number, signal?: AbortSignal) => get<Patient>(`${api}/patients/${id}`, {}, signal),

    /** Which studies ask this patient for what, and the answers. */
    consents: (patientId: number, signal?: AbortSignal) =>
      get<PatientConsents>(`${api}/patients/${patientId}/consents`, {}, signal),

    /** Every change of this patient's answers, newest first. */
    consentHistory: (patientId: number, signal?: AbortSignal) =>
      whole<ConsentEvent>(`${api}/patients/${patientId}/consents/history`, {}, signal),

    /** What the caller may read of this patient now, also before anything has arrived: what is not shared is not in it. */
    series: (patientId: number, signal?: AbortSignal) =>
      get<readonly Series[]>(`${api}/patients/${patientId}/series`, {}, signal),

    /** The readings of one series in a stretch of time, thinned where they are many. */
    seriesValues: (
      patientId: number,
      codeId: number,
      { from, to, unit, limits }: ValuesWanted,
      signal?: AbortSignal,
    ) =>
      get<SeriesValues>(
        `${api}/patients/${patientId}/series/${codeId}/values`,
        { from: new Date(from).toISOString(), to: new Date(to).toISOString(), unit, limits: limits?.join() },
        signal,
      ),

    /** Registered apps that can be opened from here, by name. */
    launchableApps: (signal?: AbortSignal) => whole<App>(`${api}/clients`, { launchable: 'true' }, signal),

    /** Opens an app, about a patient where one is given: the address works once, for five minutes, for the caller. */
    startLaunch: (launch: Readonly<{ clientId: string; patientId?: number | undefined }>) =>
      post<Launch>(`${api}/launches`, launch),
  } as const;
}
