import { expect, test } from 'vitest';
import { createFlight } from './flight.ts';

const open = () => createFlight({ bytes: 100, bytesOfCaller: 60, bytesOfAnyone: 30, requestsOfCaller: 2 });
const refused = (deed: () => unknown): string => {
  try {
    deed();
  } catch (refusal) {
    return (refusal as { code: string }).code;
  }
  return 'taken';
};

test('a caller has so many requests and bytes, and gets them back once', () => {
  const flight = open();
  const first = flight.enter('ada');
  const second = flight.enter('ada');
  expect(refused(() => flight.enter('ada'))).toBe('too-many');
  expect(refused(() => flight.enter('ben'))).toBe('taken');
  first.hold(40);
  expect(refused(() => second.hold(21))).toBe('too-many');
  expect(refused(() => second.hold(20))).toBe('taken');
  first.leave();
  first.leave();
  expect(flight.bytes()).toBe(20);
  expect(refused(() => second.hold(40))).toBe('taken');
  second.leave();
  expect(flight.bytes()).toBe(0);
});

test('all together have so many bytes, and who comes next is told to come back', () => {
  const flight = open();
  for (const name of ['ada', 'ben']) flight.enter(name).hold(50);
  const cleo = flight.enter('cleo');
  expect(refused(() => cleo.hold(1))).toBe('busy');
  expect(flight.bytes()).toBe(100);
});

test('people without a token share a part, and any number of requests', () => {
  const flight = open();
  for (let n = 0; n < 10; n++) flight.enter(null).hold(3);
  expect(refused(() => flight.enter(null).hold(1))).toBe('busy');
  expect(refused(() => flight.enter('ada').hold(60))).toBe('taken');
});

test('a request that has left holds nothing more', () => {
  const flight = open();
  const passage = flight.enter('ada');
  passage.leave();
  passage.hold(50);
  expect(flight.bytes()).toBe(0);
});
