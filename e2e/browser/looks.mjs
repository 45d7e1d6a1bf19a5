// How the demo page looks, and that everybody can use it: sizes of screen, light and
// dark, the keyboard alone, and what axe says. The screenshots of the README are made
// here: UPDATE_SCREENSHOTS=1 writes them anew.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Peer, fits, launch, newRoom } from './harness.mjs';
import { Person } from './person.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SMALL = { viewport: { width: 320, height: 568 }, hasTouch: true, isMobile: true };
const LANDSCAPE = { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true };

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

// Still: what moves is measured and painted at any moment of it.
const enter = async (t, options) => (await Person.open(t, browser, { reducedMotion: 'reduce', ...options })).live();

// meet fills a room with people who only speak HTTP, and what they would do.
async function meet(room) {
  const [ben, cleo, dora] = [await Peer.join(room, 'Ben Okafor'), await Peer.join(room, 'Cleo Marchand'), await Peer.join(room, 'Dora Lindqvist')];
  const say = (peer, place, from, text) => peer.call('PUT', `/store/chat.0${place}`, { value: { from, text }, ttl: 600 });
  await say(ben, 0, 'Ben Okafor', 'Morning! Stand-up is at 10:30 today');
  await say(cleo, 1, 'Cleo Marchand', 'Notes are in the wiki, the link is below');
  await say(dora, 2, 'Dora Lindqvist', 'Can we begin with the release?');
  await dora.put('usefulLinks', ['https://example.org/agenda', 'https://wiki.example.org/stand-up/notes?week=31']);
  await ben.put('pinnedMessage', 'Ben Okafor: Morning! Stand-up is at 10:30 today');
  await cleo.call('PUT', `/store/hand.${cleo.joined.peer.id}`, { value: true, ephemeral: true });
  await dora.call('PUT', `/store/hand.${dora.joined.peer.id}`, { value: true, ephemeral: true });
  await ben.call('PUT', '/store/spotlight', { value: cleo.joined.peer.id, ephemeral: true });
  return {
    sees: {
      peers: ['Ann Petrov', 'Ben Okafor', 'Cleo Marchand', 'Dora Lindqvist'],
      spotlight: 'Cleo Marchand',
      hands: ['Cleo Marchand', 'Dora Lindqvist'],
    },
    say: (text) => say(ben, 3, 'Ben Okafor', text),
    leave: () => Promise.all([ben, cleo, dora].map((peer) => peer.leave())),
  };
}

const tab = (person, name) => person.page.getByRole('tab', { name }).click();

// accessible says that axe finds nothing that would stop anybody. It is evaluated, since
// the page's own policy lets no script in.
async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`);
  assert.deepEqual(serious, [], where);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [name, size] of Object.entries({ desktop: DESKTOP, phone: PHONE, 'small phone': SMALL, landscape: LANDSCAPE })) {
    test(`it fits, and axe finds nothing serious: ${name}, ${colorScheme}`, async (t) => {
      const room = newRoom();
      const ann = await enter(t, { room, name: 'Ann Petrov', colorScheme, ...size });
      const check = async (where) => {
        await fits(ann.page);
        await accessible(ann.page, where);
      };
      await check('alone');
      await ann.sees((await meet(room)).sees);
      await ann.press('Change your name');
      await check('in a meeting');
      if (name !== 'desktop') {
        for (const side of ['Links', 'Inspector']) {
          await tab(ann, side);
          await check(side);
        }
        await ann.turn();
        await ann.sees({ status: 'stale' });
        await check('cut off');
        await tab(ann, 'Chat');
      }
      await ann.press('Leave');
      await ann.says('Your hand is down');
      await check('not in the room any more');
      assert.deepEqual(ann.faults, []);
    });
  }
}

// reach presses Tab until a control has the focus, as somebody without a mouse does.
async function reach(page, name, most = 80) {
  const seen = [];
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(() => {
      const { ariaLabel, innerText, id } = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { name: (ariaLabel || innerText || id).trim(), shown: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
    });
    seen.push(now.name.slice(0, 30));
    if (now.name !== name) continue;
    assert.ok(now.shown, `one sees that ${name} has the focus`);
    return;
  }
  assert.fail(`Tab never comes to ${name}, but to ${[...new Set(seen)].join(', ')}`);
}

test('everything can be done with the keyboard alone', async (t) => {
  const room = newRoom();
  const ann = await enter(t, { room, name: 'Ann', ...DESKTOP });
  const ben = await enter(t, { room, name: 'Ben', ...PHONE });
  const { keyboard } = ann.page;
  await reach(ann.page, 'Spotlight Ben for everyone');
  await keyboard.press('Enter');
  await ben.sees({ spotlight: 'Ben' });
  await reach(ann.page, 'Raise hand');
  await keyboard.press('Space');
  await ben.sees({ hands: ['Ann'] });
  await reach(ann.page, 'Message');
  await keyboard.type('By keyboard');
  await keyboard.press('Enter');
  await ben.sees({ messages: ['Ann: By keyboard'] });
  await ann.sees({ messages: ['Ann: By keyboard'] });
  await keyboard.press('Shift+Tab'); // back to the pin of the last message
  await keyboard.press('Enter');
  await ben.sees({ pinned: 'Ann: By keyboard' });
  await reach(ann.page, 'Unpin');
  await keyboard.press('Enter');
  await ben.sees({ pinned: null });
  await reach(ann.page, 'Change your name', 3); // the focus has not gone with the button
  await reach(ann.page, 'Link to add');
  await keyboard.type('example.org');
  await keyboard.press('Enter');
  await ben.sees({ links: ['example.org'] });
  await reach(ann.page, 'Connection');
  await keyboard.press('Space');
  await ann.sees({ status: 'stale' });
  await keyboard.press('Space');
  await ann.sees({ status: 'live' });

  await reach(ben.page, 'Chat');
  await ben.page.keyboard.press('ArrowRight');
  await ben.page.getByRole('tab', { name: 'Links', selected: true }).waitFor();
  await ben.page.keyboard.press('End');
  await ben.page.getByRole('heading', { name: 'Inspector' }).waitFor();
  assert.deepEqual([...ann.faults, ...ben.faults], []);
});

// What a README loads with each visit. GitHub shows it no wider than a desktop.
const MAX_SCREENSHOT = 200 << 10;

test('screenshots', async (t) => {
  const kept = new URL('../screenshots/', import.meta.url).pathname;
  const folder = process.env.UPDATE_SCREENSHOTS ? kept : await mkdtemp(join(tmpdir(), 'session-store-screenshots-'));
  await mkdir(folder, { recursive: true });
  const room = 'monday-stand-up'; // it is in the picture
  for (const [name, options] of Object.entries({
    desktop: { ...DESKTOP, colorScheme: 'light' },
    dark: { ...DESKTOP, colorScheme: 'dark' },
    phone: { ...PHONE, colorScheme: 'light', deviceScaleFactor: 1.5 },
  })) {
    const ann = await enter(t, { room, name: 'Ann Petrov', ...options });
    const meeting = await meet(room);
    await ann.sees(meeting.sees);
    if (name === 'phone') await tab(ann, 'Inspector');
    await ann.turn();
    await ann.sees({ status: 'stale' });
    await meeting.say('Ann, you have missed this');
    await ann.turn();
    await ann.says('The one revision that it had missed');
    if (name === 'phone') await tab(ann, 'Chat');
    const path = join(folder, `${name}.png`);
    await ann.page.screenshot({ path });
    await Promise.all([ann.press('Leave'), meeting.leave()]);
    for (const file of [path, join(kept, `${name}.png`)]) {
      const { size } = await stat(file);
      assert.ok(size > 20_000 && size < MAX_SCREENSHOT, `${file} has ${size} bytes`);
    }
  }
});
