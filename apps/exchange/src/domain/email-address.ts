/** No spaces, and none of the signs that make a list, a name or a comment of an address in the header of a mail. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/u;

/** An e-mail address as it was typed, without spaces around it; undefined when it cannot be one. */
export function readEmailAddress(text: string): string | undefined {
  const address = text.trim();
  return address.length <= 254 && ADDRESS.test(address) ? address : undefined;
}
