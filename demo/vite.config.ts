import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const client = (file: string) => fileURLToPath(new URL(`../client/src/${file}`, import.meta.url))

// React is 19.2 in package.json: 19.3 is 8 KiB larger for what nothing here uses.
export default defineConfig({
  // The server may live behind a path of a proxy.
  base: './',
  resolve: {
    // The client as it stands beside this folder: it need not be built before.
    alias: [
      { find: /^session-store-client$/, replacement: client('index.ts') },
      { find: /^session-store-client\/react$/, replacement: client('react.ts') },
    ],
    // The client's own React, if it has been installed there, would be a second one.
    dedupe: ['react', 'react-dom'],
  },
  build: {
    // The first ones with light-dark(), toSorted and URL.canParse: younger than any of
    // these, nothing has to be rewritten.
    target: ['chrome125', 'firefox128', 'safari18'],
    modulePreload: { polyfill: false },
    // demo.go allows no font and no image from a data: URL but the icon.
    assetsInlineLimit: 0,
    // React's licence wants its notice in every copy.
    rolldownOptions: { output: { comments: { legal: true } } },
  },
})
