/**
 * Splits at each separator that no backslash escapes; the parts keep their escapes.
 * https://hl7.org/fhir/R5/search.html#escaping
 */
export function splitEscaped(text: string, separator: ',' | '|'): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Takes the backslash off `\,` `\|` `\$` and `\\`; any other backslash stands for itself. */
export function unescapeValue(text: string): string {
  return text.replace(/\\([,|$\\])/g, '$1');
}

/** The inverse of `unescapeValue`, for building a query. */
export function escapeValue(text: string): string {
  return text.replace(/[,|$\\]/g, '\\$&');
}
