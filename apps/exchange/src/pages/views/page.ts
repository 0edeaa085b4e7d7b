/** The frame of every sign-in page, and the headers it is sent with. No scripts run on these pages. */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './html.ts';
import { STYLE } from './style.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Headers of a page. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

const POLICY = 'content-security-policy';

/**
 * Headers of the page at a path. On account pages forms go to this site only. Those of a sign-in leave form-action open
 * on purpose: browsers apply it to the redirects after a form as well, and those end at whichever client asked. What else
 * a page may load is added to its policy by `more`.
 */
export function headersOf(path: string, more?: string): Record<string, string> {
  const policy = [
    PAGE_HEADERS[POLICY],
    ...(path.startsWith('/accounts/') ? ["form-action 'self'"] : []),
    ...(more === undefined ? [] : [more]),
  ];
  return { ...PAGE_HEADERS, [POLICY]: policy.join('; ') };
}

/** A whole document in English; `title` also stands in the tab. A wide one has room for lists. */
export function page(title: string, body: Html, width: 'narrow' | 'wide' = 'narrow'): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – JupyterHealth Exchange</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main${width === 'wide' && html` class="wide"`}>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return document.text;
}
