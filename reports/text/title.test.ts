import { expect, test } from 'vitest';
import { origin } from './title.ts';

test('where a scenario is from says no name twice', () => {
  expect(origin('split-vote', 'split-vote (bundled)')).toBe('  (bundled)');
  expect(origin('split-vote', 'out/split-vote-7.yaml')).toBe('  out/split-vote-7.yaml');
  expect(origin('split-vote', 'other (bundled)')).toBe('  other (bundled)');
  expect(origin('split-vote', null)).toBe('');
});
