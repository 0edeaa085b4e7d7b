import { expect, it } from 'vitest';
import { scopesOfProgram } from './backend-scopes.ts';

const CASES: [asked: string, registered: string, granted: string[] | undefined][] = [
  ['', 'system/*.rs', ['system/*.rs']],
  ['', 'user/*.cruds', ['user/*.cruds']],
  ['', 'openid patient/*.rs nonsense', ['patient/*.rs']],
  ['', '', []],
  ['', 'system/Observation.rs?status=final', []],
  ['openid', 'system/*.rs', ['system/*.rs']],
  ['openid offline_access', 'system/*.rs', ['system/*.rs']],
  ['system/*.rs', 'system/*.cruds', ['system/*.rs']],
  ['system/*.read', 'system/*.cruds', ['system/*.read']],
  ['system/*.read', 'user/*.rs', ['system/*.read']],
  ['system/*.cruds', 'system/*.rs', ['system/*.rs']],
  ['system/*.rs', 'system/Patient.r system/Observation.rs', ['system/Patient.r', 'system/Observation.rs']],
  ['system/Observation.rs', 'system/Patient.rs', undefined],
  ['system/Observation.c', 'system/*.rs', undefined],
  ['system/Observation.rs', 'patient/*.rs', undefined],
  ['system/Observation.rs system/Patient.r', 'system/Observation.s', ['system/Observation.s']],
  ['system/Observation.rs', 'system/Observation.rs?code=x|1', ['system/Observation.rs?code=x%7C1']],
  ['system/Observation.rs?code=x|1', 'system/*.rs', ['system/Observation.rs?code=x|1']],
  ['system/Observation.rs?code=x|1', 'system/Observation.rs?code=x|2', undefined],
  ['system/Observation.rs?status=final', 'system/*.rs', undefined],
  ['user/*.rs', 'user/*.rs', undefined],
  ['patient/*.rs', 'patient/*.rs', undefined],
  ['system/Observation.xyz', 'system/*.rs', undefined],
  ['records/all', 'system/*.rs', undefined],
  ['system/*.rs system/*.rs', 'system/*.rs', ['system/*.rs']],
];

it.each(CASES)('asked %j of %j', (asked, registered, granted) => {
  expect(scopesOfProgram(asked, registered)).toEqual(granted);
});
