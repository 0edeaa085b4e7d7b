export { type AttachmentResult, decodeAttachment } from './attachment.ts';
export {
  BATCH_CONDITIONS,
  type BatchCondition,
  type BatchFault,
  type BatchMethod,
  type BatchRequest,
  type BatchResult,
  batchResponse,
  parseBatch,
  type Searchset,
  type SearchsetPage,
  searchset,
} from './bundle.ts';
export {
  type CapabilityResource,
  type CapabilityStatement,
  capabilityStatement,
  type ServedResource,
  type TypeInteraction,
} from './capability.ts';
export { type ObservationResult, parseObservation } from './observation-validator.ts';
export { type Issue, type IssueCode, outcome, type Refusal } from './operation-outcome.ts';
export { pageLinks, withParameter } from './page-links.ts';
export { isId, parseReference, type ReferenceResult } from './reference.ts';
export type { DateFilter, DatePrefix, DateValue } from './search/date.ts';
export { parseDate } from './search/date.ts';
export { defineSearch, type SearchDefinition, type SearchParameter } from './search/definition.ts';
export { SEARCH_DEFINITIONS } from './search/definitions.ts';
export { parseElements, withElements } from './search/elements.ts';
export type { IdFilter } from './search/id.ts';
export { parseSearch } from './search/parse.ts';
export type { ReferenceFilter } from './search/reference.ts';
export { DEFAULT_COUNT, MAX_COUNT } from './search/result-parameters.ts';
export type { Filter, Search, SortKey } from './search/search.ts';
export type { StringFilter } from './search/string.ts';
export { parseToken, renderToken, type TokenFilter, type TokenValue } from './search/token.ts';
export type { UriFilter } from './search/uri.ts';
export type {
  Attachment,
  Bundle,
  BundleEntry,
  BundleLink,
  CodeableConcept,
  Coding,
  ContactPoint,
  Device,
  DomainResource,
  Extension,
  Group,
  HumanName,
  Identifier,
  Meta,
  Observation,
  ObservationComponent,
  ObservationStatus,
  ObservationValue,
  OperationOutcome,
  OperationOutcomeIssue,
  Organization,
  Patient,
  Period,
  Practitioner,
  Quantity,
  Reference,
  Resource,
} from './types.ts';
export type { ValidationIssue } from './validation/shape.ts';
