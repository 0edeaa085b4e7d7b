import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/**/*.test.ts',
      'apps/**/*.test.{ts,tsx}',
      'tests/**/*.test.ts',
      'bin/**/*.test.ts',
      'docs/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node',
    maxWorkers: 2,
    // Generous, because a slow shared machine is not a fault of the test; nothing waits for these when it passes.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    globalSetup: ['tests/setup/cluster.ts'],
    // Said by oidc-provider of the pinned Node; apps/exchange/src/node-line.ts tells why it means nothing.
    onConsoleLog: (log) => !log.includes('Unsupported runtime. Use Node.js v22.x LTS'),
    reporters: ['default', './tests/reporter.ts'],
  },
});
