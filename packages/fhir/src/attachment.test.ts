import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAttachment } from './attachment.ts';

const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

describe('decodeAttachment', () => {
  test.each<[string, string | false]>([
    ['', ''],
    ['YQ==', 'a'],
    ['YWI=', 'ab'],
    ['YWJj', 'abc'],
    ['w6k=', 'é'],
    ['YW\r\nJj\n', 'abc'],
    ['YQ', false],
    ['YQ=', false],
    ['YR==', false],
    ['YWJ=', false],
    ['Y===', false],
    ['=', false],
    ['YQ==YQ==', false],
    ['w-k=', false],
    ['w_k=', false],
    ['YWé=', false],
    ['gICA', false],
    ['7aCA', false],
  ])('%j', (text, expected) => {
    const result = decodeAttachment(text);
    expect(result.ok ? result.text : false).toBe(expected);
  });

  test('reads any well-formed text back, also after a refusal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.startsWith('\ufeff')),
        (text) => {
          decodeAttachment('w6');
          decodeAttachment('ww==');
          expect(decodeAttachment(encode(text))).toEqual({ ok: true, text });
        },
      ),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        expect(typeof decodeAttachment(text).ok).toBe('boolean');
      }),
    );
  });
});
