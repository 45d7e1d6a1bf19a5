// Many tabs, each with a stream. Over HTTP/1.1 a browser opens six connections to a
// host, and a seventh stream waits until one of them ends; over HTTP/2 all of them,
// and the calls, share one connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_URL, DEADLINE, Peer, launch, newRoom } from './harness.mjs';

const TABS = 20;

// Tab is a page with a stream, and the connections that it has used.
class Tab {
  connections = new Set();
  protocols = new Set();

  static async open(context, room, token) {
    const tab = new Tab();
    tab.page = await context.newPage();
    tab.page.setDefaultTimeout(DEADLINE);
    const inspector = await context.newCDPSession(tab.page);
    await inspector.send('Network.enable');
    inspector.on('Network.responseReceived', ({ response }) => {
      tab.connections.add(response.connectionId);
      tab.protocols.add(response.protocol);
    });
    await tab.page.goto(`${BASE_URL}/healthz`); // something small of the same origin
    await tab.page.evaluate(([room, token]) => {
      window.events = [];
      const stream = new EventSource(`/rooms/${room}/observe?keys=*&access_token=${token}`);
      for (const name of ['snapshot', 'update']) {
        stream.addEventListener(name, ({ data }) => window.events.push([name, JSON.parse(data)]));
      }
    }, [room, token]);
    return tab;
  }

  // sees waits for an event of the name with the value under the key k.
  sees(name, value) {
    return this.page.waitForFunction(([name, value]) => window.events.some(([event, { entries, set }]) => (
      event === name && ((entries ?? set).k?.value ?? null) === value)), [name, value]);
  }
}

test(`${TABS} tabs have a stream each, and all of them share one HTTP/2 connection`, async (t) => {
  const room = newRoom();
  const peer = await Peer.join(room);
  const browser = await launch();
  t.after(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const tabs = [];
  for (let i = 0; i < TABS; i++) {
    const tab = await Tab.open(context, room, peer.joined.token);
    await tab.sees('snapshot', null); // all of them stay open
    tabs.push(tab);
  }
  const begin = performance.now();
  await peer.put('k', 'for all');
  await Promise.all(tabs.map((tab) => tab.sees('update', 'for all')));
  const took = performance.now() - begin;

  // With twenty streams open, a page has something left to call with.
  const status = await tabs[0].page.evaluate(async ([room, token]) => (await fetch(`/rooms/${room}/store/k`, {
    method: 'PUT', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: '{"value": "of a tab"}',
  })).status, [room, peer.joined.token]);
  assert.equal(status, 200);
  await Promise.all(tabs.map((tab) => tab.sees('update', 'of a tab')));

  const connections = new Set(tabs.flatMap((tab) => [...tab.connections]));
  t.diagnostic(`${TABS} tabs with a stream each on ${connections.size} connection(s); all had an update after ${took.toFixed()} ms`);
  assert.deepEqual([...new Set(tabs.flatMap((tab) => [...tab.protocols]))], ['h2']);
  assert.equal(connections.size, 1);
});
