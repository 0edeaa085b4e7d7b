/**
 * A search parameter. `as` is the name of the filter it makes, when several spellings mean one thing;
 * `aliases` are further names; `isListed: false` keeps it out of the CapabilityStatement, where chained
 * parameters have no place. `target` is the type a reference points to.
 */
export type SearchParameter = {
  name: string;
  as?: string;
  aliases?: readonly string[];
  isListed?: boolean;
  documentation?: string;
} & ({ type: 'id' | 'token' | 'date' | 'string' | 'uri' } | { type: 'reference'; target: string });

/** What can be asked of one resource type, with a table of names for look-up. */
export type SearchDefinition = {
  resourceType: string;
  parameters: readonly SearchParameter[];
  /** Keys `_sort` takes. */
  sort: readonly string[];
  byName: ReadonlyMap<string, SearchParameter>;
};

/** Makes a definition. Throws when two parameters share a name: a mistake in the table. */
export function defineSearch(
  resourceType: string,
  { parameters, sort }: { parameters: readonly SearchParameter[]; sort: readonly string[] },
): SearchDefinition {
  const byName = new Map<string, SearchParameter>();
  for (const parameter of parameters) {
    for (const name of [parameter.name, ...(parameter.aliases ?? [])]) {
      const key = normalizeName(name);
      if (byName.has(key)) throw new TypeError(`${resourceType}: parameter ${name} is defined twice`);
      byName.set(key, parameter);
    }
  }
  return { resourceType, parameters, sort, byName };
}

/**
 * A name as it is compared: without regard to case, `-` and `_`, since clients write `clinical-status`,
 * `clinical_status` and `clinicalStatus`; a leading `_` counts, so that `id` is not `_id`. A typed chain
 * over the patient (`patient:Patient.x`, `subject.x`) is the plain chain `patient.x`.
 */
export function normalizeName(name: string): string {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  const chain = plain.replace(/^(?:patient|subject)(?::patient)?\./, 'patient.');
  return name.startsWith('_') ? `_${chain}` : chain;
}

/**
 * The parameter and modifier a query name stands for. A name that is known as a whole has no modifier, even
 * with colons in it (`_has:Group:member:_id`).
 */
export function findParameter(
  definition: SearchDefinition,
  name: string,
): { parameter: SearchParameter; modifier: string | undefined } | undefined {
  const whole = definition.byName.get(normalizeName(name));
  if (whole !== undefined) return { parameter: whole, modifier: undefined };
  const colon = name.lastIndexOf(':');
  if (colon < 0) return undefined;
  const parameter = definition.byName.get(normalizeName(name.slice(0, colon)));
  return parameter && { parameter, modifier: normalizeName(name.slice(colon + 1)) };
}
