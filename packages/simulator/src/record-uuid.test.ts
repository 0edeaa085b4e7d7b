import { expect, test } from 'vitest';
import { recordUuid } from './record-uuid.ts';

test('has the shape of a version 8 UUID and is the same every time', () => {
  const uuid = recordUuid('ada', 'omh:blood-glucose:4.0', 1_795_000_000_000);
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(recordUuid('ada', 'omh:blood-glucose:4.0', 1_795_000_000_000)).toBe(uuid);
  // Fixed for good: records already stored under it must be found again.
  expect(uuid).toBe('fa64d9f3-bd44-8ebd-a148-764e9ed83458');
});

test('60,000 records of neighbouring names have 60,000 ids', () => {
  const ids = new Set<string>();
  for (const seed of ['person-1', 'person-2', 'person-12']) {
    for (const kind of ['glucose', 'heartRate']) {
      for (let index = 0; index < 10_000; index++) ids.add(recordUuid(seed, kind, index * 300_000));
    }
  }
  expect(ids.size).toBe(60_000);
});

test('where one argument ends matters', () => {
  expect(recordUuid('a', 'bc', 1)).not.toBe(recordUuid('ab', 'c', 1));
});
