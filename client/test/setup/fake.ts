// A server that answers as a test tells it to: every race can be had on purpose.
import { vi } from 'vitest'
import type { Entry } from '../../src/model.js'

export const entry = (key: string, revision: number, value: unknown = revision): Entry => ({
  key, value, revision, updated_at: '2026-01-02T03:04:05.678Z', updated_by: 'ann',
})

/** settle lets all that can go on without time go on. */
export const settle = () => vi.advanceTimersByTimeAsync(5)

/** Call is one request. */
export class Call {
  isAborted = false
  readonly #answered: (answer: Response) => void
  readonly #failed: (fault: unknown) => void
  #out: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(readonly method: string, readonly url: URL, readonly headers: Record<string, string>, readonly body: any, answered: (answer: Response) => void, failed: (fault: unknown) => void) {
    this.#answered = answered
    this.#failed = failed
  }

  get path(): string {
    return this.url.pathname.replace(/^\/rooms\/r/, '')
  }

  get keys(): string | null {
    return this.url.searchParams.get('keys')
  }

  get since(): string | null {
    return this.url.searchParams.get('since')
  }

  answer(body: unknown, status = 200, headers: Record<string, string> = {}): Promise<unknown> {
    this.#answered(new Response(body === undefined ? null : JSON.stringify(body), { status, headers }))
    return settle()
  }

  refuse(status: number, code?: string, more: object = {}, headers = {}): Promise<unknown> {
    return this.answer({ status, detail: `refused with ${code}`, code, ...more }, status, headers)
  }

  fail(): Promise<unknown> {
    this.#failed(new TypeError('fetch failed'))
    return settle()
  }

  /** open answers with a stream, which begins with the events. */
  open(...events: string[]): Promise<unknown> {
    const body = new ReadableStream<Uint8Array>({ start: out => void (this.#out = out) })
    this.#answered(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }))
    return this.send(...events)
  }

  send(...events: string[]): Promise<unknown> {
    for (const event of events) this.#out!.enqueue(new TextEncoder().encode(event))
    return settle()
  }

  /** cut breaks the connection, close ends it. */
  cut(): Promise<unknown> {
    this.#out!.error(new TypeError('terminated'))
    return settle()
  }

  close(): Promise<unknown> {
    this.#out!.close()
    return settle()
  }

  abort(reason: unknown): void {
    this.isAborted = true
    this.#failed(reason)
    try {
      this.#out?.error(reason)
    } catch {} // it has ended before
  }
}

export class Fake {
  /** All requests but those that the fake answers by itself. */
  calls: Call[] = []
  /** The joins, answered at once unless the test wants to do it. */
  joins: Call[] = []
  answersJoins = true
  session = 's'
  peer = 'ann'

  readonly fetch = ((input: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const headers = init.headers as Record<string, string>
      const call = new Call(init.method!, new URL(input), headers, init.body && JSON.parse(init.body as string), resolve, reject)
      init.signal?.addEventListener('abort', () => call.abort(init.signal!.reason))
      if (init.signal?.aborted) call.abort(init.signal.reason)
      if (call.path !== '/join') return void this.calls.push(call)
      this.joins.push(call)
      if (this.answersJoins) resolve(new Response(JSON.stringify(this.joined), { status: 201 }))
    })) as unknown as typeof fetch

  get joined() {
    const limits = { value_bytes: 1024, keys: 100, total_bytes: 65536 }
    return { session: this.session, revision: 0, token: `${this.peer}.secret`, limits, peer: { id: this.peer, name: '', joined_at: '' } }
  }

  /** take is the one request that is there and was not taken before; it must have the method and the path. */
  take(method: string, path: string): Call {
    const call = this.calls.shift()
    if (call?.method !== method || call.path !== path) {
      throw new Error(`${method} ${path} was expected; there ${call ? `is ${call.method} ${call.path}` : 'is none'}`)
    }
    return call
  }

  get observe(): Call {
    return this.take('GET', '/observe')
  }
}

const event = (name: string, id: string, data: object) => `event: ${name}\n${id && `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
const byKey = (list: Entry[]) => Object.fromEntries(list.map(entry => [entry.key, entry]))

export const snapshot = (revision: number, ...entries: Entry[]) => snapshotOf('s', revision, ...entries)
export const snapshotOf = (session: string, revision: number, ...entries: Entry[]) =>
  event('snapshot', `${session}-${revision}`, { session, revision, entries: byKey(entries) })
export const update = (...entries: Entry[]) => {
  const revision = Math.max(...entries.map(entry => entry.revision))
  return event('update', `s-${revision}`, { revision, set: byKey(entries) })
}
export const removal = (key: string, revision: number) =>
  event('update', `s-${revision}`, { revision, removed: { [key]: { revision, reason: 'deleted' } } })
export const peers = (data: object) => event('peers', '', data)
export const end = (reason: string) => event('end', 's-9', { reason })
export const comment = ':\n\n'
