// The administrator's house-keeping: people, permissions, API keys, the log, settings.
import { Visitor } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world, size); } finally { await visitor.close(); }
  }
};
const slug = (world) => world.tenants[0].slug;
const confirm = (visitor, world) => visitor.confirm(world.tenants[0].logins.find((login) => login.role === 'admin'));

export const tests = {
  'people: list, find, invite, suspend, restore': both(async (visitor, world, size) => {
    await visitor.signIn('admin');
    await visitor.visit(`/t/${slug(world)}/people`);
    await visitor.check('people');
    await visitor.visit(`/t/${slug(world)}/people?state=suspended&role=verifier`);
    await visitor.check('people-none');
    await visitor.visit(`/t/${slug(world)}/people/invite`);
    await visitor.check('people-invite');
    await visitor.fill({ name: 'Zodwa Zikhali', email: 'nonsense' });
    await visitor.page.locator('main form').evaluate((form) => { form.noValidate = true; });
    await visitor.submit('Invite');
    await confirm(visitor, world);
    await visitor.expect('.summary', 'There is a problem');
    visitor.complaints = [];
    await visitor.check('people-invite-refused');
    await visitor.fill({ name: 'Zodwa Zikhali', email: `zodwa-${size}-${Date.now()}@example.org` });
    await visitor.page.locator('input[value=assessor]').check();
    await visitor.submit('Invite');
    await visitor.expect('h1', 'The invitation is made');
    await visitor.expect('.lead', 'on its way');
    visitor.complaints = [];
    await visitor.check('people-invited');
    await visitor.page.locator('main a.button').click();
    await visitor.expect('h1', 'Zodwa Zikhali');
    await visitor.check('person');
    await visitor.page.getByRole('link', { name: 'Suspend the account' }).click();
    await visitor.check('person-suspend');
    await visitor.submit('Suspend');
    await visitor.expect('.notice', 'suspended');
    await visitor.check('person-suspended');
    await visitor.page.getByRole('link', { name: 'Restore the account' }).click();
    await visitor.submit('Restore');
    await visitor.expect('.notice', 'restored');
    await visitor.page.getByRole('link', { name: 'Change' }).click();
    await visitor.check('person-roles');
    await visitor.page.locator('input[value=facilitator]').check();
    await visitor.submit('Change the roles');
    await visitor.expect('.notice', 'changed');
    await visitor.page.getByRole('link', { name: 'Enter a registration' }).click();
    await visitor.check('person-register');
    await visitor.fill({ number: 'A-17', body: 'W&RSETA', valid_from: new Date().toISOString().slice(0, 10), valid_until: '2029-12-31' });
    await visitor.page.locator('input[value=assessor]').check();
    await visitor.submit('Enter a registration');
    await visitor.expect('.notice', 'entered');
    await visitor.check('person-registered');
    await visitor.page.getByRole('link', { name: 'Why may this person' }).click();
    await visitor.check('person-why');
    await visitor.page.locator('select[name=act]').selectOption('assessment.record');
    await visitor.submit('Ask');
    await visitor.expect('[role=status]', 'The assessor of an enrolment');
    await visitor.check('person-why-answer');
    await visitor.visit(`/t/${slug(world)}/people`);
    await visitor.fill({ search: 'zikh' });
    await visitor.submit('Search');
    await visitor.expect('ul.rows', 'Zodwa Zikhali');
    await visitor.check('people-found');
  }),

  'who may do what': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(`/t/${slug(world)}/permissions`);
    await visitor.check('permissions');
    await visitor.page.getByRole('navigation', { name: 'Roles' }).getByRole('link', { name: 'Assessor' }).click();
    await visitor.check('permissions-assessor');
    await visitor.visit(`/t/${slug(world)}/people`, 403);
  }),

  'the log: found, read, proved': both(async (visitor, world) => {
    await visitor.signIn('admin');
    await visitor.visit(`/t/${slug(world)}/ledger`);
    await visitor.check('ledger');
    await visitor.openFilters();
    await visitor.page.locator('select[name=act]').selectOption('person.invite');
    await visitor.submit('Show');
    await visitor.check('ledger-found');
    await visitor.page.locator('ul.rows a').first().click();
    await visitor.expect('h1', 'Entry');
    await visitor.check('ledger-entry');
    await visitor.visit(`/t/${slug(world)}/ledger/checkpoint`);
    await visitor.check('ledger-checkpoint');
    await visitor.visit(`/t/${slug(world)}/ledger?act=no.such`);
    await visitor.check('ledger-none');
    await visitor.visit(`/t/${slug(world)}/ledger/999999999`, 404);
  }),

  'settings: changed, refused, changed by two': both(async (visitor, world, size) => {
    await visitor.signIn('admin');
    const address = `/t/${slug(world)}/settings`;
    await visitor.visit(address);
    await visitor.check('settings');
    await visitor.fill({ website: 'no address', telephone: '011 555 0101' });
    await visitor.page.locator('main form').evaluate((form) => { form.noValidate = true; });
    await visitor.submit('Save');
    await visitor.expect('.summary', 'as in a browser');
    visitor.complaints = [];
    await visitor.check('settings-refused');
    await visitor.visit(address);
    const other = await Visitor.open(visitor.context.browser(), world, { size });
    await other.signIn('admin');
    await other.visit(address);
    await other.fill({ provider_number: `SDP-${Date.now() % 10000}` });
    await other.submit('Save');
    await other.expect('.notice', 'saved');
    await other.close();
    await visitor.fill({ provider_number: 'SDP-MINE' });
    await visitor.submit('Save');
    await visitor.expect('.notice', 'Somebody changed this');
    visitor.complaints = [];
    await visitor.check('settings-stale');
    await visitor.submit('Save');
    await visitor.expect('.notice', 'saved');
  }),

  'the API page': both(async (visitor) => {
    await visitor.visit('/api');
    await visitor.check('api');
    await visitor.page.getByRole('link', { name: 'learners', exact: true }).click();
    await visitor.expect('main', 'learner.register');
    await visitor.check('api-learners');
  }),

  'API keys: made, shown once, revoked': both(async (visitor, world, size) => {
    await visitor.signIn('admin');
    await visitor.visit(`/t/${slug(world)}/api-keys/new`);
    await visitor.check('api-key-new');
    await visitor.fill({ name: `Export ${size}` });
    await visitor.submit('Make the key');
    await confirm(visitor, world);
    await visitor.expect('.summary', 'at least one');
    visitor.complaints = [];
    await visitor.check('api-key-refused');
    await visitor.page.locator('input[value="learner.list"]').check();
    await visitor.submit('Make the key');
    await visitor.expect('pre', 'skl_');
    visitor.complaints = [];
    await visitor.check('api-key-made');
    await visitor.page.reload();
    if ((await visitor.page.content()).includes('skl_')) throw new Error('the key is shown a second time');
    await visitor.visit(`/t/${slug(world)}/api-keys`);
    await visitor.check('api-keys');
    await visitor.page.locator('.keys > li').filter({ hasText: `Export ${size}` }).locator('summary', { hasText: 'Revoke' }).first().click();
    await visitor.check('api-key-revoke');
    await visitor.submit('Revoke the key');
    await visitor.expect('.notice', 'revoked');
  }),
};
