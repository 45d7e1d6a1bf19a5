// The hooks and the examples of the original's documentation, in a real browser.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinRoom, type Room } from 'session-store-client'
import { launch, serve, watch } from './setup/browser.js'
import { newRoom, start, until, Wire } from './setup/server.js'

let server: Awaited<ReturnType<typeof start>>
let browser: Browser
beforeAll(async () => {
  ;[server, browser] = await Promise.all([start(), launch()])
})
afterAll(() => Promise.all([server?.stop(), browser?.close()]))

describe('session-store-client/hms', () => {
  let pages: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    pages = await serve('hms')
  })
  afterAll(() => pages?.stop())

  async function open(room: string, name: string) {
    const page = await (await browser.newContext()).newPage()
    const faults = watch(page)
    await page.goto(`${pages.url}?url=${server.url}&room=${room}&name=${name}`)
    await page.getByRole('button', { name: 'Join' }).click()
    await page.locator('main.connected .tile', { hasText: `${name} (you)` }).waitFor()
    return { page, faults }
  }
  const tile = (page: Page, name: string) => page.locator('.tile', { hasText: name }).getByRole('button')

  test('pinned message: for everyone in the room, and for newly joined peers', async () => {
    const room = newRoom()
    const [ann, ben] = await Promise.all([open(room, 'Ann'), open(room, 'Ben')])
    await ann.page.getByRole('button', { name: 'Pin', exact: true }).click()
    const pinned = (page: Page) => page.locator('section p', { hasText: 'Ann: Notes are in the wiki' })
    await pinned(ann.page).waitFor()
    await pinned(ben.page).waitFor()
    const cleo = await open(room, 'Cleo')
    await pinned(cleo.page).waitFor()
    await ben.page.getByRole('button', { name: 'unpin' }).click()
    for (const { page } of [ann, ben, cleo]) await page.locator('section').waitFor({ state: 'detached' })
    expect([...ann.faults, ...ben.faults, ...cleo.faults]).toEqual([])
    for (const { page } of [ann, ben, cleo]) await page.context().close()
  })

  test('spotlight: a tile comes on the stage of all, and goes', async () => {
    const room = newRoom()
    const [ann, ben] = await Promise.all([open(room, 'Ann'), open(room, 'Ben')])
    await tile(ann.page, 'Ben').filter({ hasText: 'Spotlight Tile for everyone' }).click()
    for (const { page } of [ann, ben]) {
      await page.locator('figure.stage', { hasText: 'Ben' }).waitFor()
      await page.locator('figure.side', { hasText: 'Ann' }).waitFor()
      await tile(page, 'Ben').filter({ hasText: 'Remove from Spotlight' }).waitFor()
    }
    await tile(ben.page, 'Ben').click()
    // first, as Playwright refuses to wait for two.
    for (const { page } of [ann, ben]) await page.locator('figure').first().waitFor({ state: 'detached' })
    await ann.page.getByRole('button', { name: 'Leave' }).click()
    await ann.page.locator('main:not(.connected)').waitFor()
    await ben.page.locator('.tile', { hasText: 'Ann' }).waitFor({ state: 'detached' })
    expect([...ann.faults, ...ben.faults]).toEqual([])
    for (const { page } of [ann, ben]) await page.context().close()
  })
})

interface Store {
  pinnedMessage: string
  spotlight: { id: string }
}

declare global {
  interface Window {
    room: Room<any>
    draws: Record<string, number>
    show(ids: string[]): void
    enter(isIn: boolean): void
    go(room: string): void
  }
}

describe('session-store-client/react', () => {
  let pages: Awaited<ReturnType<typeof serve>>
  let script: Room<Store>
  let name: string
  beforeAll(async () => {
    pages = await serve('react')
  })
  afterAll(() => pages?.stop())

  async function open(who: string, url = server.url) {
    name = newRoom()
    script = await joinRoom<Store>({ url: server.url, room: name, name: 'Script' })
    script.on('peers', () => {})
    const page = await (await browser.newContext()).newPage()
    const faults = watch(page)
    const streams: string[] = []
    page.on('request', request => request.url().includes('/observe') && streams.push(new URL(request.url()).searchParams.get('keys')!))
    await page.goto(`${pages.url}?url=${url}&room=${name}&name=${who}`)
    await page.locator('#live').waitFor()
    return { page, faults, streams }
  }
  const names = () => script.peers.map(({ name }) => name).join()

  test('StrictMode: one peer, one stream, and it is gone when the page is', async () => {
    const { page, faults, streams } = await open('Ann')
    await until(() => names() === 'Script,Ann')
    expect(streams).toEqual(['hand.*,pinnedMessage,spotlight'])
    await page.close()
    await until(() => names() === 'Script')
    expect(faults).toEqual([])
    await script.leave()
  })

  test('hooks show what is there, and draw only what has changed', async () => {
    const { page, faults, streams } = await open('Ann')
    const text = (id: string, text: string) => page.locator(`#${id}`, { hasText: new RegExp(`^${text}$`) }).waitFor()
    await script.set('pinnedMessage', 'hello')
    await text('one', 'hello')
    await text('two', 'hello')
    const draws = await page.evaluate(() => ({ ...window.draws }))
    await script.set('spotlight', { id: 'ann' })
    await text('spotlight', 'ann 2')
    expect(await page.evaluate(() => window.draws['one'])).toBe(draws['one'])
    await page.evaluate(() => window.room.set('hand.ann', true))
    await text('hands', 'hand.ann')
    await text('peers', 'Script,Ann')

    await page.evaluate(() => window.room.set('spotlight', { id: 'ben' }))
    await text('spotlight', 'ben 4')
    await page.evaluate(() => window.show(['two'])) // one key, and somebody still wants it
    await text('two', 'hello')
    expect(streams).toHaveLength(1)
    await page.evaluate(() => window.show([]))
    await until(() => streams.length === 2)
    expect(streams[1]).toBe('hand.*,spotlight')
    await script.set('pinnedMessage', 'later')
    await page.evaluate(() => window.show(['one']))
    await text('one', 'later')
    await page.locator('#live').waitFor()
    expect(faults).toEqual([])
    await page.context().close()
    await script.leave()
  })

  test('a refused value is taken back', async () => {
    const { page } = await open('Ann')
    await script.set('pinnedMessage', 'before')
    await page.locator('#one', { hasText: 'before' }).waitFor()
    const code = await page.evaluate(async () => {
      const set = window.room.set('pinnedMessage', 'x'.repeat(2000)).catch(error => error.code)
      return [window.room.get('pinnedMessage').length, await set, window.room.get('pinnedMessage')]
    })
    expect(code).toEqual([2000, 'value_too_large', 'before'])
    await page.context().close()
    await script.leave()
  })

  test('a network that was cut', async () => {
    const wire = await Wire.to(server.url)
    const { page } = await open('Ann', wire.url)
    await wire.close()
    await page.locator('#stale').waitFor()
    await script.set('pinnedMessage', 'during')
    await wire.restore()
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.locator('#one', { hasText: 'during' }).waitFor()
    await page.locator('#live').waitFor()
    await page.context().close()
    await wire.close()
    await script.leave()
  })

  test('unmounting leaves, another room is another room', async () => {
    const { page, faults } = await open('Ann')
    await until(() => names() === 'Script,Ann')
    await page.evaluate(() => window.enter(false))
    await until(() => names() === 'Script')
    await page.evaluate(() => window.enter(true))
    await until(() => names() === 'Script,Ann')
    const other = newRoom()
    await page.evaluate(room => window.go(room), other)
    await until(() => names() === 'Script')
    await page.locator('#live').waitFor()
    const there = await joinRoom({ url: server.url, room: other })
    there.on('peers', () => {})
    await until(() => there.peers.length === 2)
    expect(faults).toEqual([])
    await page.context().close()
    await Promise.all([script.leave(), there.leave()])
  })

  test('a reload keeps the peer, where the page wants that', async () => {
    const { page } = await open('Reloader')
    const id = await page.evaluate(() => {
      sessionStorage.token = window.room.token
      return window.room.peer!.id
    })
    const before = 'Script,Reloader'
    await until(() => names() === before)
    const seen: string[] = []
    script.on('peers', () => seen.push(names()))
    await page.reload()
    await page.locator('#live').waitFor()
    expect(await page.evaluate(() => window.room.peer!.id)).toBe(id)
    expect(names()).toBe(before)
    expect(seen, 'nobody has come or gone').toEqual([])
    await page.context().close()
    await script.leave()
  })

  test('back from the back-forward cache, or loaded again: it is in the room', async () => {
    const { page } = await open('Ann')
    await page.goto('about:blank')
    await page.goBack()
    await page.locator('#live').waitFor()
    await script.set('pinnedMessage', 'back')
    await page.locator('#one', { hasText: 'back' }).waitFor()
    await page.context().close()
    await script.leave()
  })
})
