// Twenty clients do what comes to their minds, while their connections are cut.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConnectionError, joinRoom, type Room } from 'session-store-client'
import { random } from './setup/random.js'
import { newRoom, start, until, Wire } from './setup/server.js'

const CLIENTS = 20
const STEPS = Number(process.env.STEPS ?? 60)
const KEYS = ['a', 'b', 'c', 'd', 'hand.1', 'hand.2', 'hand.3', 'log.1', 'log.2', 'log.3']

let server: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  server = await start('--max-value-bytes', '65536', '--max-total-bytes', '1048576', '--peer-timeout', '60s')
})
afterAll(() => server?.stop())

const next = random(Number(process.env.SEED ?? 1))
const pick = <T>(list: readonly T[]) => list[Math.floor(next() * list.length)]!

/** late lets the answer of a write come after what the stream says meanwhile. */
const late: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init)
  if (init?.method !== 'GET' && next() < 0.5) await new Promise(resolve => setTimeout(resolve, next() * 30))
  return answer
}

/** Client is one of them, and notes what it hears. */
class Client {
  room!: Room
  wire!: Wire
  heard = 0
  cuts = 0
  /** Updates that were answered, and those of which it is not known. */
  done: string[] = []
  unsure: string[] = []

  constructor(readonly name: string) {}

  async join(room: string): Promise<this> {
    this.wire = await Wire.to(server.url)
    this.room = await joinRoom({ url: this.wire.url, room, name: this.name, fetch: late })
    const last = new Map<string, { revision: number; told: string }>()
    this.room.subscribe('*', (value, entry, key) => {
      this.heard++
      const before = last.get(key) ?? { revision: 0, told: '' }
      const told = JSON.stringify([value, entry?.revision])
      if (told === before.told) throw new Error(`${this.name} heard twice of ${key}: ${told}`)
      if (entry && entry.revision < before.revision) throw new Error(`${key} went from ${before.revision} to ${entry.revision}`)
      last.set(key, { revision: entry?.revision ?? before.revision, told })
    })
    void this.room.observe(['log.*', pick(KEYS)])
    return this
  }

  async step(n: number): Promise<void> {
    const dice = next()
    const key = pick(KEYS.slice(0, 7))
    if (dice < 0.25) await this.#dare(() => this.room.set(key, { by: this.name, n }))
    else if (dice < 0.3) await this.#dare(() => this.room.set(key))
    else if (dice < 0.4) await this.#dare(() => this.room.patch({ [key]: n, [pick(KEYS.slice(0, 4))]: undefined }))
    else if (dice < 0.65) await this.#append(`${this.name}.${n}`)
    else if (dice < 0.7) await this.#dare(() => Promise.all([this.room.set(key, 1), this.room.set(key, 2), this.room.set(key, 3)]))
    else if (dice < 0.8) void this.room.observe([pick([...KEYS, 'hand.*', '*'])])
    else if (dice < 0.85) this.room.unobserve([pick(KEYS.slice(0, 7))])
    else if (dice < 0.93) this.#cut()
    else if (dice < 0.96) this.room.disconnect(), setTimeout(() => void this.room.connect(), next() * 100)
    else await new Promise(resolve => setTimeout(resolve, next() * 50))
  }

  async #append(tag: string): Promise<void> {
    const key = pick(KEYS.slice(7))
    try {
      await this.room.update(key, list => [...((list as string[] | undefined) ?? []), tag])
      this.done.push(tag)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.unsure.push(tag)
    }
  }

  #cut(): void {
    this.cuts++
    this.wire.cut()
  }

  async #dare(write: () => Promise<unknown>): Promise<void> {
    await write().catch(error => {
      if (!(error instanceof ConnectionError)) throw error
    })
  }
}

test('all end equal, no update is lost, revisions only rise', async () => {
  const faults: unknown[] = []
  const onFault = (fault: unknown) => faults.push(fault)
  process.on('unhandledRejection', onFault)
  const name = newRoom()
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => new Client(`c${i}`).join(name)))
  await Promise.all(
    clients.map(async client => {
      for (let n = 0; n < STEPS; n++) await client.step(n)
    }),
  )
  for (const { room } of clients) void room.connect()
  await Promise.all(clients.map(({ room }) => room.observe(['*'])))
  const witness = await joinRoom({ url: server.url, room: name })
  await witness.observe(['*'])
  // A write whose connection was cut may be done later than all others.
  const agrees = ({ room }: Client) => room.status === 'live' && JSON.stringify(room.entries('*')) === JSON.stringify(witness.entries('*'))
  await until(() => clients.every(agrees))
  const truth = witness.entries('*')
  for (const { room } of clients) for (const { key, value } of truth) expect(room.get(key)).toEqual(value)

  const logs = truth.filter(({ key }) => key.startsWith('log.')).flatMap(({ value }) => value as string[])
  const done = clients.flatMap(client => client.done)
  const unsure = new Set(clients.flatMap(client => client.unsure))
  expect(new Set(logs).size, 'nothing was done twice').toBe(logs.length)
  expect(done.filter(tag => !logs.includes(tag)), 'what was answered is there').toEqual([])
  expect(logs.filter(tag => !done.includes(tag) && !unsure.has(tag)), 'and nothing else').toEqual([])
  process.off('unhandledRejection', onFault)
  expect(faults).toEqual([])
  const sum = (of: (client: Client) => number) => clients.reduce((all, client) => all + of(client), 0)
  console.log(
    `${CLIENTS} clients, ${STEPS} steps each: revision ${witness.joined!.revision}, ${done.length} updates, ${unsure.size} of unknown end, ` +
      `${sum(({ cuts }) => cuts)} cuts, ${sum(({ heard }) => heard)} times a listener was called`,
  )
  await Promise.all([witness, ...clients.map(({ room }) => room)].map(room => room.leave()))
  await Promise.all(clients.map(({ wire }) => wire.close()))
})
