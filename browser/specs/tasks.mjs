// What assessors, moderators, facilitators and verifiers do: queues, deciding, samples, proofs.
import { Visitor } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world); } finally { await visitor.close(); }
  }
};
const slug = (world) => world.tenants[0].slug;
const at = (world, rest) => `/t/${slug(world)}/${rest}`;

/** Waits until a page of this address has come. */
const pick = async (visitor, name, value) => visitor.page.locator(`main [name="${name}"][value="${value}"]`).check();

export const tests = {
  'an assessor works through the queue': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.expect('h1', 'Your queue');
    await visitor.check('queue');
    await visitor.visit(at(world, 'queue?age=overdue'));
    await visitor.expect('.empty', 'Nothing here fits');
    await visitor.check('queue-none');
    await visitor.visit(at(world, 'queue'));
    await visitor.openFilters();
    await visitor.check('queue-filters');
    await visitor.fill({ name: 'a-name-that-nobody-has' });
    await visitor.submit('Search');
    await visitor.expect('.empty', 'Nothing here fits');
    await visitor.visit(at(world, 'queue'));
    await visitor.page.locator('main a.button').first().click();
    await visitor.expect('#decision', 'Decision');
    await visitor.check('assess');
    await visitor.submit('Record');
    await visitor.expect('.summary', 'Choose what you decided');
    visitor.complaints = [];
    await visitor.check('assess-refused');
    await pick(visitor, 'outcome', 'not_yet_competent');
    await visitor.fill({ feedback: 'Bring the logbook of week 3.' });
    const here = visitor.page.url();
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Your assessment was recorded');
    if (visitor.page.url().split('?')[0] === here) throw new Error('it did not go to the next');
    await visitor.check('assess-next');
    await visitor.visit(new URL(here).pathname);
    await visitor.expect('.attempts', 'Bring the logbook');
    await visitor.check('assess-again');
  }),

  'criteria have to be met': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    const links = await visitor.page.locator('.stack tbody a').evaluateAll((all) => all.filter((a) => a.textContent.includes('-PM-')).map((a) => a.getAttribute('href')));
    await visitor.visit(links[0]);
    await visitor.check('assess-criteria');
    await pick(visitor, 'outcome', 'competent');
    await visitor.fill({ feedback: 'Well done.' });
    await visitor.submit('Record');
    await visitor.expect('.summary', 'every criterion');
    visitor.complaints = [];
    await visitor.check('assess-criteria-refused');
    for (const box of await visitor.page.locator('[name=criteria_met]').all()) await box.check();
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Your assessment was recorded');
  }),

  'two people on one item: the second sees what was decided': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    const href = await visitor.page.locator('.stack tbody a').last().getAttribute('href');
    await visitor.visit(href);
    const other = await Visitor.open(visitor.context.browser(), world, {});
    await other.signIn('assessor');
    await other.visit(href);
    await pick(other, 'outcome', 'not_yet_competent');
    await other.fill({ feedback: 'The first to decide.' });
    await other.submit('Record');
    await other.close();
    await pick(visitor, 'outcome', 'absent');
    await visitor.fill({ feedback: 'The second to decide.' });
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Somebody decided meanwhile');
    await visitor.expect('.attempts', 'The first to decide.');
    if (await visitor.page.locator('[name=feedback]').inputValue() !== 'The second to decide.') throw new Error('what was written is lost');
    visitor.complaints = [];
    await visitor.check('assess-meanwhile');
  }),

  'evidence is looked at where nothing runs': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.page.locator('main a.button').first().click();
    const href = await visitor.page.locator('.files a').first().getAttribute('href');
    const answer = await visitor.context.request.get(world.url + href);
    const headers = answer.headers();
    if (!headers['content-security-policy'].startsWith("sandbox;") || headers['x-content-type-options'] !== 'nosniff') throw new Error(JSON.stringify(headers));
    if (headers['content-type'] !== 'application/pdf' || !headers['content-disposition'].startsWith('inline')) throw new Error(JSON.stringify(headers));
    await visitor.close();
  },

  'a moderator decides on the sample': both(async (visitor, world) => {
    await visitor.signIn('moderator');
    await visitor.visit(at(world, 'samples'));
    await visitor.check('samples');
    await visitor.page.locator('.stack tbody a').first().click();
    await visitor.expect('h1', 'Sample');
    await visitor.check('sample');
    await visitor.visit(at(world, 'queue'));
    await visitor.check('queue-moderator');
    await visitor.page.locator('main a.button').first().click();
    await visitor.expect('#decision', 'Decision');
    await visitor.check('moderate');
    const here = visitor.page.url();
    await pick(visitor, 'decision', 'returned');
    await visitor.submit('Record');
    await visitor.expect('.summary', 'Say why');
    visitor.complaints = [];
    await visitor.check('moderate-refused');
    await visitor.fill({ reason: 'The logbook is not signed.' });
    await visitor.submit('Record');
    await visitor.expect('.notice', visitor.page.url().includes('empty') ? 'the last one' : 'Your decision was recorded');
    await visitor.visit(new URL(here).pathname);
    await visitor.expect('.attempts', 'The logbook is not signed.');
    await visitor.check('moderate-decided');
  }),

  'a facilitator sees progress, and may look and not decide': both(async (visitor, world) => {
    await visitor.signIn('facilitator');
    await visitor.visit(at(world, 'groups'));
    await visitor.check('groups');
    await visitor.page.locator('.stack tbody a').last().click();
    await visitor.check('work');
    await visitor.page.locator('.stack tbody a').first().click();
    await visitor.expect('.notice.warn', 'not yours to decide');
    await visitor.check('assess-duty');
  }),

  'a verifier sees samples and the proof of a decision': both(async (visitor, world) => {
    await visitor.signIn('verifier');
    await visitor.visit(at(world, 'groups'));
    await visitor.visit(at(world, 'samples'));
    await visitor.page.locator('.stack tbody a').last().click();
    await visitor.check('sample-verifier');
    await visitor.page.locator('.stack tbody td a').first().click();
    await visitor.expect('h1', 'Proof in the log');
    await visitor.check('proof');
  }),

  'without script and at 320 pixels': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.check('queue');
    await visitor.page.locator('main a.button').first().click();
    await visitor.check('assess');
    await visitor.close();
    const small = await Visitor.open(browser, world, { size: 'phone', dark: true });
    await small.page.setViewportSize({ width: 320, height: 640 });
    small.size = '320';
    await small.signIn('facilitator');
    await small.visit(at(world, 'groups'));
    await small.check('groups');
    await small.page.locator('.stack tbody a').first().click();
    await small.check('work');
    await small.close();
  },
};
