import { expect, it } from 'vitest';
import { readDefaultMemberships } from './default-memberships.ts';

it.each<[string, [number, string][]]>([
  ['', []],
  ['20001:viewer', [[20001, 'viewer']]],
  [
    ' 20001 : Member ; 20002:manager;',
    [
      [20001, 'member'],
      [20002, 'manager'],
    ],
  ],
  [
    '20001:m;20002:v',
    [
      [20001, 'member'],
      [20002, 'viewer'],
    ],
  ],
  ['20001:m;20001:manager', [[20001, 'member']]],
  ['20001', []],
  ['x:member;20001:owner;:v;20002:;-1:m;1e3:m;0:manager;20003:v', [[20003, 'viewer']]],
  ['99999999999999999999:m', []],
])('reads %j', (text, expected) =>
  expect(readDefaultMemberships(text).map(({ organizationId, role }) => [organizationId, role])).toEqual(
    expected,
  ),
);
