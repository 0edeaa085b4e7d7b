/**
 * A person at a browser without a screen: keeps cookies, follows redirects, and fills in the forms of the pages that it
 * is led to, by what stands in them. It knows no address of the exchange but those it is sent to.
 */

/** Who sits there, and what they answer. */
export type Answers = Readonly<{
  email: string;
  password: string;
  /** The patient to choose where one is asked for. */
  patient?: number;
  /** False: does not allow what a client asks. */
  allows?: boolean;
  /** Scopes whose boxes to untick before allowing. */
  untick?: readonly string[];
}>;

/** What a form sends; a name may come more than once. */
type Form = readonly (readonly [name: string, value: string])[];

const encode = (form: Form) =>
  new URLSearchParams(form.map(([name, value]): [string, string] => [name, value]));

export type Person = Readonly<{
  /** One request with this browser's cookies; follows nothing. */
  visit(url: string | URL, init?: { method?: string; form?: Form }): Promise<Response>;
  /** From `url` through pages and redirects to the first address that begins with `until`, which is not asked for. */
  follow(url: string | URL, until: string): Promise<URL>;
  /** The titles of the pages that forms were filled in on, in their order. */
  pages: string[];
}>;

const MOST_STEPS = 30;

export function openPerson(answers: Answers): Person {
  const jar = new Map<string, { host: string; name: string; value: string; path: string }>();
  const pages: string[] = [];

  const visit: Person['visit'] = async (address, { method = 'GET', form } = {}) => {
    const url = new URL(address);
    const cookie = [...jar.values()]
      .filter(({ host, path }) => host === url.hostname && url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie ? { cookie } : {}) },
      ...(form === undefined ? {} : { body: encode(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/';
      const key = `${url.hostname} ${path} ${name}`;
      if (value === '' || /expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(key);
      else jar.set(key, { host: url.hostname, name, value, path });
    }
    return response;
  };

  return {
    visit,
    pages,
    async follow(start, until) {
      let url = new URL(start);
      let request: { method?: string; form?: Form } = {};
      for (let step = 0; step < MOST_STEPS; step++) {
        if (url.href.startsWith(until)) return url;
        const response = await visit(url, request);
        request = {};
        const location = response.headers.get('location');
        if (location !== null) {
          url = new URL(location, url);
          continue;
        }
        const page = await response.text();
        if (!response.ok) throw new Error(`${response.status} at ${url.pathname}: ${textOf(page)}`);
        pages.push(/<h1[^>]*>([^<]*)/.exec(page)?.[1] ?? '');
        const { action, form, method } = fillIn(page, answers);
        const target = new URL(action, url);
        if (method === 'get') url = new URL(`?${encode(form)}`, target);
        else {
          url = target;
          request = { method: 'POST', form };
        }
      }
      throw new Error(`after ${MOST_STEPS} steps still at ${url}; pages: ${pages.join(', ')}`);
    },
  };
}

const textOf = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 400);

type Field = Readonly<{ tag: string; attributes: Readonly<Record<string, string>> }>;

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decode = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name] ?? '');

function fieldsOf(form: string): Field[] {
  return [...form.matchAll(/<(input|button|option|select)\b([^>]*)>/g)].map(([, tag = '', text = '']) => ({
    tag,
    attributes: Object.fromEntries(
      [...text.matchAll(/([a-z-]+)(?:="([^"]*)")?/gi)].map(([, name = '', value = '']) => [
        name.toLowerCase(),
        decode(value),
      ]),
    ),
  }));
}

/** Chooses the form of the page that this person has an answer to, and fills it in as a browser would send it. */
function fillIn(page: string, answers: Answers) {
  const forms = [...page.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', body = '']) => ({
    action: decode(/action="([^"]*)"/.exec(head)?.[1] ?? ''),
    method: (/method="([^"]*)"/i.exec(head)?.[1] ?? 'get').toLowerCase(),
    fields: fieldsOf(body),
  }));
  for (const { action, method, fields } of forms) {
    const answer = answerTo(fields, answers);
    if (!answer) continue;
    const kept = fields
      .filter(({ tag, attributes: { type, name } }) => tag === 'input' && type === 'hidden' && name)
      .map(({ attributes: { name = '', value = '' } }) => [name, value] as const);
    return { action, method, form: [...kept, ...answer] };
  }
  throw new Error(`no form here that anything is known about: ${textOf(page)}`);
}

function answerTo(fields: readonly Field[], answers: Answers): Form | undefined {
  const has = (name: string) => fields.some(({ attributes }) => attributes.name === name);
  if (fields.some(({ attributes }) => attributes.type === 'password'))
    return [
      ['email', answers.email],
      ['password', answers.password],
    ];
  if (has('decision')) {
    const ticked = fields
      .filter(({ attributes: { type, checked } }) => type === 'checkbox' && checked !== undefined)
      .map(({ attributes: { name = '', value = 'on' } }) => [name, value] as const)
      .filter(([name]) => !answers.untick?.some((scope) => name.split(' ').includes(scope)));
    return [...ticked, ['decision', answers.allows === false ? 'deny' : 'allow']];
  }
  const wanted = String(answers.patient);
  if (fields.some(({ attributes }) => attributes.name === 'patient' && attributes.value === wanted))
    return [['patient', wanted]];
  return undefined;
}
