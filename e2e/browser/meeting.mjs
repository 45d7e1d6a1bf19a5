// The demo page as several people use it at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE_URL, Peer, fits, launch, newRoom, together } from './harness.mjs';
import { Person } from './person.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const enter = async (t, options) => (await Person.open(t, browser, options)).live();

test('what one does, the other sees; who comes late sees all of it', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann' });
  const ben = await enter(t, { room, name: 'Ben' });
  const everybody = [ann, ben];
  const all = (want) => Promise.all(everybody.map((person) => person.sees(want)));
  await all({ peers: ['Ann', 'Ben'], spotlight: null, pinned: null, hands: [], messages: [], links: [] });

  await ann.spotlight('Ben');
  await all({ spotlight: 'Ben' });
  await ben.spotlight('Ann');
  await all({ spotlight: 'Ann' });

  await ben.say('Stand-up is at 10:30');
  await all({ messages: ['Ben: Stand-up is at 10:30'] });
  await ann.pin('Stand-up is at 10:30');
  await all({ pinned: 'Ben: Stand-up is at 10:30' });

  await ann.add('example.org/agenda');
  await all({ links: ['example.org/agenda'] });
  await ben.add('https://wiki.example.org/notes?week=31');
  await all({ links: ['example.org/agenda', 'wiki.example.org/notes?week=31'] });

  await ben.press('Raise hand');
  await all({ hands: ['Ben'] });
  await ann.press('Raise hand');
  await all({ hands: ['Ben', 'Ann'] });

  const cleo = await enter(t, { room, name: 'Cleo' });
  everybody.push(cleo);
  await all({
    peers: ['Ann', 'Ben', 'Cleo'], spotlight: 'Ann', pinned: 'Ben: Stand-up is at 10:30', hands: ['Ben', 'Ann'],
    messages: ['Ben: Stand-up is at 10:30'], links: ['example.org/agenda', 'wiki.example.org/notes?week=31'],
  });
  const { events } = await cleo.look();
  assert.deepEqual(events.filter((event) => event !== 'peers'), ['snapshot'], 'who comes later needs one snapshot');

  await cleo.press('Unpin');
  await cleo.spotlight('Ann'); // again is off
  await ben.press('Lower hand');
  await cleo.press('Remove https://example.org/agenda');
  await all({ pinned: null, spotlight: null, hands: ['Ann'], links: ['wiki.example.org/notes?week=31'] });
  for (const person of everybody) assert.deepEqual(person.faults, []);
});

test('two who add links at the same moment lose nothing', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann', quiet: true });
  const ben = await enter(t, { room, name: 'Ben', quiet: true });
  for (const round of [1, 2]) {
    await together([ann.page, ben.page], '**/store/usefulLinks');
    await Promise.all([ann.add(`ann.example.org/${round}`), ben.add(`ben.example.org/${round}`)]);
    for (const person of [ann, ben]) await person.page.waitForFunction((count) => window.look().links.length === count, 2 * round);
  }
  const { links } = await ann.look();
  await ben.sees({ links });
  assert.deepEqual([...links].sort(), ['ann.example.org/1', 'ann.example.org/2', 'ben.example.org/1', 'ben.example.org/2']);
  const refused = [...ann.answers, ...ben.answers].filter((answer) => answer === 'PUT 412');
  assert.equal(refused.length, 2, 'in each round one was second, and did it again');
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('two who speak at the same moment are both heard', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann', quiet: true });
  const ben = await enter(t, { room, name: 'Ben', quiet: true });
  await together([ann.page, ben.page], '**/store/chat.*');
  await Promise.all([ann.say('Me first'), ben.say('No, me')]);
  for (const person of [ann, ben]) await person.page.waitForFunction(() => window.look().messages.length === 2);
  const { messages } = await ann.look();
  await ben.sees({ messages });
  assert.deepEqual([...messages].sort(), ['Ann: Me first', 'Ben: No, me']);
});

test('what is typed while a message or a link is on its way stays', async (t) => {
  const ann = await enter(t, { room: newRoom(), name: 'Ann' });
  for (const [label, address, first, next] of [
    ['Message', '**/store/chat.*', 'First', 'Second'],
    ['Link to add', '**/store/usefulLinks', 'example.org/1', 'example.org/2'],
  ]) {
    let answer;
    const typed = new Promise((resolve) => { answer = resolve; });
    await ann.page.route(address, async (route) => {
      const response = await route.fetch();
      await typed;
      await route.fulfill({ response });
    }, { times: 1 });
    const field = ann.page.getByLabel(label, { exact: true });
    const answered = ann.page.waitForResponse(address);
    await ann.type(label, first);
    await field.fill(next);
    answer();
    await (await answered).finished();
    await ann.press('Raise hand'); // what the page does with the answer is done before it takes this
    await ann.sees({ hands: ['Ann'] });
    await ann.press('Lower hand');
    await ann.sees({ hands: [] });
    assert.equal(await field.inputValue(), next);
    await field.press('Enter');
    await ann.page.waitForFunction((label) => document.querySelector(`[aria-label="${label}"]`).value === '', label);
  }
  await ann.sees({ messages: ['Ann: First', 'Ann: Second'], links: ['example.org/1', 'example.org/2'] });
  assert.deepEqual(ann.faults, []);
});

test('chat keeps its last 24 lines, in the order in which they were said', async (t) => {
  const ann = await enter(t, { room: newRoom(), name: 'Ann' });
  const lines = Array.from({ length: 26 }, (_, index) => `line ${index}`);
  for (const line of lines) {
    await ann.say(line);
    await ann.page.locator('.message p', { hasText: new RegExp(`^${line}$`) }).waitFor();
  }
  await ann.sees({ messages: lines.slice(-24).map((line) => `Ann: ${line}`) });
  assert.equal(Object.keys((await ann.look()).entries).length, 24);
});

test('the inspector shows what the server holds', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room, 'Script');
  const ann = await enter(t, { room, name: 'Ann' });
  await ann.say('Grüße, 世界');
  await ann.sees({ messages: ['Ann: Grüße, 世界'] });
  await ann.press('Raise hand');
  await ann.sees({ hands: ['Ann'] });
  await script.put('slides/deck 1', { slide: 3, of: [1.5, null, '"'] });
  await script.put('gone', 1);
  await script.remove('gone');
  const { session, revision, entries } = await script.store();
  await ann.sees({ position: `${session}-${revision}` });

  const names = { [ann.id]: 'Ann', [script.joined.peer.id]: 'Script' };
  const wanted = Object.values(entries).map(({ key, value, revision, updated_by: by, updated_at: when }) => [key, { value, revision, who: names[by], when }]);
  const seen = await ann.look();
  assert.deepEqual(seen.entries, Object.fromEntries(wanted));
  const { keys, bytes, limits } = await script.call('GET', '');
  const largest = Math.max(...Object.values(entries).map(({ value }) => Buffer.byteLength(JSON.stringify(value))));
  const count = (number) => number.toLocaleString('en');
  assert.deepEqual(seen.limits, [
    `${largest} of ${count(limits.value_bytes)} bytes`, `${keys} of ${limits.keys} keys`, `${bytes} of ${count(limits.total_bytes)} bytes`,
  ]);
  await ann.page.locator('.event', { hasText: '"removed":{"gone"' }).waitFor();
  await ann.press('Remove slides/deck 1');
  await ann.page.waitForFunction(() => !('slides/deck 1' in window.look().entries));
  assert.deepEqual(ann.faults, []);
});

test('who is alone is shown how to see the point', async (t) => {
  const ann = await enter(t, {});
  const room = new URL(ann.page.url()).searchParams.get('room');
  assert.match(room, /^\w+-\w+-\d+$/, 'a room of its own, in the address');
  await ann.page.waitForFunction(() => window.look().peers.length === 1);
  const { peers: [name] } = await ann.look();
  assert.match(name, /^\w+ \w+$/, 'a friendly name, without a form');
  const [page] = await Promise.all([ann.page.context().waitForEvent('page'), ann.page.getByRole('link', { name: 'Open a second window' }).click()]);
  const ben = await Person.at(page, 'the second window');
  await page.waitForFunction(() => document.querySelectorAll('.tile[data-peer]').length === 2);
  await ann.page.waitForFunction(() => document.querySelectorAll('.tile[data-peer]').length === 2);
  assert.deepEqual(await page.evaluate(() => sessionStorage.length), 1, 'it has a token of its own');
  await ann.press('Raise hand');
  await page.locator('.hand').waitFor();
  for (const path of ['swagger/index.html', 'openapi.json', 'metrics', 'healthz']) {
    assert.equal((await fetch(`${BASE_URL}/${path}`, { method: 'HEAD' })).status, 200, path);
    assert.equal(await ann.page.locator(`nav a[href="${path}"]`).count(), 1, path);
  }
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

test('a name can be changed, and everybody sees it', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann' });
  const ben = await enter(t, { room, name: 'Ben' });
  await ann.say('Hello');
  await ann.press('Change your name');
  await ann.type('Your name', 'Anna Petrov');
  for (const person of [ann, ben]) await person.sees({ peers: ['Anna Petrov', 'Ben'] });
  await ben.page.locator('.entry', { hasText: 'chat.' }).locator('.meta b', { hasText: 'Anna Petrov' }).waitFor();
  assert.deepEqual(ben.faults, []);
});

test('what the server refuses is said kindly, and what comes next works', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room);
  const ann = await enter(t, { room, name: 'Ann', quiet: true });
  await ann.say('x'.repeat(2000));
  await ann.says('at most 1,024 bytes');
  assert.equal(await ann.page.getByLabel('Message', { exact: true }).inputValue(), 'x'.repeat(2000), 'what was typed is not lost');
  await ann.say('Shorter');
  await ann.sees({ messages: ['Ann: Shorter'] });
  await ann.page.locator('.notice').waitFor({ state: 'detached' });

  await ann.add('no address');
  assert.equal(await ann.page.getByLabel('Link to add').evaluate((field) => field.validationMessage), 'That is no web address.');
  await script.call('PATCH', '/store', { set: Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`filler ${index}`, 0])) });
  await ann.press('Raise hand');
  await ann.says('at most 100 keys');
  await ann.sees({ hands: [] });
  await ann.press('Remove filler 7');
  await ann.page.waitForFunction(() => !('filler 7' in window.look().entries));
  await ann.press('Raise hand');
  await ann.sees({ hands: ['Ann'] });
  assert.deepEqual(ann.faults, []);
});

test('hostile values are shown as text, and break nothing', async (t) => {
  const room = newRoom();
  const script = await Peer.join(room, '<img src=x onerror=alert(2)>');
  const ann = await enter(t, { room, name: 'Ann' });
  const values = [{ x: '<img src=x onerror=alert(1)>' }, '<b>'.padEnd(1022, 'W'), null, 0, false, '', [], {}, [null, {}], { from: {}, text: 7 },
    { text: '</script><script>alert(3)</script>' }, '__proto__', 'constructor', ['javascript:alert(4)', 'https://a.example/"onclick=alert(5)']];
  for (const value of values) {
    const keys = ['pinnedMessage', 'spotlight', 'usefulLinks', 'chat.00', 'chat.x', `hand.${ann.id}`, 'hand.', '__proto__', `name.${script.joined.peer.id}`];
    const { revision, session } = await script.call('PATCH', '/store', { set: Object.fromEntries(keys.map((key) => [key, value])) });
    await ann.sees({ position: `${session}-${revision}`, spotlight: null, pinned: typeof value === 'string' ? value : JSON.stringify(value) });
    for (const [width, height] of [[390, 844], [1440, 900]]) {
      await ann.page.setViewportSize({ width, height });
      await fits(ann.page);
    }
  }
  assert.equal(await ann.page.locator('#root img, #root script, #root a[href^="javascript:"], [onclick]').count(), 0);
  await script.put('spotlight', script.joined.peer.id);
  await script.remove(`name.${script.joined.peer.id}`);
  await ann.page.locator('.tile.lit').waitFor();
  await ann.say('Still here');
  await ann.page.locator('.message', { hasText: 'Still here' }).waitFor();
  assert.deepEqual(ann.faults, []);
});
