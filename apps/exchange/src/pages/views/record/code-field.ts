import { type Html, html } from '../html.ts';

/** The field for a code that was mailed, with what was wrong with the last one. */
export function codeField({
  label = 'Code',
  error,
  autofocus = error !== undefined,
}: Readonly<{ label?: string; error?: string | undefined; autofocus?: boolean }>): Html {
  const fault = error !== undefined;
  return html`${fault && html`<p class="error" id="error" role="alert">${error}</p>`}
<label for="code">${label}</label>
<input id="code" name="code" class="one-time" type="text" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="20" required${autofocus && html` autofocus`}${fault && html` aria-invalid="true" aria-describedby="error"`}>`;
}
