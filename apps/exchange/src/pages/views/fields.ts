import { type Html, html } from './html.ts';

export type Field = Readonly<{
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password';
  autocomplete?: string;
  value?: string;
  maxlength?: number;
  minlength?: number;
  /** A sentence below the label that says what is expected. */
  hint?: string;
  /** What is wrong with it, a sentence; the field is marked and described by it. */
  fault?: string | undefined;
  autofocus?: boolean;
  optional?: boolean;
  inputmode?: 'text' | 'numeric';
}>;

/** A labelled input. Passwords are never written back into the page. */
export function field({ name, label, type = 'text', value = '', fault, hint, ...more }: Field): Html {
  const described = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ');
  return html`<label for="${name}">${label}</label>
${hint && html`<p class="expects" id="${name}-hint">${hint}</p>`}
${fault && html`<p class="fault" id="${name}-fault">${fault}</p>`}
<input id="${name}" name="${name}" type="${type}" maxlength="${more.maxlength ?? 254}"${
    more.autocomplete && html` autocomplete="${more.autocomplete}"`
  }${more.minlength && html` minlength="${more.minlength}"`}${more.inputmode && html` inputmode="${more.inputmode}"`}${
    type !== 'password' && html` value="${value}"`
  }${!more.optional && html` required`}${fault && html` aria-invalid="true"`}${
    described !== '' && html` aria-describedby="${described}"`
  }${more.autofocus && html` autofocus`}>`;
}

/** Faults by the name of their field. */
export type Faults = Readonly<Partial<Record<string, string>>>;

/** Fields with their faults; the first one at fault, or else the first of all, has the focus. */
export function fields(list: readonly Field[], faults: Faults = {}): Html[] {
  const focused =
    list.find(({ name }) => faults[name] !== undefined) ?? list.find(({ value = '' }) => value === '');
  return list.map((one) => field({ ...one, fault: faults[one.name], autofocus: one === focused }));
}

/** Says above a form that it was not taken, for whoever does not see the marks. */
export const formFault = (faults: Faults): Html | false =>
  Object.values(faults).some((fault) => fault !== undefined) &&
  html`<p class="error" role="alert">This was not accepted yet. See below what to change.</p>`;
