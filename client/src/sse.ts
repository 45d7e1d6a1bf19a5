// The parser of server-sent events: pure, bytes in, events out, however they are cut.

import type { StreamEvent } from './model.js'

export interface Reader {
  event(event: StreamEvent): void
  /** A comment: the other side lives. */
  comment(): void
  /** How many milliseconds to wait before coming back. */
  retry(milliseconds: number): void
}

/** parser gives a function that takes the bytes of one stream as they come. */
export function parser(reader: Reader): (bytes: Uint8Array) => void {
  // HTML, 9.2.6: "Streams must be decoded using the UTF-8 decode algorithm", which strips one byte order mark.
  const decoder = new TextDecoder()
  let rest = ''
  let event = ''
  let data = ''
  let id = ''

  const line = (text: string) => {
    if (!text) {
      // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
      // return." Both are empty before an event is told of: whoever hears of it may throw.
      const told = data && { event: event || 'message', id, data: data.slice(0, -1) }
      event = data = ''
      if (told) reader.event(told)
      return
    }
    // "If value starts with a U+0020 SPACE character, remove it from value." A line without a colon is all name.
    const [, name, value] = /^([^:]*):? ?(.*)/s.exec(text) as unknown as [string, string, string]
    if (!name) reader.comment()
    if (name === 'event') event = value
    if (name === 'data') data += value + '\n'
    // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value."
    if (name === 'id' && !value.includes('\0')) id = value
    // "If the field value consists of only ASCII digits"
    if (name === 'retry' && /^\d+$/.test(value)) reader.retry(+value)
  }

  return bytes => {
    // A carriage return at the very end may be half of a line end: it waits for what comes next.
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    lines.forEach(line)
  }
}
