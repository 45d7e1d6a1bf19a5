import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The tests of the hooks and of the examples import the package by its name, as its users do.
  resolve: {
    alias: [
      { find: /^session-store-client$/, replacement: new URL('src/index.ts', import.meta.url).pathname },
      { find: /^session-store-client\/(react|hms)$/, replacement: new URL('src/$1.ts', import.meta.url).pathname },
    ],
  },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: 'test/setup/build.ts',
    // A server, a browser and an npm install each want a core.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
