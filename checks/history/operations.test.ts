import { expect, test } from 'vitest';
import { request } from '../testing/fake-cluster.ts';
import { Operations } from './operations.ts';

test('the floor rises to the highest index that was acknowledged, and never falls', () => {
  const operations = new Operations();
  for (const [index, acknowledged] of [
    [7, true],
    [5, true],
    [9, false],
  ] as const) {
    const one = request(1, index);
    operations.begin(one);
    operations.find(one)!.index = index;
    operations.end(one, acknowledged);
  }
  expect(operations.floor).toBe(7);
});

test('the lowest floor is that of the oldest pending operation, or the current one', () => {
  const operations = new Operations();
  const [first, second, third] = [request(1, 1), request(2, 1), request(3, 1)];
  operations.begin(first);
  operations.begin(second);
  operations.find(second)!.index = 4;
  operations.end(second, true);
  operations.begin(third);
  expect(operations.find(third)!.floor).toBe(4);
  expect(operations.lowestFloor).toBe(0);
  operations.end(first, false);
  expect(operations.lowestFloor).toBe(4);
  operations.end(third, false);
  expect(operations).toMatchObject({ count: 0, lowestFloor: 4 });
});

test('an operation is known by its request as an object, since its session may get its id only later', () => {
  const operations = new Operations();
  const sent = { ...request(0, 1) };
  operations.begin(sent);
  Object.assign(sent, { session: 12 });
  expect(operations.find(sent)).toBeDefined();
  expect(operations.find(request(12, 1))).toBeUndefined();
});
