// Keys and patterns, as the server reads them: a key, a prefix followed by `*`, or `*`.

/** Stands among the wanted keys for who is in the room: no key has a comma. */
export const PEERS = ',peers'

/** covers says whether patterns mean a key, or all that another pattern means. */
export const covers = (patterns: readonly string[], key: string): boolean =>
  patterns.some(p => p === key || (p.endsWith('*') && key.startsWith(p.slice(0, -1))))
