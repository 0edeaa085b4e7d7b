import { expect, test } from 'vitest';
import { beyondBounds } from './json-bounds.ts';

const check = (text: string, said: string | null, bounds = { depth: 3, values: 10 }) =>
  test(`${text.slice(0, 60)} is ${said ?? 'within'}`, () => expect(beyondBounds(text, bounds)).toBe(said));

check('', null);
check('1', null);
check('[[[1]]]', null);
check('[[[[', 'is nested deeper than 3 levels');
check('{"a":{"b":{"c":{', 'is nested deeper than 3 levels');
check('[[],[],[],[]]', null);
check('[1,2,3,4,5,6,7,8,9]', null);
check('[1,2,3,4,5,6,7,8,9,10]', 'holds more than 10 values');
check('[[],[],[],[],[],[]]', 'holds more than 10 values');
// Strings are passed over, whatever they hold and however they end.
check('"[[[[[[,,,,,,,,,,,,"', null);
check('{"a\\"[[[[":"\\\\","b":"\\\\\\"[[[["}', null);
check('["\\\\",[[[[', 'is nested deeper than 3 levels');
check('"[[[[', null);
check('"\\', null);
// No JSON at all, and no trouble.
check(']]]]]]', null);
check('"'.repeat(100_001), null);
check(`"${'\\'.repeat(100_000)}"`, null);
