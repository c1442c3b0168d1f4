import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'out/**'],
    // A property test runs all its cases within one test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
