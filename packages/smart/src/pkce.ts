const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** True for 43 to 128 unreserved characters. https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
export function isCodeVerifier(text: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(text);
}

/**
 * The S256 challenge of a verifier: base64url without padding of its SHA-256, always 43 characters.
 * Rejects with a TypeError what is no verifier. https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 */
export async function s256Challenge(verifier: string): Promise<string> {
  if (!isCodeVerifier(verifier)) throw new TypeError('not a PKCE code verifier');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

/**
 * The verifier that a patient's app derives from an invitation token, so that the link alone is enough to
 * redeem it: base64url without padding of the token's UTF-8. A token of 32 characters gives 43.
 */
export function verifierOfInvitationToken(token: string): string {
  return base64url(new TextEncoder().encode(token));
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second, third] = bytes.subarray(index, index + 3);
    const word = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    text += BASE64URL[word >> 18]! + BASE64URL[(word >> 12) & 63]!;
    if (second !== undefined) text += BASE64URL[(word >> 6) & 63]!;
    if (third !== undefined) text += BASE64URL[word & 63]!;
  }
  return text;
}
