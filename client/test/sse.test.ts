import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parser } from '../src/sse.js'
import { random } from './setup/random.js'

const GOLDEN = new URL('../../sse/testdata/', import.meta.url)
const encoder = new TextEncoder()

/** parse is what comes out of pieces of a stream. */
function parse(...pieces: (string | Uint8Array)[]) {
  const out: unknown[] = []
  const push = parser({
    event: event => out.push(event),
    comment: () => out.push('comment'),
    retry: milliseconds => out.push(milliseconds),
  })
  for (const piece of pieces) push(typeof piece === 'string' ? encoder.encode(piece) : piece)
  return out
}

const event = (data: string, more = {}) => ({ event: 'message', id: '', data, ...more })

describe('the rules of HTML, 9.2.6', () => {
  const tests: Record<string, [string, unknown[]]> = {
    'an event': ['event: a\nid: 1\ndata: x\n\n', [event('x', { event: 'a', id: '1' })]],
    'without a name it is a message': ['data: x\n\n', [event('x')]],
    'several data lines': ['data: a\ndata: b\ndata:\n\n', [event('a\nb\n')]],
    'one space is removed, and only one': ['data:  x\n\n', [event(' x')]],
    'no space is needed': ['data:x\n\n', [event('x')]],
    'a colon in the value': ['data: a:b: c\n\n', [event('a:b: c')]],
    'a field without a colon': ['data\ndata\n\n', [event('\n')]],
    'empty data is data': ['data:\n\n', [event('')]],
    'without data no event': ['event: a\nid: 1\n\ndata: x\n\n', [event('x', { id: '1' })]],
    'the name is not kept': ['event: a\ndata: 1\n\ndata: 2\n\n', [event('1', { event: 'a' }), event('2')]],
    'the id is kept': ['id: 7\ndata: 1\n\ndata: 2\n\n', [event('1', { id: '7' }), event('2', { id: '7' })]],
    'an empty id takes it back': ['id: 7\ndata: 1\n\nid\ndata: 2\n\n', [event('1', { id: '7' }), event('2')]],
    'an id with NUL is no id': ['id: 7\nid: 8\0\ndata: x\n\n', [event('x', { id: '7' })]],
    'a comment': [': hello\n\n:\n', ['comment', 'comment']],
    'retry': ['retry: 1500\n', [1500]],
    'retry of digits only': ['retry: 1e3\nretry: -5\nretry:\nretry: 1.5\n', []],
    'unknown fields': ['datum: x\n data: x\nDATA: x\ndata : x\n\n', []],
    'CRLF': ['event: a\r\ndata: x\r\n\r\n', [event('x', { event: 'a' })]],
    'CR': ['event: a\rdata: x\r\rdata: y\r\r:', [event('x', { event: 'a' }), event('y')]],
    'mixed line ends': ['data: 1\r\ndata: 2\rdata: 3\n\r\n', [event('1\n2\n3')]],
    'other line ends are none': ['data: a\u2028b\u2029c\u0085d\u000be\n\n', [event('a\u2028b\u2029c\u0085d\u000be')]],
    'one byte order mark': ['\ufeffdata: x\n\n', [event('x')]],
    'a second byte order mark is text': ['\ufeff\ufeffdata: x\n\n', []],
    'an event that is not complete': ['data: x\n\ndata: y\n', [event('x')]],
    'nothing': ['', []],
  }
  for (const [name, [text, want]] of Object.entries(tests)) {
    test(name, () => expect(parse(text)).toEqual(want))
    test(`${name}, byte by byte`, () => expect(parse(...[...encoder.encode(text)].map(byte => Uint8Array.of(byte)))).toEqual(want))
  }

  test('whoever hears of an event may throw: it is not told again', () => {
    const heard: string[] = []
    const push = parser({
      event: ({ data }) => {
        heard.push(data)
        if (data === '1') throw new Error('no')
      },
      comment() {},
      retry() {},
    })
    expect(() => push(encoder.encode('data: 1\n\n'))).toThrow('no')
    push(encoder.encode('data: 2\n\n'))
    expect(heard).toEqual(['1', '2'])
  })
})

describe('the golden files of the server', () => {
  const files = readdirSync(GOLDEN)
  const all = files.map(file => readFileSync(new URL(file, GOLDEN)))

  test('there are some', () => expect(files.length).toBeGreaterThan(7))

  test.each(files)('%s is one event whose data is JSON and whose id is a position', file => {
    const [got, ...more] = parse(readFileSync(new URL(file, GOLDEN))) as any[]
    expect(more).toEqual([])
    if (file === 'retry.txt') return expect(got).toBe(1234)
    expect(got.event).toMatch(file === 'end.txt' ? /^end$/ : /^(snapshot|update)$/)
    expect(got.id).toMatch(/^s1-\d+$/)
    const body = JSON.parse(got.data)
    if (got.event !== 'end') expect(got.id).toBe(`s1-${body.revision}`)
  })

  test('however they are cut, in any line ends', () => {
    const next = random(1)
    const text = Buffer.concat(all).toString()
    for (const end of ['\n', '\r\n', '\r']) {
      const whole = encoder.encode(text.replaceAll('\n', end) + ':')
      const want = parse(whole)
      expect(want).toHaveLength(files.length)
      for (let round = 0; round < 300; round++) {
        const pieces = []
        for (let at = 0; at < whole.length; ) {
          const size = 1 + Math.floor(next() ** 3 * 60)
          pieces.push(whole.subarray(at, at + size))
          at += size
        }
        expect(parse(...pieces)).toEqual(want)
      }
    }
  })
})
