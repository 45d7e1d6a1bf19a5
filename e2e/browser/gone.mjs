// The demo page when somebody goes, is cut off, comes back, or is not let in.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Peer, Wire, launch, newRoom } from './harness.mjs';
import { Person } from './person.mjs';

// Other programs than the one at BASE_URL: one that removes a silent peer soon, one
// that wants a JWT, one whose rooms hold one peer.
const { QUICK_URL, SECRET_URL, JOIN_SECRET, FULL_URL } = process.env;
assert.ok(QUICK_URL && SECRET_URL && JOIN_SECRET && FULL_URL, 'browser_test.go starts these programs');

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const open = (t, options) => Person.open(t, browser, options);
const enter = async (t, options) => (await open(t, options)).live();

test('a window that is cut off shows what was, and resumes with what it has missed', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room, 'Script');
  const ann = await enter(t, { room, name: 'Ann' });
  const ben = await enter(t, { room, name: 'Ben' });
  await ann.spotlight('Ben');
  await ann.add('example.org/before');
  const before = { spotlight: 'Ben', links: ['example.org/before'], pinned: null };
  await ben.sees(before);
  const { events } = await ben.look();

  await ben.turn();
  await ben.sees({ status: 'stale' });
  await ben.says('Cut.');
  await ann.add('example.org/meanwhile');
  await ann.spotlight('Ann');
  // What it shows of the links may still be on its way.
  await ann.page.waitForFunction(() => window.look().spotlight === 'Ann' && window.look().entries.usefulLinks?.value.length === 2);
  await script.put('pinnedMessage', 'You have missed this');
  const { revision, session } = await script.store();
  const now = { spotlight: 'Ann', links: ['example.org/before', 'example.org/meanwhile'], pinned: 'You have missed this' };
  await ann.sees(now);
  await ben.sees({ ...before, events: [...events, 'cut'] });

  const [asked] = await Promise.all([ben.page.waitForRequest(/\/observe\?/), ben.turn()]);
  assert.equal(new URL(asked.url()).searchParams.get('since'), `${session}-${revision - 3}`, 'it goes on where it was');
  await ben.sees({ ...now, status: 'live', position: `${session}-${revision}` });
  await ben.says('The 3 revisions that it had missed came at once.');
  await ben.page.waitForFunction(() => window.look().events.at(-1) === 'peers'); // who is there comes last
  const missed = (await ben.look()).events.slice(events.length + 1);
  assert.deepEqual(new Set(missed), new Set(['update', 'peers']), 'no snapshot');

  await ben.turn();
  await ben.sees({ status: 'stale' });
  await ben.turn();
  await ben.says('Nothing had changed, so nothing was sent.');
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('a window whose network was cut has it all again, without a reload', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room);
  await script.put('pinnedMessage', 'before');
  const wire = await Wire.open();
  t.after(() => wire.cut());
  const ann = await enter(t, { room, name: 'Ann', base: wire.url, quiet: true });
  await ann.sees({ pinned: 'before' });
  await ann.page.evaluate(() => { window.samePage = true; });

  // The stream breaks, and so does at least one attempt to open it again.
  let failed = 0;
  const refused = new Promise((resolve) => ann.page.on('requestfailed', (request) => {
    if (request.url().includes('/observe') && ++failed === 2) resolve();
  }));
  await wire.cut();
  await ann.sees({ status: 'stale', pinned: 'before' });
  await ann.says('The server does not answer.');
  await ann.press('Raise hand');
  await ann.says('Nothing is lost; try again when it is back.');
  await script.put('pinnedMessage', 'after');
  await refused;
  await ann.sees({ pinned: 'before', hands: [] });
  await wire.restore();

  await ann.sees({ status: 'live', pinned: 'after' });
  await ann.press('Raise hand');
  await ann.sees({ hands: ['Ann'] });
  assert.equal(ann.joins.length, 1, 'it is the same peer');
  assert.equal(await ann.page.evaluate(() => window.samePage), true);
  assert.deepEqual(ann.faults, []);
});

test('a window that was away for too long comes back as a new peer', async (t) => {
  const room = newRoom();
  const wire = await Wire.open(QUICK_URL);
  t.after(() => wire.cut());
  const ann = await enter(t, { room, name: 'Ann', base: wire.url, quiet: true });
  const ben = await enter(t, { room, name: 'Ben', base: QUICK_URL });
  await ann.press('Raise hand');
  await ben.sees({ peers: ['Ann', 'Ben'], hands: ['Ann'] });
  await ann.press('Change your name');
  await ann.type('Your name', 'Anna');
  for (const person of [ann, ben]) await person.sees({ peers: ['Anna', 'Ben'], hands: ['Anna'] });
  const first = ann.id;
  await wire.cut();
  await ben.sees({ peers: ['Ben'], hands: [] });
  await wire.restore();
  await ben.sees({ peers: ['Ben', 'Anna'], hands: [] });
  await ann.sees({ status: 'live', peers: ['Ben', 'Anna'], hands: [] });
  assert.notEqual(ann.id, first);
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('a reload keeps the peer, its hand and its spotlight, and nobody sees it', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann' });
  const ben = await enter(t, { room, name: 'Ben' });
  await ann.press('Raise hand');
  await ann.spotlight('Ann');
  const both = { peers: ['Ann', 'Ben'], hands: ['Ann'], spotlight: 'Ann' };
  await ben.sees(both);
  const { events } = await ben.look();
  const { id } = ann;
  await ann.page.reload();
  await ann.sees({ status: 'live', ...both });
  assert.equal(ann.joins.length, 2);
  assert.equal(ann.id, id);
  await ben.say('Still here?');
  await ben.sees({ ...both, events: [...events, 'update'] });
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('a window that is closed, or left, is gone at once', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann' });
  const ben = await enter(t, { room, name: 'Ben' });
  const cleo = await enter(t, { room, name: 'Cleo' });
  const dora = await enter(t, { room, name: 'Dora' });
  for (const person of [ben, cleo, dora]) await person.press('Raise hand');
  await ann.page.waitForFunction(() => window.look().hands.length === 3);
  await ben.page.close();
  await ann.sees({ peers: ['Ann', 'Cleo', 'Dora'] });
  await cleo.page.goto('about:blank');
  await ann.sees({ peers: ['Ann', 'Dora'] });
  await dora.press('Leave');
  await ann.sees({ peers: ['Ann'], hands: [], entries: {} });
  await dora.says('Your hand is down');
  await dora.press('Join again');
  await dora.sees({ status: 'live', peers: ['Ann', 'Dora'], hands: [] });
  for (const person of [ann, cleo, dora]) assert.deepEqual(person.faults, []);
});

// crash ends the process of a page: it says nothing any more to anybody.
async function crash({ page }) {
  const gone = page.waitForEvent('crash');
  const devtools = await page.context().newCDPSession(page);
  devtools.send('Page.crash').catch(() => {}); // there is nobody to answer
  await gone;
}

test('of a window that is closed without a word, hand and spotlight go', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann', base: QUICK_URL });
  const ben = await enter(t, { room, name: 'Ben', base: QUICK_URL });
  const cleo = await enter(t, { room, name: 'Cleo', base: QUICK_URL });
  const others = (want) => Promise.all([ann.sees(want), ben.sees(want)]);

  await cleo.press('Raise hand');
  await cleo.spotlight('Cleo');
  await others({ hands: ['Cleo'], spotlight: 'Cleo' });
  await crash(cleo);
  await others({ peers: ['Ann', 'Ben'], hands: [], spotlight: null, entries: {} });
  const last = await ann.page.locator('.event', { hasText: 'owner_left' }).locator('pre').textContent();
  assert.equal(Object.keys(JSON.parse(last).removed).length, 2, 'both in one event');

  // The spotlight is Ann's entry here, and Ann is still there.
  await ann.spotlight('Ben');
  await others({ spotlight: 'Ben' });
  await crash(ben);
  await ann.sees({ peers: ['Ann'], spotlight: null, entries: {} });
  assert.deepEqual(ann.faults, []);
});

// jwt signs claims with the secret of the program at SECRET_URL.
function jwt(claims) {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${createHmac('sha256', JOIN_SECRET).update(text).digest('base64url')}`;
}

test('a server that asks who one is: the page says what to do', async (t) => {
  const room = newRoom();
  const ann = await open(t, { room, base: SECRET_URL, quiet: true });
  await ann.says(`with the claims "exp" and "room": "${room}"`);
  const field = ann.page.getByLabel(`JWT for the room ${room}`);
  await field.fill('no.such.jwt');
  await ann.press('Join with it');
  await ann.page.waitForFunction(() => document.querySelector('textarea')?.value === '');
  const exp = Math.ceil(Date.now() / 1000) + 3600;
  await field.fill(jwt({ exp, room, name: 'Ann', grants: { read: ['*'], write: ['hand.{peer}'] } }));
  await ann.press('Join with it');
  await ann.sees({ status: 'live', peers: ['Ann'] });
  await ann.press('Raise hand');
  await ann.sees({ hands: ['Ann'] });
  await ann.say('May I?');
  await ann.says('your grants do not allow it');
  assert.deepEqual(ann.faults, []);
});

test('a room that is full, or cannot be: the page says so, and what can be tried again is', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann', base: FULL_URL });
  const ben = await open(t, { room, name: 'Ben', base: FULL_URL, quiet: true });
  await ben.says('This page tries again by itself.');
  await ann.press('Leave');
  await ben.sees({ status: 'live', peers: ['Ben'] });

  const lost = await open(t, { room: 'no such name', quiet: true });
  await lost.says('The name of a room has only letters from A to Z');
  await Promise.all([lost.page.waitForURL(/room=\w+-\w+-\d+$/), lost.page.getByRole('link', { name: 'Open a new room' }).click()]);
  await lost.live();
  for (const person of [ann, ben, lost]) assert.deepEqual(person.faults, []);
});
