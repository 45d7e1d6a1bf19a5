// The page at / as people use it: several of them in one room, with a network
// that breaks and values that somebody else has chosen.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { BASE_URL, DEADLINE, Peer, Wire, launch, newRoom } from './harness.mjs';

const OUT = new URL('../out/', import.meta.url).pathname;
let browser;

before(async () => { browser = await launch(); });
after(() => browser?.close());

// open shows the page to one more person, and waits until it is live.
// faults are what no page may have; where the network is cut, the browser itself
// writes failed requests to the console, and quiet leaves those out.
async function open(t, { room, name, base = BASE_URL, quiet = false, ...options }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('dialog', (dialog) => { page.faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('console', (message) => {
    const network = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !(quiet && network)) page.faults.push(message.text());
  });
  page.on('response', async (answer) => {
    if (answer.url().endsWith('/join') && answer.ok()) page.joined = await answer.json();
  });
  const query = new URLSearchParams({ ...(room && { room }), ...(name && { name }) });
  await page.goto(`${base}/?${query}`);
  await live(page);
  return page;
}

const live = (page) => page.waitForFunction(() => {
  const badges = [...document.querySelectorAll('.badge')];
  return badges.length > 0 && badges.every((badge) => badge.textContent === 'live')
    && [...document.querySelectorAll('.position')].every((place) => place.textContent);
});

// shows waits until the first pane of the page shows this; undefined is nothing.
async function shows(page, { pinned, spotlight }) {
  const wanted = { pinned: pinned ?? null, spotlight: spotlight ?? null };
  try {
    await page.waitForFunction((want) => {
      const empty = document.querySelector('.pinned p.empty');
      const pinned = empty ? null : document.querySelector('.pinned p').textContent;
      const spotlight = document.querySelector('.tiles').querySelector('.lit')?.dataset.peer ?? null;
      return pinned === want.pinned && spotlight === want.spotlight;
    }, wanted);
  } catch {
    assert.fail(`the page never showed ${JSON.stringify(wanted)}; it shows:\n${await page.locator('main').innerText()}`);
  }
}

const asText = (entry) => entry && (typeof entry.value === 'string' ? entry.value : JSON.stringify(entry.value));

// showsStore holds the page to what the server has.
async function showsStore(page, peer) {
  const { session, revision, entries } = await peer.store();
  await shows(page, { pinned: asText(entries.pinnedMessage), spotlight: asText(entries.spotlight) });
  assert.equal(await page.locator('.position').first().textContent(), `${session}-${revision}`);
}

const events = (page) => page.locator('#log b').allTextContents();
const button = (page, name) => page.getByRole('button', { name });

// fits says that nothing sticks out sideways, of the window or of its own box.
// In the log, text is cut off on purpose.
async function fits(page) {
  const wide = await page.evaluate(() => [document.scrollingElement, ...document.querySelectorAll('body *:not(#log *)')]
    .filter((element) => element.clientWidth > 0 && element.scrollWidth > element.clientWidth)
    .map((element) => `${element.localName}.${element.className}: ${element.scrollWidth} in ${element.clientWidth}`));
  assert.deepEqual(wide, []);
}

test('what one pins and spotlights, the others see', async (t) => {
  const room = newRoom();
  const ann = await open(t, { room, name: 'Ann' });
  const ben = await open(t, { room, name: 'Ben' });

  await button(ann, 'Pin “Ben: Notes are in the wiki”').click();
  await shows(ben, { pinned: 'Ben: Notes are in the wiki' });
  await button(ben, 'Spotlight Ann for everyone').click();
  const both = { pinned: 'Ben: Notes are in the wiki', spotlight: ann.joined.peer.id };
  await shows(ben, both);
  await shows(ann, both);

  const cleo = await open(t, { room, name: 'Cleo' });
  await shows(cleo, both);
  assert.deepEqual((await events(cleo)).filter((event) => event !== 'peers'), ['snapshot'], 'who comes later needs one event');

  await ben.getByLabel('Your own message').fill('Lunch?');
  await ben.getByLabel('Your own message').press('Enter');
  await button(cleo, 'Remove from spotlight: Ann').click();
  for (const page of [ann, ben, cleo]) await shows(page, { pinned: 'Ben: Lunch?' });
  await button(ann, 'Unpin').click();
  for (const page of [ann, ben, cleo]) {
    await shows(page, {});
    assert.deepEqual(page.faults, []);
  }
});

test('who comes and goes is seen by those who are here', async (t) => {
  const room = newRoom();
  const ann = await open(t, { room, name: 'Ann' });
  const ben = await open(t, { room, name: 'Ben' });
  await button(ann, 'Spotlight Ben for everyone').click();
  await shows(ben, { spotlight: ben.joined.peer.id });
  await ben.goto('about:blank');
  await ann.locator('.tile', { hasText: 'Ben (not here)' }).waitFor();
  await button(ann, 'Remove from spotlight: Ben').click();
  await ann.locator('.tile', { hasText: 'Ben' }).waitFor({ state: 'detached' });
  assert.equal(await ann.locator('.tile').count(), 1);
  assert.deepEqual(ann.faults, []);
});

test('a spotlight goes with the one who has set it', async (t) => {
  const room = newRoom();
  const ann = await open(t, { room, name: 'Ann' });
  const ben = await open(t, { room, name: 'Ben' });
  await button(ben, 'Spotlight Ann for everyone').click();
  await shows(ann, { spotlight: ann.joined.peer.id });
  await button(ben, 'Pin “Ben: Notes are in the wiki”').click();
  await shows(ann, { pinned: 'Ben: Notes are in the wiki', spotlight: ann.joined.peer.id });
  await ben.goto('about:blank');
  await shows(ann, { pinned: 'Ben: Notes are in the wiki' });
  const last = await ann.locator('#log li', { hasText: 'owner_left' }).first().getAttribute('title');
  assert.deepEqual(Object.keys(JSON.parse(last).removed), ['spotlight']);
  assert.deepEqual(ann.faults, []);
});

test('without a name: two people side by side, in a room that the address says', async (t) => {
  const page = await open(t, {});
  const room = new URL(page.url()).searchParams.get('room');
  assert.match(room, /^demo-\w+$/);
  await button(page, 'Pin “Ann: Stand-up is at 10:30 today”').first().click();
  for (const name of ['Ann', 'Ben']) {
    const pane = page.getByRole('region', { name: `What ${name} sees` });
    await pane.locator('.pinned p', { hasText: 'Ann: Stand-up is at 10:30 today' }).waitFor();
    await pane.locator('.tile', { hasText: `${name} (you)` }).waitFor();
  }
  assert.match(await page.locator('#curl').textContent(), new RegExp(`${BASE_URL}/rooms/${room}"`));
  for (const path of ['swagger/index.html', 'openapi.json', 'metrics', 'healthz']) {
    assert.equal((await fetch(`${BASE_URL}/${path}`)).status, 200, path);
    assert.equal(await page.locator(`nav a[href="${path}"]`).count(), 1, path);
  }
  assert.deepEqual(page.faults, []);
});

test('a page whose network was cut has it all again, without a reload', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room);
  await script.put('pinnedMessage', 'before');
  await script.put('spotlight', script.joined.peer.id);
  const wire = await Wire.open();
  t.after(() => wire.cut());
  const ann = await open(t, { room, name: 'Ann', base: wire.url, quiet: true });
  await shows(ann, { pinned: 'before', spotlight: script.joined.peer.id });
  await ann.evaluate(() => { window.samePage = true; });

  // The stream breaks, and so does at least one attempt to open it again.
  let failed = 0;
  const refused = new Promise((resolve) => ann.on('requestfailed', (request) => {
    if (request.url().includes('/observe') && ++failed === 2) resolve();
  }));
  await wire.cut();
  await ann.locator('.badge', { hasText: 'reconnecting…' }).waitFor();
  await script.put('pinnedMessage', 'during');
  await script.put('unseen', 1);
  await script.put('spotlight', ann.joined.peer.id);
  await script.remove('spotlight');
  await script.put('pinnedMessage', 'after');
  await refused;
  await shows(ann, { pinned: 'before', spotlight: script.joined.peer.id });
  await wire.restore();

  await live(ann);
  await showsStore(ann, script);
  const log = (await events(ann)).filter((event) => event !== 'peers');
  assert.deepEqual(log, ['update', 'snapshot'], 'newest first: one update for all that was missed');
  const missed = JSON.parse(await ann.locator('#log li', { hasText: 'update' }).first().getAttribute('title'));
  assert.deepEqual([Object.keys(missed.set), Object.keys(missed.removed)], [['pinnedMessage'], ['spotlight']]);
  assert.equal(await ann.evaluate(() => window.samePage), true);
  assert.deepEqual(ann.faults, []);
});

test('a page whose peer is gone joins again: by itself, or when asked after an end', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room);
  await script.put('pinnedMessage', 'still here');
  const wire = await Wire.open();
  t.after(() => wire.cut());
  const ann = await open(t, { room, name: 'Ann', base: wire.url, quiet: true });

  const first = ann.joined;
  await wire.cut();
  await Peer.as(room, first.token).leave();
  await script.put('pinnedMessage', 'and new');
  await wire.restore();
  await live(ann);
  await showsStore(ann, script);
  assert.notEqual(ann.joined.peer.id, first.peer.id, 'the token of a peer that has left is worth nothing');

  await Peer.as(room, ann.joined.token).leave();
  await ann.locator('.badge', { hasText: 'ended: left' }).waitFor();
  await button(ann, 'Join again').click();
  await live(ann);
  await showsStore(ann, script);
  assert.deepEqual(ann.faults, []);
});

test('closing the page leaves the room', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room);
  const ann = await open(t, { room, name: 'Ann' });
  const names = async () => (await script.call('GET', '/peers')).peers.map((peer) => peer.name);
  assert.deepEqual(await names(), ['Script', 'Ann']);
  await ann.goto('about:blank');
  const deadline = Date.now() + 10_000; // far below the 30 s after which Ann would go anyway
  while ((await names()).length > 1) assert.ok(Date.now() < deadline, 'Ann is still there');
});

test('what the server refuses is said in the pane', async (t) => {
  const ann = await open(t, { room: newRoom(), name: 'Ann', quiet: true });
  await ann.getByLabel('Your own message').fill('x'.repeat(2000));
  await ann.getByLabel('Your own message').press('Enter');
  await ann.getByRole('alert').filter({ hasText: '1024' }).waitFor();
  await shows(ann, {});
  await button(ann, 'Pin “Ben: Notes are in the wiki”').click();
  await shows(ann, { pinned: 'Ben: Notes are in the wiki' });
  await ann.getByRole('alert').waitFor({ state: 'hidden' });

  const context = await browser.newContext();
  t.after(() => context.close());
  const lost = await context.newPage();
  await lost.goto(`${BASE_URL}/?room=no%20such%20name`);
  await lost.getByRole('alert').first().waitFor();
  await button(lost, 'Join again').first().waitFor();
});

test('hostile values are shown as text, and break nothing', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room, '<img src=x onerror=alert(2)>');
  const markup = { x: '<img src=x onerror=alert(1)>' };
  const long = '<b>'.padEnd(1022, 'W');
  const ann = await open(t, { room, name: 'Ann' });
  const values = [markup, long, null, 0, false, '', [], {}, '</script><script>alert(3)</script>', '__proto__', 'constructor'];
  for (const value of values) {
    await script.put('pinnedMessage', value);
    await script.put('spotlight', value);
    const text = asText({ value });
    await shows(ann, { pinned: text, spotlight: text });
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      await ann.setViewportSize({ width, height });
      await fits(ann);
    }
  }
  await script.put('spotlight', script.joined.peer.id);
  await shows(ann, { pinned: 'constructor', spotlight: script.joined.peer.id });
  assert.equal(await ann.locator('img, .pane b b, .pane script').count(), 0);
  assert.deepEqual(ann.faults, []);
});

test('it fits the screen, large and small, light and dark', async (t) => {
  await mkdir(OUT, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      const room = newRoom();
      const page = await open(t, { room, colorScheme, viewport: { width, height } });
      await button(page, 'Pin “Ben: Notes are in the wiki”').first().click();
      await button(page, 'Spotlight Ann for everyone').first().click();
      await page.waitForFunction(() => document.querySelectorAll('.lit').length === 2);
      await fits(page);
      if (width === 1280) {
        const content = await page.evaluate(() => document.scrollingElement.scrollHeight);
        assert.ok(content <= height, `the page is ${content} high in a window of ${height}`);
      }
      await page.screenshot({ path: `${OUT}page-${width}x${height}-${colorScheme}.png`, fullPage: true });
      assert.deepEqual(page.faults, []);
    }
  }
});
