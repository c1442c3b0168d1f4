import { expect, test } from 'vitest';
import type { Configuration } from '../core/messages.ts';
import { reachedByQuorum } from './majorities.ts';

const base: Configuration = { voters: [0, 1, 2], outgoing: [], learners: [3], leavesByItself: true };

test.each([
  [{}, [5, 7, 9, 99, 99], 7],
  [{}, [5, 5, 9, 99, 99], 5],
  [{ voters: [0, 1, 2, 3] }, [5, 6, 7, 8, 99], 6],
  [{ voters: [2] }, [99, 99, 7, 99, 99], 7],
  [{ outgoing: [2, 3, 4] }, [5, 7, 9, 6, 1], 6],
  [{ outgoing: [2, 3, 4] }, [5, 7, 9, 8, 8], 7],
  [{ voters: [] }, [1, 1, 1, 1, 1], -Infinity],
] as const)('of a configuration with %o, a quorum reaches, of %o, %d', (changes, values, reached) => {
  expect(reachedByQuorum({ ...base, ...changes }, values)).toBe(reached);
});
