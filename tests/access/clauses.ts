/**
 * Copies of a text, each without one clause. A clause stands at the beginning of a line as "and ..."; it reaches to the
 * end of that line, or further when it opened a parenthesis or a template expression, and leaves what closes after it.
 */
export function removeEachClause(text: string): { name: string; text: string }[] {
  const mutants: { name: string; text: string }[] = [];
  for (const match of text.matchAll(/^[ \t]*(and )/gm)) {
    const start = match.index + match[0].length - 'and '.length;
    const end = endOfClause(text, start + 'and '.length);
    const clause = text.slice(start, end);
    mutants.push({
      name: `without "${clause.replace(/\s+/g, ' ').slice(0, 90)}" at ${text.slice(0, start).split('\n').length}`,
      text: text.slice(0, start) + text.slice(end),
    });
  }
  return mutants;
}

function endOfClause(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const character = text[i]!;
    if ('({['.includes(character)) depth++;
    else if (')}]'.includes(character)) {
      if (depth === 0) return i;
      depth--;
    } else if (depth === 0 && (character === '\n' || character === '`' || character === ';')) return i;
  }
  return text.length;
}
