import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'out/**'],
    // All cores: left to itself, vitest uses one of two.
    maxWorkers: '100%',
    // Test files of one worker share modules, which saves two fifths of the CPU time. They may, since modules have no
    // mutable state (see CONTRIBUTING.md); a test that replaces modules or globals must put them back.
    isolate: false,
    // A property test runs all its cases within one test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
