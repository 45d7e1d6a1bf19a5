// Somebody at the demo page: what one does there, and what one sees.
import assert from 'node:assert/strict';
import { BASE_URL, DEADLINE } from './harness.mjs';

export class Person {
  // faults are what no page may have. Where calls are refused or the network is cut, the
  // browser itself writes failed requests to the console, and quiet leaves those out.
  faults = [];
  // The answers that this page has had, as "PUT 412".
  answers = [];
  // What it has joined as, newest last.
  joins = [];
  // The page shows that it is live before the browser has given that answer to us.
  joining = Promise.resolve();

  // open shows the page to one more person, and waits until it is live.
  static async open(t, browser, { room, name, base = BASE_URL, quiet = false, query, ...options }) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    t.after(() => context.close());
    const person = await Person.at(await context.newPage(), name, quiet);
    await person.page.goto(`${base}/?${new URLSearchParams({ ...(room && { room }), ...(name && { name }), ...query })}`);
    return person;
  }

  // at takes a page that somebody else has opened.
  static async at(page, name, quiet = false) {
    const person = Object.assign(new Person(), { page, name });
    page.setDefaultTimeout(DEADLINE);
    page.on('pageerror', (error) => person.faults.push(String(error)));
    page.on('dialog', (dialog) => { person.faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on('console', (message) => {
      const network = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !(quiet && network)) person.faults.push(message.text());
    });
    page.on('response', (answer) => {
      person.answers.push(`${answer.request().method()} ${answer.status()}`);
      if (answer.url().endsWith('/join') && answer.ok()) {
        person.joining = answer.json().catch(() => undefined).then((joined) => person.joins.push(joined));
      }
    });
    await page.addInitScript(look);
    return person;
  }

  get joined() { return this.joins.findLast(Boolean); }
  get id() { return this.joined.peer.id; }

  button(name) { return this.page.getByRole('button', { name, exact: true }); }
  press(name) { return this.button(name).click(); }
  async live() {
    await this.sees({ status: 'live' });
    return this;
  }

  async type(label, text) {
    const field = this.page.getByLabel(label, { exact: true });
    await field.fill(text);
    await field.press('Enter');
  }

  say(text) { return this.type('Message', text); }
  add(link) { return this.type('Link to add', link); }
  spotlight(name) { return this.press(`Spotlight ${name} for everyone`); }
  pin(text) { return this.press(`Pin “${text}”`); }
  turn() { return this.page.getByRole('switch', { name: 'Connection' }).click(); }

  // sees waits until all this is on the page, whatever else is.
  async sees(want) {
    try {
      await this.page.waitForFunction((want) => {
        const seen = window.look();
        return Object.entries(want).every(([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value));
      }, want);
      await this.joining;
    } catch (error) {
      const seen = await this.page.evaluate(() => window.look()).catch(() => error);
      assert.deepEqual(Object.fromEntries(Object.keys(want).map((name) => [name, seen[name]])), want, `what ${this.name} sees`);
      throw error;
    }
  }

  look() { return this.page.evaluate(() => window.look()); }

  // says waits for what is announced in a live region or an alert.
  says(text) { return this.page.locator('[role=alert], [role=status]').filter({ hasText: text }).first().waitFor(); }
}

// look runs in the page. What is not there at the moment is null or empty.
function look() {
  const all = (selector, read) => [...document.querySelectorAll(selector)].map(read);
  const text = (element) => element?.textContent ?? null;
  const nameOn = (tile) => text(tile?.querySelector('.who > span'))?.replace(' (you)', '') ?? null;
  window.look = () => ({
    status: document.querySelector('.status')?.dataset.status ?? null,
    peers: all('.tile[data-peer]', nameOn),
    spotlight: nameOn(document.querySelector('.tile.lit')),
    hands: all('.tile:has(.hand)', (tile) => [Number(tile.querySelector('.hand').lastChild.data), nameOn(tile)])
      .sort(([a], [b]) => a - b).map(([, name]) => name),
    pinned: text(document.querySelector('.pinned p'))?.replace('Pinned: ', '') ?? null,
    messages: all('.message', (line) => `${text(line.querySelector('b'))}: ${text(line.querySelector('p'))}`),
    links: all('.link > :first-child', text),
    position: text(document.querySelector('.position')),
    limits: all('.limits .meter', (meter) => meter.getAttribute('aria-valuetext')),
    entries: Object.fromEntries(all('.entry', (row) => [row.dataset.key, {
      value: JSON.parse(text(row.querySelector('.value'))),
      revision: Number(row.querySelector('.revision').lastChild.data),
      who: text(row.querySelector('.meta b')),
      when: row.querySelector('time').dateTime,
    }])),
    // Oldest first, as they came.
    events: all('.event', (event) => event.dataset.type ?? 'cut').reverse(),
  });
}
