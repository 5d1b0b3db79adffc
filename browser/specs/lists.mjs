// Lists: search and filters, what is shown when nothing fits, the file of all that is shown, and the first screen of a phone.
import { Visitor } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world); } finally { await visitor.close(); }
  }
};

const at = (world, rest) => `/t/${world.tenants[0].slug}/${rest}`;

/** The first line of a list stands on the first screen. */
const isOnFirstScreen = async (visitor) => {
  const line = visitor.page.locator('main .rows > li, main .stack tbody tr').first();
  const box = await line.boundingBox();
  const { height } = visitor.page.viewportSize();
  if (!box || box.y > height) throw new Error(`${visitor.page.url()} begins its list ${box?.y} pixels down, on a screen of ${height}`);
};

/** The file that the page offers: its name and its lines. */
const file = async (visitor) => {
  const [download] = await Promise.all([
    visitor.page.waitForEvent('download'),
    visitor.page.locator('.pager').getByText('Download as CSV').click(),
  ]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return { name: download.suggestedFilename(), lines: Buffer.concat(chunks).toString().trim().split('\r\n').length };
};

export const tests = {
  'an administrator’s lists begin on the first screen and are filtered': both(async (visitor, world) => {
    await visitor.signIn('admin');
    for (const list of ['learners', 'programmes', 'people', 'ledger', 'imports', 'groups', 'samples', 'api-keys']) {
      await visitor.visit(at(world, list));
      await isOnFirstScreen(visitor);
      await visitor.check(`list-${list}`);
    }
    await visitor.visit(at(world, 'imports?state=running'));
    await visitor.expect('.empty', 'No import fits');
    await visitor.check('list-imports-none');
    await visitor.visit(at(world, 'imports'));
    await visitor.fill({ search: 'LEARNERS' });
    await visitor.submit('Search');
    if (visitor.page.url().includes('LEARNERS')) throw new Error('a name stands in the address');
    await visitor.expect('ul.rows', 'learners');
    await visitor.check('list-imports-found');
    await visitor.fill({ search: 'a-file-that-nobody-sent' });
    await visitor.submit('Search');
    await visitor.expect('.empty', 'No import fits');
    await visitor.check('list-imports-found-none');
    await visitor.visit(at(world, 'programmes'));
    await visitor.openFilters();
    await visitor.fill({ q: 'SUPERVISOR' });
    await visitor.submit('Search');
    await visitor.expect('ul.rows', 'Retail Supervisor');
    await visitor.check('list-programmes-found');
    await visitor.visit(at(world, 'api-keys?state=revoked'));
    await visitor.expect('.empty', 'No key fits');
    await visitor.visit(at(world, 'api-keys?q=nothing-like-this'));
    await visitor.expect('.empty', 'No key fits');
    await visitor.visit(at(world, 'access-questions'));
    await visitor.openFilters();
    await visitor.fill({ search: 'a-name-that-nobody-has' });
    await visitor.submit('Search');
    await visitor.expect('.empty', 'No question fits');
    await visitor.check('list-questions-none');
    await visitor.visit(at(world, 'ledger'));
    await visitor.openFilters();
    await visitor.page.locator('select[name=sort]').selectOption('oldest');
    await visitor.submit('Show');
    await visitor.expect('ul.rows', '(0)');
    await visitor.check('list-ledger-oldest');
    await visitor.visit(at(world, 'samples?from=2999-01-01'));
    await visitor.expect('.empty', 'No sample');
    await visitor.check('list-samples-none');
    await visitor.visit(at(world, 'samples?until=the+end'));
    await visitor.expect('.summary', 'Write the day');
    await visitor.check('list-samples-wrong');
  }),

  'who looked is narrowed to days and turned round': both(async (visitor, world) => {
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'who-looked?whose=all'));
    const first = await visitor.page.locator('.entries > li').first().innerText();
    await visitor.openFilters();
    await visitor.page.locator('select[name=sort]').selectOption('oldest');
    await visitor.submit('Show');
    if ((await visitor.page.locator('.entries > li').first().innerText()) === first) throw new Error('the list is not turned round');
    await visitor.check('list-looked-oldest');
    await visitor.openFilters();
    await visitor.fill({ from: '2999-01-01' });
    await visitor.submit('Show');
    await visitor.expect('.empty', 'Nobody in these days');
    await visitor.check('list-looked-none');
  }),

  'learners are found in groups by name, and the file has them all': both(async (visitor, world) => {
    await visitor.signIn('facilitator');
    await visitor.visit(at(world, 'groups'));
    const whole = await file(visitor);
    if (whole.name !== 'groups.csv' || whole.lines < 60) throw new Error(`the file ${whole.name} has ${whole.lines} lines`);
    // Of somebody with two names: the last word of "Van der Merwe" is not where the last name begins.
    const names = await visitor.page.locator('.stack tbody th a').allInnerTexts();
    const name = names.map((all) => all.split(' ')).find((words) => words.length === 2)[1];
    await visitor.openFilters();
    await visitor.fill({ name });
    await visitor.submit('Search');
    if (visitor.page.url().includes(name)) throw new Error('a name stands in the address');
    await visitor.expect('.stack', name);
    await visitor.check('list-groups-found');
    const found = await file(visitor);
    if (found.lines >= whole.lines) throw new Error(`the file of one name has ${found.lines} lines of ${whole.lines}`);
    await visitor.openFilters();
    await visitor.fill({ name: 'a-name-that-nobody-has' });
    await visitor.submit('Search');
    await visitor.expect('.empty', 'No learner fits');
    await visitor.check('list-groups-none');
    await visitor.openFilters();
    await visitor.fill({ name: '' });
    await visitor.page.locator('select[name=status]').selectOption('withdrawn');
    await visitor.submit('Search');
    if (!visitor.page.url().includes('status=withdrawn')) throw new Error('a filter can be shared by its address');
  }),

  'filters open without script': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('verifier');
    await visitor.visit(at(world, 'samples'));
    await visitor.openFilters();
    await visitor.check('list-samples-filter');
    await visitor.close();
  },
};
