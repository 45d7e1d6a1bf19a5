// Swagger UI as a newcomer uses it: paste a token, try two calls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_URL, DEADLINE, Peer, launch, newRoom } from './harness.mjs';

// tryOut executes a GET with the parameters, and gives status and body as shown.
async function tryOut(page, path, parameters) {
  const block = page.locator('.opblock-get', { has: page.locator(`[data-path="${path}"]`) });
  await block.locator('.opblock-summary-control').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.getByRole('button', { name: 'Execute' }).click();
  const row = block.locator('.live-responses-table tr.response');
  await row.waitFor();
  return {
    status: (await row.locator('.response-col_status').innerText()).trim(),
    body: await row.locator('.highlight-code').first().innerText(),
    prefilled: (name) => block.locator(`tr[data-param-name="${name}"] input`).inputValue(),
  };
}

test('Swagger UI: authorize with the bare token, read the store, observe', async (t) => {
  const room = newRoom();
  const peer = await Peer.join(room);
  await peer.put('spotlight', 'hello from the test');
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(DEADLINE);
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`${BASE_URL}/swagger/index.html`);

  await page.locator('.btn.authorize').click();
  const scheme = page.locator('.auth-container form', { has: page.locator('h4 code', { hasText: /^Bearer$/ }) });
  await scheme.locator('input').fill(peer.joined.token);
  await scheme.locator('button[type=submit]').click();
  await scheme.locator('.btn-done').click();

  const store = await tryOut(page, '/rooms/{room}/store', { room, keys: '' });
  assert.equal(store.status, '200');
  assert.match(store.body, /hello from the test/);

  const stream = await tryOut(page, '/rooms/{room}/observe', { room });
  assert.equal(stream.status, '200');
  assert.ok(Number(await stream.prefilled('for')) > 0, '"for" is filled in: without it the answer would never end');
  assert.match(stream.body, /event: snapshot\n[^]*hello from the test/);
  assert.deepEqual(faults, []);
});
