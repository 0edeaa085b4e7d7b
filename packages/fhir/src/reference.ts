const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** True for the syntax of a FHIR id: 1 to 64 letters, digits, `-` and `.`. https://hl7.org/fhir/R5/datatypes.html#id */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** An id, or why the text is no reference to a resource of the wanted type on this server. */
export type ReferenceResult = { ok: true; id: string } | { ok: false; message: string };

/**
 * The id that a reference to a resource of `type` on this server points to: `40001`, `Patient/40001`, or
 * `https://own.host/FHIR/R5/Patient/40001`, where the path may also be in lower case (`/fhir/r5`).
 * Refuses another type, another server, versions, fragments and anything else; never repeats the text.
 * `base` is the absolute URL of the FHIR face, with or without a final slash.
 * https://hl7.org/fhir/R5/references.html#literal
 */
export function parseReference(
  text: string,
  { base, type }: { base: string; type: string },
): ReferenceResult {
  let relative = text;
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    const own = ownBases(base).find((prefix) => startsWithUrl(text, prefix));
    if (own === undefined) return { ok: false, message: 'points to another server' };
    relative = text.slice(own.length);
    if (!relative.includes('/')) return { ok: false, message: `is no reference to a ${type}` };
  }
  const slash = relative.indexOf('/');
  if (slash >= 0 && relative.slice(0, slash) !== type) {
    return { ok: false, message: `is no reference to a ${type}` };
  }
  const id = relative.slice(slash + 1);
  return isId(id) ? { ok: true, id } : { ok: false, message: `is no reference to a ${type}` };
}

function ownBases(base: string): string[] {
  const stem = base.replace(/\/+$/, '');
  const lower = stem.replace(/\/FHIR\/R5$/i, '/fhir/r5');
  const upper = stem.replace(/\/FHIR\/R5$/i, '/FHIR/R5');
  return [`${stem}/`, `${lower}/`, `${upper}/`];
}

/** Scheme and host compare without regard to case, the path as it is (RFC 3986 section 6.2.2.1). */
function startsWithUrl(text: string, prefix: string): boolean {
  const pathStart = prefix.indexOf('/', prefix.indexOf('://') + 3);
  return (
    text.slice(0, pathStart).toLowerCase() === prefix.slice(0, pathStart).toLowerCase() &&
    text.startsWith(prefix.slice(pathStart), pathStart)
  );
}
