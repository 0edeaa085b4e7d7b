/** Reads the SQL templates of a file just closely enough to know what they read from. */

/** Set-returning functions that hold what was passed in, not what is stored. */
const FUNCTIONS = /^(unnest|json_to_recordset|jsonb_to_recordset|generate_series|lateral|values)$/;

/**
 * The bare names that stand where rows are read: after FROM, JOIN and USING, and after a comma in their lists. Names of
 * common table expressions, functions of the arguments, subselects and fragments (`${...}`) are not among them, nor is
 * the table of a DELETE, which takes its authority from what stands after USING or in its condition.
 */
export function strangeRelations(source: string): string[] {
  return templatesOf(source).flatMap((template) => {
    const sql = template
      .replace(/--.*$/gm, '')
      .replace(/'[^']*'/g, "''")
      .replace(/\s+/g, ' ');
    const own = new Set(
      [
        ...sql.matchAll(
          /(?:\bwith|\brecursive|,)\s*(\w+)\s*(?:\([^)]*\)\s*)?as\s*(?:not materialized|materialized)?\s*\(/gi,
        ),
      ].map((m) => m[1]!.toLowerCase()),
    );
    const names: string[] = [];
    for (const match of sql.matchAll(/\b(from|join|using)\s+(?=\S)/gi)) {
      const before = sql.slice(0, match.index);
      // extract(epoch from x), x is distinct from y, and the table of a DELETE.
      if (/\b(extract|trim|substring|overlay)\s*\([^()]*$/i.test(before) || /\bdistinct\s+$/i.test(before))
        continue;
      const isDelete = /\bdelete\s+$/i.test(before);
      const items = fromItems(sql.slice(match.index + match[0].length));
      for (const item of isDelete ? items.slice(1) : items) {
        const name = /^[a-z_][\w.]*/i.exec(item)?.[0].toLowerCase();
        if (name && !FUNCTIONS.test(name) && !own.has(name) && !/^\w+\s*\($/.test(item)) names.push(name);
      }
    }
    return names;
  });
}

/** The items of a FROM list, up to the next clause, split at its own commas. */
function fromItems(text: string): string[] {
  let depth = 0;
  let item = '';
  const items: string[] = [];
  for (const token of text.match(/\$\{\}|[\w.]+|\s+|./g) ?? []) {
    if (token === '(') depth++;
    else if (token === ')' && --depth < 0) break;
    if (
      depth === 0 &&
      /^(where|join|left|right|inner|cross|full|on|order|group|limit|union|returning|set|using|for|having)$/i.test(
        token,
      )
    )
      break;
    if (depth === 0 && token === ',') {
      items.push(item.trim());
      item = '';
    } else item += token;
  }
  return [...items, item.trim()].filter((text) => text !== '');
}

/** The texts of the sql`...` templates of a file, each with its expressions as `${}`; nested ones come on their own. */
function templatesOf(source: string): string[] {
  const found: string[] = [];
  for (const match of source.matchAll(/\bsql`/g))
    found.push(readTemplate(source, match.index + match[0].length));
  return found;
}

function readTemplate(source: string, from: number): string {
  let text = '';
  for (let i = from; i < source.length; i++) {
    const character = source[i]!;
    if (character === '`') return text;
    if (character === '\\') {
      text += source[++i];
    } else if (character === '$' && source[i + 1] === '{') {
      i = endOfExpression(source, i + 2);
      text += '${}';
    } else text += character;
  }
  return text;
}

/** The place of the brace that closes a template expression; templates inside it are passed over. */
function endOfExpression(source: string, from: number): number {
  let depth = 1;
  for (let i = from; i < source.length; i++) {
    const character = source[i]!;
    if (character === '`') i = endOfTemplate(source, i + 1);
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i;
  }
  return source.length;
}

function endOfTemplate(source: string, from: number): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '`') return i;
    else if (source[i] === '$' && source[i + 1] === '{') i = endOfExpression(source, i + 2);
  }
  return source.length;
}
