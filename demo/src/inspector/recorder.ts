import type { Room, StreamEvent } from 'session-store-client'
import type { Entry } from '../room'

// Mark is one event of the stream, or a cut in it.
export interface Mark {
  readonly number: number
  readonly type: string
  readonly id: string // of the event, not of the one before it
  readonly text: string // as it came
  readonly at: string
  readonly writer: string // of what is newest in it; empty where nobody is known
  readonly revisions: number // how many it carries
  readonly isMissed: boolean // had happened while the stream was cut
}

const CUT = { type: 'cut', id: '', text: '', writer: '', revisions: 0, isMissed: false }

// So many are kept. A tab that is open for a day must not grow with it.
const MOST = 120

// Recorder keeps what the stream brings, from before it opens. It is no part of any
// component: those come and go with the tabs.
export class Recorder {
  marks: readonly Mark[] = []
  position = ''
  #isTorn = false
  #listeners = new Set<() => void>()

  constructor(room: Pick<Room<never>, 'on'>) {
    room.on('event', (event) => this.#take(event))
    room.on('status', (status) => { if (status === 'stale') this.#tear() })
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  #tear(): void {
    if (this.#isTorn) return
    this.#isTorn = true
    this.#add(CUT)
  }

  #take({ event: type, id, data: text }: StreamEvent): void {
    // An event without an id carries that of the one before it: it took no revision.
    const counts = type === 'snapshot' || type === 'update'
    const revisions = type === 'update' ? revisionOf(id) - revisionOf(this.position) : 0
    if (counts) this.position = id
    this.#add({ type, id: counts ? id : '', text, writer: writerIn(text), revisions, isMissed: this.#isTorn && counts })
    // All peers come once on each stream, after what it had missed.
    if (type === 'peers') this.#isTorn = false
  }

  #add(mark: Omit<Mark, 'number' | 'at'>): void {
    const number = (this.marks.at(-1)?.number ?? 0) + 1
    this.marks = [...this.marks, { ...mark, number, at: new Date().toISOString() }].slice(-MOST)
    for (const listener of this.#listeners) listener()
  }
}

// POSITION is SESSION-REVISION, and a session has no "-" in it.
const revisionOf = (position: string) => Number(position.split('-')[1]) || 0

// writerIn is who has written the newest entry of an event. Of a removal nobody is known.
function writerIn(text: string): string {
  const { set = {} } = JSON.parse(text) as { set?: { [key: string]: Entry } }
  return Object.values(set).toSorted((a, b) => b.revision - a.revision)[0]?.updated_by ?? ''
}
