// One connection of a stream: bytes in, events out, until it breaks or is silent for too long.

import { parser, type Reader } from './sse.js'

export interface Connection extends AbortController {
  /** What was asked for. */
  keys?: readonly string[]
  /** Whether a sign of life is enough for it to take over. */
  resumes?: boolean
}

// The server promises a comment every 15 s. After 40 s two of them are missing.
const SILENCE = 40_000

/** follow reads what a request is answered with, and closes the connection. It gives what has gone wrong, if anything. */
export async function follow(me: Connection, ask: (me: Connection) => Promise<Response>, reader: Reader): Promise<unknown> {
  let silence: ReturnType<typeof setTimeout> | undefined
  const parse = parser(reader)
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => me.abort(), SILENCE)
  }
  try {
    heard()
    const body = (await ask(me)).body!.getReader()
    for (;;) {
      const { done, value } = await body.read()
      if (done) return
      heard()
      parse(value)
    }
  } catch (fault) {
    return fault
  } finally {
    clearTimeout(silence)
    me.abort()
  }
}
