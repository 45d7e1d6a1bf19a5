// A server of its own for a file of tests, and a wire to it that can be cut.
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { inject } from 'vitest'

const drawn = (least: number, most: number) => least + Math.floor(Math.random() * (most - least + 1))

/** freeAt is a free address of the host, or undefined where that cannot be listened on. */
async function freeAt(host: string): Promise<string | undefined> {
  const server = createServer().listen(0, host)
  const found = await once(server, 'listening').then(() => `${host}:${(server.address() as AddressInfo).port}`, () => undefined)
  server.close()
  return found
}

/**
 * freeAddress is one that nobody else is given: all of 127.0.0.0/8 is this machine. Where only 127.0.0.1 can be listened on
 * (macOS), its port was free a moment ago.
 */
const freeAddress = async () => (await freeAt(`127.${drawn(1, 254)}.${drawn(0, 255)}.${drawn(1, 254)}`)) ?? freeAt('127.0.0.1')

/** start runs the built program, and gives its address and what ends it. */
export const start = async (...flags: string[]) => startAt(`http://${await freeAddress()}`, ...flags)

/** startAt runs it where it was before. */
export async function startAt(url: string, ...flags: string[]) {
  const program = spawn(inject('program'), ['--addr', url.slice(7), '--log-level', 'error', ...flags], { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(program, 'exit')
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer?.ok) break
    if (program.exitCode !== null) throw new Error(`the server has ended with ${program.exitCode}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return {
    url,
    stop: async (signal: NodeJS.Signals = 'SIGKILL') => {
      program.kill(signal)
      await ended
    },
  }
}

/** Wire is a TCP proxy before a server: cutting it destroys every connection and refuses new ones. */
export class Wire {
  #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  constructor(private readonly target: string) {}

  static async to(target: string): Promise<Wire> {
    const wire = new Wire(target)
    await wire.restore()
    return wire
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async restore(): Promise<void> {
    const { hostname, port } = new URL(this.target)
    this.#server = createServer(near => {
      const far = connect(+port, hostname)
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(socket)
        socket.on('error', () => {}) // the close that follows says it
        socket.on('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
        socket.pipe(other)
      }
    }).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** cut destroys all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** close cuts, and refuses new connections until restore. */
  async close(): Promise<void> {
    if (!this.#server?.listening) return
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }
}

let rooms = 0
export const newRoom = () => `client-${process.pid}-${rooms++}`

/** until waits for what must come. */
export async function until<T>(what: () => T, every = 5): Promise<NonNullable<T>> {
  for (;;) {
    const got = what()
    if (got) return got as NonNullable<T>
    await new Promise(resolve => setTimeout(resolve, every))
  }
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')

/** sign makes a JWT with HS256. */
export function sign(claims: object, secret: string): string {
  const text = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify(claims))}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
