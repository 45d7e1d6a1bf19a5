import { beforeEach, describe, expect, test, vi } from 'vitest'
import { comment, settle } from './setup/fake.js'
import { fake, live } from './setup/room.js'

describe('the page', () => {
  let page: EventTarget
  let beacons: string[]
  beforeEach(() => {
    page = new EventTarget()
    beacons = []
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    vi.stubGlobal('document', { visibilityState: 'visible' })
    vi.stubGlobal('navigator', { sendBeacon: (url: string) => beacons.push(url) })
  })
  const happen = (event: string, more = {}) => {
    page.dispatchEvent(Object.assign(new Event(event), more))
    return settle()
  }

  test.each(['online', 'visibilitychange'])('%s: it does not wait', async event => {
    const { stream, room } = await live()
    await stream.cut()
    await happen(event)
    await fake.observe.open(comment)
    expect(room.status).toBe('live')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(fake.calls).toEqual([])
  })

  test('what looks live after a sleep is asked anew, without being stale', async () => {
    const { room, told, stream } = await live()
    await happen('visibilitychange')
    await fake.observe.open(comment)
    expect([stream.isAborted, room.status, told]).toEqual([true, 'live', []])
  })

  test('a hidden page does nothing', async () => {
    const { stream } = await live()
    await stream.cut()
    vi.stubGlobal('document', { visibilityState: 'hidden' })
    await happen('visibilitychange')
    expect(fake.calls).toEqual([])
  })

  test('disconnect is stronger', async () => {
    const { room } = await live()
    room.disconnect()
    await happen('online')
    expect(fake.calls).toEqual([])
  })

  test('it leaves when the page goes', async () => {
    const { room, stream } = await live()
    await happen('pagehide', { persisted: false })
    expect(beacons).toEqual(['http://store/rooms/r/leave?access_token=ann.secret'])
    expect([room.status, stream.isAborted, fake.calls]).toEqual(['ended', true, []])
    await happen('online')
    await happen('pagehide', { persisted: false })
    expect([beacons.length, fake.calls]).toEqual([1, []])
  })

  test('it does not when it shall stay', async () => {
    const { room } = await live(['a'], { leaveOnPageHide: false })
    await happen('pagehide', { persisted: false })
    expect([beacons, room.token]).toEqual([[], 'ann.secret'])
  })

  test('a page that is kept closes its stream, and opens it when it is back', async () => {
    const { room, stream } = await live()
    await happen('pagehide', { persisted: true })
    expect([beacons, stream.isAborted, room.status]).toEqual([[], true, 'stale'])
    await vi.advanceTimersByTimeAsync(20_000)
    expect(fake.calls).toEqual([])
    await happen('pageshow', { persisted: true })
    expect(fake.observe.since).toBe('s-1')
  })

  test('nothing listens after the end', async () => {
    const { room } = await live()
    void room.leave()
    await settle()
    fake.calls.shift()
    await happen('online')
    await happen('pagehide', { persisted: false })
    expect([beacons, fake.calls]).toEqual([[], []])
  })
})
