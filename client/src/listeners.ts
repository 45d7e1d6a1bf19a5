// Who wants to hear of what.

import { covers } from './keys.js'

export type Listeners = ReturnType<typeof listening>

/** listening has functions under keys, patterns or other names. */
export function listening() {
  const all = new Set<[name: string, listener: (...told: any[]) => void]>()
  return {
    /** add gives a function that takes the listener away again, and says whether it was still there. */
    add(name: string, listener: (...told: any[]) => void): () => boolean {
      const own: [string, typeof listener] = [name, listener]
      all.add(own)
      return () => all.delete(own)
    },

    /** tell calls those whose name means the key. */
    tell(key: string, ...told: unknown[]) {
      for (const [name, listener] of [...all]) {
        // A fault of a listener is nobody else's, neither the other listeners' nor the stream's: in a promise it goes to
        // where unhandled ones are reported. The function of a promise is called at once.
        if (covers([name], key)) void new Promise(() => listener(...told))
      }
    },
  }
}
