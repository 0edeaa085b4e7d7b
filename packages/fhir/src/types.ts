/**
 * FHIR R5 (5.0.0) types of the resources the exchange serves, by hand and no wider than needed.
 * Instants, dates and codes are strings as they stand on the wire; decimals are JSON numbers.
 * https://hl7.org/fhir/R5/datatypes.html
 */

/** Any extension; `value[x]` keeps its own name. https://hl7.org/fhir/R5/extensibility.html */
export type Extension = { url: string; extension?: Extension[] } & Record<`value${string}`, unknown>;

/** What every element may carry. */
export type Element = { id?: string; extension?: Extension[] };

/** `lastUpdated` is an instant, `source` names the store a resource came from. */
export type Meta = Element & {
  versionId?: string;
  lastUpdated?: string;
  source?: string;
  profile?: string[];
  security?: Coding[];
  tag?: Coding[];
};

/** One code of one code system. */
export type Coding = Element & {
  system?: string;
  version?: string;
  code?: string;
  display?: string;
  userSelected?: boolean;
};

/** A concept as codings, text, or both. */
export type CodeableConcept = Element & { coding?: Coding[]; text?: string };

/** A start and an end, both dateTime and both included. */
export type Period = Element & { start?: string; end?: string };

/** A business identifier, unique within its system. */
export type Identifier = Element & {
  use?: string;
  type?: CodeableConcept;
  system?: string;
  value?: string;
  period?: Period;
  assigner?: Reference;
};

/** A pointer to another resource: relative (`Patient/1`), absolute, or by identifier. */
export type Reference = Element & {
  reference?: string;
  type?: string;
  identifier?: Identifier;
  display?: string;
};

/** A measured amount; `system` and `code` are the UCUM unit. */
export type Quantity = Element & {
  value?: number;
  comparator?: string;
  unit?: string;
  system?: string;
  code?: string;
};

/** Content in base64 (`data`) or by link (`url`). `size` is bytes, a string in R5 JSON. */
export type Attachment = Element & {
  contentType?: string;
  language?: string;
  data?: string;
  url?: string;
  size?: string | number;
  hash?: string;
  title?: string;
  creation?: string;
};

/** A person's name in parts. */
export type HumanName = Element & {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
  prefix?: string[];
  suffix?: string[];
};

/** A phone number, e-mail address or other way to reach somebody. */
export type ContactPoint = Element & {
  system?: 'phone' | 'fax' | 'email' | 'pager' | 'url' | 'sms' | 'other';
  value?: string;
  use?: string;
  rank?: number;
};

/** What every resource may carry. */
export type Resource = {
  resourceType: string;
  id?: string;
  meta?: Meta;
  implicitRules?: string;
  language?: string;
};

/** What every resource but a Bundle may carry besides. */
export type DomainResource = Resource & {
  contained?: Resource[];
  extension?: Extension[];
  modifierExtension?: Extension[];
};

/** https://hl7.org/fhir/R5/valueset-observation-status.html */
export type ObservationStatus =
  | 'registered'
  | 'preliminary'
  | 'final'
  | 'amended'
  | 'corrected'
  | 'cancelled'
  | 'entered-in-error'
  | 'unknown';

/** The value of an observation or of a component; at most one of them is present. */
export type ObservationValue = {
  valueQuantity?: Quantity;
  valueCodeableConcept?: CodeableConcept;
  valueString?: string;
  valueBoolean?: boolean;
  valueInteger?: number;
  valueTime?: string;
  valueDateTime?: string;
  valuePeriod?: Period;
  valueAttachment?: Attachment;
  valueReference?: Reference;
};

/** https://hl7.org/fhir/R5/observation.html */
export type Observation = DomainResource &
  ObservationValue & {
    resourceType: 'Observation';
    identifier?: Identifier[];
    basedOn?: Reference[];
    partOf?: Reference[];
    status: ObservationStatus;
    category?: CodeableConcept[];
    code: CodeableConcept;
    subject?: Reference;
    encounter?: Reference;
    effectiveDateTime?: string;
    effectivePeriod?: Period;
    effectiveInstant?: string;
    issued?: string;
    performer?: Reference[];
    dataAbsentReason?: CodeableConcept;
    interpretation?: CodeableConcept[];
    bodySite?: CodeableConcept;
    method?: CodeableConcept;
    specimen?: Reference;
    device?: Reference;
    hasMember?: Reference[];
    derivedFrom?: Reference[];
    component?: ObservationComponent[];
  };

/** One part of an observation that is read together, such as systolic pressure. */
export type ObservationComponent = Element &
  ObservationValue & {
    code: CodeableConcept;
    dataAbsentReason?: CodeableConcept;
    interpretation?: CodeableConcept[];
  };

/** https://hl7.org/fhir/R5/patient.html */
export type Patient = DomainResource & {
  resourceType: 'Patient';
  identifier?: Identifier[];
  active?: boolean;
  name?: HumanName[];
  telecom?: ContactPoint[];
  gender?: 'male' | 'female' | 'other' | 'unknown';
  birthDate?: string;
  managingOrganization?: Reference;
};

/** https://hl7.org/fhir/R5/practitioner.html */
export type Practitioner = DomainResource & {
  resourceType: 'Practitioner';
  identifier?: Identifier[];
  active?: boolean;
  name?: HumanName[];
  telecom?: ContactPoint[];
};

/** https://hl7.org/fhir/R5/organization.html */
export type Organization = DomainResource & {
  resourceType: 'Organization';
  identifier?: Identifier[];
  active?: boolean;
  type?: CodeableConcept[];
  name?: string;
  description?: string;
  partOf?: Reference;
};

/** A study; `type` is the kind of member, `code` what the group is. https://hl7.org/fhir/R5/group.html */
export type Group = DomainResource & {
  resourceType: 'Group';
  identifier?: Identifier[];
  active?: boolean;
  type: 'person' | 'animal' | 'practitioner' | 'device' | 'careteam' | 'healthcareservice' | 'location';
  membership: 'definitional' | 'enumerated';
  code?: CodeableConcept;
  name?: string;
  description?: string;
  quantity?: number;
  managingEntity?: Reference;
  member?: { entity: Reference; period?: Period; inactive?: boolean }[];
};

/** A data source. https://hl7.org/fhir/R5/device.html */
export type Device = DomainResource & {
  resourceType: 'Device';
  identifier?: Identifier[];
  status?: 'active' | 'inactive' | 'entered-in-error';
  manufacturer?: string;
  name?: { value: string; type: string; display?: boolean }[];
  type?: CodeableConcept[];
};

/** https://hl7.org/fhir/R5/operationoutcome.html */
export type OperationOutcome = {
  resourceType: 'OperationOutcome';
  id?: string;
  issue: OperationOutcomeIssue[];
};

/** One fault or remark; `expression` is the path of the element or the name of the parameter. */
export type OperationOutcomeIssue = {
  severity: 'fatal' | 'error' | 'warning' | 'information' | 'success';
  code: string;
  details?: CodeableConcept;
  diagnostics?: string;
  expression?: string[];
};

/** https://hl7.org/fhir/R5/bundle.html */
export type Bundle<Entry = BundleEntry> = {
  resourceType: 'Bundle';
  type: 'searchset' | 'batch' | 'batch-response';
  meta?: Meta;
  total?: number;
  link?: BundleLink[];
  entry?: Entry[];
};

/** An absolute link of a Bundle. */
export type BundleLink = { relation: 'self' | 'previous' | 'next'; url: string };

/** An entry of a Bundle; which parts are present depends on the Bundle's type. */
export type BundleEntry = {
  fullUrl?: string;
  resource?: Resource | OperationOutcome;
  search?: { mode: 'match' | 'include' | 'outcome' };
  response?: {
    status: string;
    location?: string;
    etag?: string;
    lastModified?: string;
    outcome?: OperationOutcome;
  };
};
