import type { SearchDefinition, SearchParameter } from './search/definition.ts';
import type { Extension } from './types.ts';

/** What can be done with a resource type. https://hl7.org/fhir/R5/valueset-type-restful-interaction.html */
export type TypeInteraction =
  | 'read'
  | 'vread'
  | 'update'
  | 'patch'
  | 'delete'
  | 'history-instance'
  | 'history-type'
  | 'create'
  | 'search-type';

/** One served type; `search` is there when it can be searched. */
export type ServedResource = {
  type: string;
  interactions: readonly TypeInteraction[];
  search?: SearchDefinition;
  documentation?: string;
};

/** An interaction or parameter; the extension says that it is a promise (SHALL). */
export type CapabilityItem = { extension: Extension[] };

/** The parts of a CapabilityStatement that are written here. https://hl7.org/fhir/R5/capabilitystatement.html */
export type CapabilityStatement = {
  resourceType: 'CapabilityStatement';
  status: 'active';
  date: string;
  kind: 'instance';
  software: { name: string; version?: string };
  implementation: { description: string; url: string };
  fhirVersion: '5.0.0';
  format: string[];
  rest: {
    mode: 'server';
    documentation: string;
    security: {
      extension: { url: string; extension: { url: string; valueUri: string }[] }[];
      service: { coding: { system: string; code: string }[] }[];
      description: string;
    };
    interaction: { code: 'batch' | 'transaction' | 'search-system' }[];
    resource: CapabilityResource[];
  }[];
};

/** One `rest.resource`. */
export type CapabilityResource = {
  type: string;
  documentation?: string;
  interaction: (CapabilityItem & { code: TypeInteraction })[];
  searchParam?: (CapabilityItem & {
    name: string;
    type: 'token' | 'date' | 'string' | 'reference' | 'uri';
    documentation?: string;
  })[];
};

const EXPECTATION = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation';
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
const SECURITY_SERVICE = 'http://hl7.org/fhir/restful-security-service';

const shall = (): Extension[] => [{ url: EXPECTATION, valueCode: 'SHALL' }];
const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * The CapabilityStatement of the FHIR face. `origin` is the server's absolute URL without a path, `date` a
 * dateTime that must not change between requests (the start of the process), `version` the software's.
 * Types, interactions and parameters are sorted by name, the parameters of every type last, so that two
 * answers are equal byte for byte. https://hl7.org/fhir/R5/http.html#capabilities
 */
export function capabilityStatement({
  origin,
  date,
  version,
  resources,
}: {
  origin: string;
  date: string;
  version?: string;
  resources: readonly ServedResource[];
}): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'JupyterHealth Exchange', ...(version === undefined ? {} : { version }) },
    implementation: {
      description: 'Patient-consented health data for studies',
      url: `${origin}/FHIR/R5/`,
    },
    fhirVersion: '5.0.0',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Searches take _sort with the keys date and lastUpdated where a type has them, _summary=count, ' +
          '_count, _page, _total and _elements, and may be sent by POST to _search. Parameters that are not ' +
          'understood are refused; with Prefer: handling=lenient they are passed over, named in an ' +
          "OperationOutcome and left out of the self link. A patient's data are visible to a study's team as " +
          'far as the patient consents at the time of the request.',
        security: {
          extension: [
            {
              url: OAUTH_URIS,
              extension: [
                { url: 'authorize', valueUri: `${origin}/o/authorize/` },
                { url: 'token', valueUri: `${origin}/o/token/` },
              ],
            },
          ],
          service: [{ coding: [{ system: SECURITY_SERVICE, code: 'SMART-on-FHIR' }] }],
          description: 'OAuth 2.0 bearer tokens, obtained by the authorization code grant with PKCE.',
        },
        interaction: [{ code: 'batch' }],
        resource: [...resources].sort((left, right) => byText(left.type, right.type)).map(toResource),
      },
    ],
  };
}

function toResource({ type, documentation, interactions, search }: ServedResource): CapabilityResource {
  return {
    type,
    ...(documentation === undefined ? {} : { documentation }),
    interaction: [...new Set(interactions)].sort(byText).map((code) => ({ extension: shall(), code })),
    ...(search === undefined ? {} : { searchParam: toSearchParams(search) }),
  };
}

function toSearchParams({ parameters }: SearchDefinition): NonNullable<CapabilityResource['searchParam']> {
  const listed = parameters.filter(({ isListed }) => isListed !== false);
  const isCommon = ({ name }: SearchParameter): boolean => name.startsWith('_');
  const own = listed.filter((parameter) => !isCommon(parameter));
  return [...own.sort((left, right) => byText(left.name, right.name)), ...listed.filter(isCommon)].map(
    ({ name, type, documentation }) => ({
      extension: shall(),
      name,
      type: type === 'id' ? 'token' : type,
      ...(documentation === undefined ? {} : { documentation }),
    }),
  );
}
