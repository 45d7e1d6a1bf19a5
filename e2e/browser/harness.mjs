// What the browser tests share: the browser, a peer that only speaks HTTP, a network
// that can be cut, and what holds for every page.
import assert from 'node:assert/strict';
import net from 'node:net';
import { chromium } from 'playwright-core';

export const BASE_URL = process.env.BASE_URL?.replace(/\/$/, '');
assert.ok(BASE_URL, 'BASE_URL is the address of a running session store');

// DEADLINE is for what takes milliseconds, or, after a cut, the waits after which the
// client comes back. It is shorter than the 30 s after which the server removes who is
// silent: a page that is gone by then has said that it goes.
export const DEADLINE = 20_000;

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

let rooms = 0;
export const newRoom = () => `e2e-${process.pid}-${Date.now().toString(36)}-${rooms++}`;

// Peer is somebody in the room who has no page.
export class Peer {
  static async join(room, name = 'Script') {
    const peer = new Peer();
    peer.url = `${BASE_URL}/rooms/${room}`;
    peer.joined = await peer.call('POST', '/join', { name });
    return peer;
  }

  // as is the peer of somebody else's token.
  static as(room, token) {
    return Object.assign(new Peer(), { url: `${BASE_URL}/rooms/${room}`, joined: { token } });
  }

  put(key, value) { return this.call('PUT', `/store/${encodeURIComponent(key)}`, { value }); }
  remove(key) { return this.call('DELETE', `/store/${encodeURIComponent(key)}`); }
  store() { return this.call('GET', '/store'); }
  leave() { return this.call('POST', '/leave'); }

  async call(method, path, body) {
    const headers = { 'Content-Type': 'application/json' };
    if (this.joined) headers.Authorization = `Bearer ${this.joined.token}`;
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }
}

// Wire is a TCP proxy before the server. Cutting it destroys every connection and
// refuses new ones; the browser's own offline mode leaves open streams open.
export class Wire {
  sockets = new Set();
  port = 0;

  static async open(target = BASE_URL) {
    const wire = Object.assign(new Wire(), { target });
    await wire.restore();
    return wire;
  }

  get url() { return `http://127.0.0.1:${this.port}`; }

  async restore() {
    const { hostname, port } = new URL(this.target);
    this.server = net.createServer((near) => {
      const far = net.connect(Number(port || 80), hostname);
      for (const [socket, other] of [[near, far], [far, near]]) {
        this.sockets.add(socket);
        socket.on('error', () => {}); // the close that follows says it
        socket.on('close', () => { this.sockets.delete(socket); other.destroy(); });
        socket.pipe(other);
      }
    });
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
  }

  async cut() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

// together lets the next request of each page to an address wait until all have sent
// theirs: so that they do it at the same moment.
export async function together(pages, address) {
  let waiting = pages.length;
  let release;
  const all = new Promise((resolve) => { release = resolve; });
  for (const page of pages) {
    await page.route(address, async (route) => {
      if (--waiting === 0) release();
      await all;
      await route.continue();
    }, { times: 1 });
  }
}

// fits says that nothing sticks out sideways, of the window or of its own box. What
// scrolls or is cut off on purpose says so in its style.
export async function fits(page) {
  const wide = await page.evaluate(() => [document.scrollingElement, ...document.querySelectorAll('body *')]
    .filter((element) => element.clientWidth > 0 && element.scrollWidth > element.clientWidth
      && (element === document.scrollingElement || getComputedStyle(element).overflowX === 'visible'))
    .map((element) => `${element.localName}.${element.className}: ${element.scrollWidth} in ${element.clientWidth}`));
  assert.deepEqual(wide, []);
}
