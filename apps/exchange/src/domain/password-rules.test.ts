import { expect, it } from 'vitest';
import { passwordFault } from './password-rules.ts';

const COMMON = new Set(['password', '1234567890', 'qwertyuiop', 'p@ssw0rd', 'iloveyou12']);
const check = (password: string, email = 'luz.rivera@example.org') => passwordFault(password, email, COMMON);

it.each([
  ['ten characters of one kind', 'glucosemap'],
  ['words', 'correct horse battery'],
  ['eight with all four kinds', 'Jhe1234!'],
  ['eight with the last sign of the list', 'aB3-dEf9'],
  ['other alphabets', 'лунный-кот-27'],
  ['a common word inside a longer one', 'my password is a poem'],
  ['a common word and a long number', 'password-20981177'],
  ['the longest', 'ab3$e'.repeat(204)],
])('takes %s', (_name, password) => expect(check(password)).toBeUndefined());

it.each([
  ['nothing', '', /longer/],
  ['nine of one kind', 'glucosema', /longer/],
  ['eight without a digit', 'Jhe-abc!', /longer/],
  ['eight without a sign', 'Jhe12345', /longer/],
  ['eight without upper case', 'jhe1234!', /longer/],
  ['eight without lower case', 'JHE1234!', /longer/],
  ['seven of all kinds', 'Jh1234!', /longer/],
  ['seven emoji, which are fourteen code units', '🙂🙃😀😁😂😃😄', /longer/],
  ['far too long', 'abcdef'.repeat(200), /at most 1024/],
  ['a common one', '1234567890', /Many people/],
  ['a common one in capitals', 'QWERTYUIOP', /Many people/],
  ['a common one with an ending', 'Password1!', /Many people/],
  ['a common one with a year', 'p@ssw0rd2026!', /Many people/],
  ['one character over and over', 'aaaaaaaaaaaa', /Many people/],
  ['the e-mail address', 'Luz.Rivera@Example.org', /e-mail address/],
  ['its local part', 'luz.rivera', /e-mail address/],
  ['its local part with an ending', 'Luz.Rivera1!', /e-mail address/],
])('refuses %s', (_name, password, fault) => expect(check(password)).toMatch(fault));
