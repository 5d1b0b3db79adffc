// An administrator's work with learners: find, register, change, reveal, programmes, enrolments, statements.
import { Visitor } from '../helpers.mjs';

/** Does the same on a phone and on a desktop. */
const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await visitor.signIn('admin'); await test(visitor, world); } finally { await visitor.close(); }
  }
};

const at = (world, rest) => `/t/${world.tenants[0].slug}/${rest}`;

/** The thirteenth digit of an ID number. */
const luhn = (twelve) => {
  const sum = [...twelve].reduce((sum, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return twelve + ((10 - (sum % 10)) % 10);
};
const number = () => luhn(`900101${String(Math.floor(Math.random() * 10000)).padStart(4, '0')}08`);

const CODES = { equity: 'BA', nationality: 'SA', home_language: 'Zul', citizen_status: 'SA', socioeconomic_status: '01', disability_status: 'N', province: '7' };

async function select(visitor, fields) {
  for (const [name, value] of Object.entries(fields)) await visitor.page.locator(`main [name="${name}"]`).selectOption(value);
}

async function register(visitor, world, id, last) {
  await visitor.visit(at(world, 'learners/new'));
  await visitor.fill({ id_number: id, first_name: 'Nomvula', last_name: last });
  await select(visitor, CODES);
  await visitor.page.locator('[name=popi_consent][value=no]').check();
  await visitor.submit('Register');
}

/** Confirms as the administrator, if it is asked for. */
const confirmed = (visitor, world) => visitor.confirm(world.tenants[0].logins.find((login) => login.role === 'admin'));

export const tests = {
  'the list, both ways, by name and newest, and a search': both(async (visitor, world) => {
    await visitor.visit(at(world, 'learners'));
    await visitor.check('learners');
    const first = await visitor.page.locator('tbody th').first().textContent();
    await visitor.page.getByRole('link', { name: 'Next page' }).click();
    await visitor.page.getByRole('link', { name: 'Previous page' }).click();
    await visitor.expect('tbody th', first);
    await visitor.page.getByRole('link', { name: 'newest first' }).click();
    await visitor.check('learners-newest');
    await visitor.fill({ q: first.slice(0, 3) });
    await visitor.submit('Search');
    visitor.expectPath(at(world, 'learners'));
    await visitor.expect('main', 'Names that begin with');
    await visitor.check('learners-found');
    await visitor.fill({ q: 'zzzz' });
    await visitor.submit('Search');
    await visitor.expect('main', 'Nobody found');
    await visitor.check('learners-missed');
  }),

  'registered, found by number, changed, and a second time refused': both(async (visitor, world) => {
    const id = number();
    await visitor.visit(at(world, 'learners/new'));
    await visitor.check('learner-new');
    await visitor.fill({ id_number: '9001014800080', first_name: 'X' });
    await visitor.submit('Register');
    await visitor.expect('.summary', 'There is a problem');
    if ((await visitor.page.content()).includes('9001014800080')) throw new Error('the number stands in the page again');
    visitor.complaints = [];
    await visitor.check('learner-refused');
    await register(visitor, world, id, 'Ḓuvha-Mokoena');
    await visitor.expect('.notice', 'The learner is registered');
    await visitor.check('learner-details');
    if ((await visitor.page.content()).includes(id)) throw new Error('the number stands in the page');
    const address = visitor.page.url().split('?')[0];
    await register(visitor, world, id, 'Mokoena');
    await visitor.expect('main', 'This learner is registered already');
    visitor.complaints = [];
    await visitor.check('learner-twin');
    await visitor.visit(at(world, 'learners'));
    await visitor.fill({ q: id });
    await visitor.submit('Search');
    if (visitor.page.url() !== address) throw new Error(`the number led to ${visitor.page.url()}`);
    await visitor.visit(at(world, 'learners/lookup'));
    await visitor.check('lookup');
    await visitor.fill({ id_number: luhn('850505480108') });
    await visitor.submit('Find');
    await visitor.check('lookup-done');

    // Two people change one record.
    const edit = `${new URL(address).pathname}/edit`;
    await visitor.visit(edit);
    await visitor.check('learner-edit');
    const other = await Visitor.open(visitor.context.browser(), world, {});
    await other.signIn('admin');
    await other.visit(edit);
    await other.fill({ first_name: 'Nomvula Grace' });
    await other.submit('Save');
    await other.close();
    await visitor.fill({ first_name: 'Nomvula Anne' });
    await visitor.submit('Save');
    await visitor.expect('.notice', 'Somebody changed this while you were at it');
    visitor.complaints = [];
    await visitor.check('learner-stale');
    await visitor.submit('Save');
    await visitor.expect('.notice', 'The change is saved');
    await visitor.expect('h1', 'Nomvula Anne');
    for (const [name, rest] of [['learner-record', '/record'], ['learner-accesses', '/accesses']]) {
      await visitor.visit(new URL(address).pathname + rest);
      await visitor.check(name);
    }

    // The whole number: a purpose, a fresh confirmation, half a minute.
    await visitor.visit(`${new URL(address).pathname}/reveal`);
    await visitor.check('reveal');
    await visitor.fill({ purpose: ' ' });
    await visitor.page.locator('main form').evaluate((form) => { form.noValidate = true; });
    await visitor.submit('Show it');
    visitor.complaints = [];
    await visitor.check('reveal-refused');
    await visitor.fill({ purpose: 'Compare with the ID document' });
    await visitor.submit('Show it');
    visitor.complaints = [];
    await confirmed(visitor, world);
    await visitor.expect('.display', id);
    await visitor.check('revealed');
    await visitor.page.getByRole('link', { name: 'Hide it now' }).click();
    if ((await visitor.page.content()).includes(id)) throw new Error('the number stands in the page');
  }),

  'a wrong number is corrected, and one that somebody has is refused': both(async (visitor, world) => {
    const [first, wrong, right] = [number(), number(), number()];
    await register(visitor, world, first, 'Nkabinde');
    await register(visitor, world, wrong, 'Nkabinde');
    await visitor.page.getByRole('link', { name: 'Correct it' }).click();
    await visitor.expect('h1', 'Correct the ID number');
    await visitor.check('correct-id');
    await visitor.fill({ id_number: first, purpose: 'A digit was typed wrong' });
    await visitor.submit('Correct the number');
    visitor.complaints = [];
    await confirmed(visitor, world);
    await visitor.expect('.notice.warn', 'on another record');
    if ((await visitor.page.content()).includes(first)) throw new Error('the number stands in the page');
    visitor.complaints = [];
    await visitor.check('correct-id-taken');
    await visitor.fill({ id_number: right, purpose: 'A digit was typed wrong' });
    await visitor.submit('Correct the number');
    await visitor.expect('.notice', 'The number is corrected');
    await visitor.expect('main', 'Recorded before as');
    await visitor.check('correct-id-done');
  }),

  'a programme, its learners, their team, leaving and coming back': both(async (visitor, world) => {
    await visitor.visit(at(world, 'programmes'));
    await visitor.check('programmes');
    await visitor.visit(at(world, 'programmes/new'));
    await visitor.check('programme-new');
    const saqa = String(Math.floor(Math.random() * 1e9));
    await visitor.fill({ title: 'Community Health Worker', saqa_id: saqa, nqf_level: '4', credits: '30' });
    await select(visitor, { kind: 'qualification', 'modules/0/kind': 'knowledge' });
    await visitor.fill({ 'modules/0/code': 'KM-01', 'modules/0/title': 'Health and society', 'modules/0/nqf_level': '4', 'modules/0/credits': 'ten' });
    await visitor.submit('Add another module');
    await visitor.expect('main', 'Module 4');
    await visitor.submit('Register');
    await visitor.expect('.summary', 'Credits are a whole number');
    visitor.complaints = [];
    await visitor.check('programme-refused');
    await visitor.fill({ 'modules/0/credits': '30' });
    await visitor.submit('Register');
    await visitor.expect('.notice', 'The programme is registered');
    await visitor.check('programme');

    await visitor.page.getByRole('link', { name: 'Enrol learners' }).click();
    await visitor.check('enrol-many');
    await visitor.page.locator('[name=learners]').nth(0).check();
    await visitor.page.locator('button', { hasText: 'Next page' }).click();
    await visitor.expect('main', 'One more learner is chosen on another page');
    await visitor.page.locator('[name=learners][type=checkbox]').nth(0).check();
    await visitor.submit('Enrol those chosen');
    await visitor.expect('.notice', 'The learners are enrolled');

    const id = number();
    await register(visitor, world, id, 'Nkabinde');
    const learner = new URL(visitor.page.url()).pathname;
    await visitor.visit(`${learner}/enrol`);
    await visitor.check('enrol');
    await visitor.submit('Enrol');
    await visitor.expect('.summary', 'Choose one');
    visitor.complaints = [];
    await visitor.page.locator('[name=programme]').selectOption({ label: `Community Health Worker (${saqa})` });
    await visitor.submit('Enrol');
    await visitor.expect('.notice', 'The learner is enrolled');
    await visitor.check('enrolment');
    await visitor.page.getByRole('link', { name: 'Change the team' }).click();
    await visitor.check('team');
    await visitor.page.locator('[name="team/assessor"]').selectOption({ index: 1 });
    await visitor.submit('Save');
    await visitor.expect('.notice', 'The team is changed');
    await visitor.page.getByRole('link', { name: 'Interrupt the enrolment' }).click();
    await visitor.expect('h1', 'Interrupt the enrolment');
    await visitor.check('enrolment-pause');
    await visitor.fill({ reason: 'In hospital until March' });
    await visitor.submit('Interrupt');
    await visitor.expect('.notice', 'is interrupted');
    await visitor.expect('main', 'In hospital until March');
    await visitor.check('enrolment-paused');
    await visitor.page.getByRole('link', { name: 'Resume the enrolment' }).click();
    await visitor.check('enrolment-resume');
    await visitor.fill({ reason: 'Back at work' });
    await visitor.submit('Resume the enrolment');
    await visitor.expect('.notice', 'is resumed');
    await visitor.check('enrolment-resumed');
    await visitor.page.locator('summary', { hasText: 'Withdraw' }).click();
    await visitor.check('withdraw');
    await visitor.submit('Withdraw the learner');
    await visitor.expect('.notice', 'The learner is withdrawn');
    await visitor.page.locator('summary', { hasText: 'Take the learner back' }).click();
    await visitor.check('reinstate');
    await visitor.submit('Take the learner back');
    await visitor.expect('.notice', 'The learner is taken back');
    await visitor.submit('Issue a statement');
    visitor.complaints = [];
    await confirmed(visitor, world);
    await visitor.expect('main', 'No result of this enrolment is locked yet');
    visitor.complaints = [];
    await visitor.check('statement-nothing');
  }),

  'a statement of results, shown masked and as a document': both(async (visitor, world) => {
    await visitor.visit(at(world, 'learners'));
    let enrolment = null;
    const rows = await visitor.page.locator('tbody th a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    for (const href of rows) {
      await visitor.visit(`${href}/record`);
      if (await visitor.page.locator('[aria-labelledby=r-results] .tag').count()) {
        enrolment = await visitor.page.locator('[aria-labelledby=r-enrolments] a').first().getAttribute('href');
        break;
      }
    }
    if (!enrolment) throw new Error('no learner of the demo has a result');
    await visitor.check('learner-record-full');
    await visitor.visit(enrolment);
    await visitor.submit('Issue a statement');
    visitor.complaints = [];
    await confirmed(visitor, world);
    await visitor.expect('.notice', 'The statement is issued');
    await visitor.check('statement');
    const shown = await visitor.page.content();
    if (/(^|[^0-9])[0-9]{13}([^0-9]|$)/.test(shown)) throw new Error('a whole number stands in the page');
    await visitor.page.getByRole('link', { name: 'Open the document' }).click();
    await visitor.expect('h1', 'Statement of results');
  }),

  'a file is imported and wrong rows are named': both(async (visitor, world) => {
    const columns = 'id_number,first_name,last_name,equity,nationality,home_language,citizen_status,socioeconomic_status,disability_status,province';
    const row = (id, last) => `${id},Zodwa,${last},BA,SA,Zul,SA,01,N,7`;
    await visitor.visit(at(world, 'imports/new'));
    await visitor.check('import-new');
    await visitor.submit('Go on');
    await visitor.expect('.summary', 'Choose a file');
    visitor.complaints = [];
    await visitor.check('import-refused');
    const text = [columns, row(number(), 'Khoza'), row('9001014800080', 'Zungu'), row(number(), '')].join('\n');
    const bring = async (name, content) => {
      await visitor.visit(at(world, 'imports/new'));
      await visitor.page.locator('[name=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
      await visitor.submit('Go on');
    };
    await bring('<b>learners</b>.csv', text.replace('last_name', 'van'));
    await visitor.expect('h1', 'Check the columns');
    await visitor.expect('.summary', 'Last name');
    await visitor.check('import-columns-missing');
    if ((await visitor.page.content()).includes('9001014800080')) throw new Error('the number stands in the page');
    await visitor.page.getByLabel('van').selectOption('last_name');
    await visitor.submit('Check again');
    await visitor.expect('main', '2 of 3 rows would be refused');
    await visitor.check('import-columns');
    await visitor.submit('Import');
    await visitor.expect('h1', '<b>learners</b>.csv');
    await visitor.expect('main', 'Line 3');
    await visitor.check('import');
    if ((await visitor.page.content()).includes('9001014800080')) throw new Error('the number stands in the page');
    await bring('x.csv', 'name,surname\n1,2\n');
    await visitor.expect('.summary', 'needed');
    await visitor.page.goBack();
    await visitor.visit(at(world, 'imports?state=waiting'));
    await visitor.page.getByRole('link', { name: 'x.csv' }).first().click();
    await visitor.expect('main', 'Nothing was imported yet');
    await visitor.check('import-waiting');
    await visitor.page.getByRole('link', { name: 'Check the columns' }).click();
    await visitor.submit('Do not import');
    await visitor.visit(at(world, 'imports?state=given_up'));
    await visitor.expect('main', 'x.csv');
    const long = 'x'.repeat(70000);
    await bring('long.csv', [columns, row(number(), 'Nkosi'), long].join('\n'));
    await visitor.expect('.summary', 'Line 3');
    visitor.complaints = [];
    await visitor.check('import-unreadable');
    const same = row(number(), 'Nkosi');
    await bring('long.csv', [columns, ...Array(1001).fill(same), long].join('\n'));
    await visitor.expect('main', 'The file has more rows');
    await visitor.submit('Import');
    await visitor.expect('main', 'Stopped');
    await visitor.check('import-stopped');
    await visitor.visit(at(world, 'imports'));
    await visitor.check('imports');
  }),

  'who may not is told so': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'learners/new'), 403);
    await visitor.visit(at(world, 'programmes/new'), 403);
    await visitor.close();
  },

  'without script, and 320 pixels wide': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('admin');
    await register(visitor, world, number(), 'Sithole');
    await visitor.expect('.notice', 'The learner is registered');
    await visitor.check('learner-details');
    await visitor.close();
    const narrow = await Visitor.open(browser, world, { size: 'phone' });
    await narrow.signIn('admin');
    await narrow.page.setViewportSize({ width: 320, height: 640 });
    narrow.size = '320';
    for (const [name, rest] of [['learners', 'learners'], ['learner-new', 'learners/new'], ['lookup', 'learners/lookup'], ['programmes', 'programmes'], ['programme-new', 'programmes/new']]) {
      await narrow.visit(at(world, rest));
      await narrow.check(name);
    }
    await narrow.close();
  },
};
