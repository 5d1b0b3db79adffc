// The operators' pages: how the platform is, providers, promises, heads of logs.
import { Visitor } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world, size); } finally { await visitor.close(); }
  }
};
const login = (world) => world.platform.logins.find((login) => login.role === 'operator');

/** Signs in as the demo's operator. */
async function signIn(visitor, world) {
  await visitor.signInAt('/platform/', login(world));
  await visitor.expect('h1', 'Overview');
}

const confirm = (visitor, world) => visitor.confirm(login(world));

export const tests = {
  'platform: signing in, overview, account': both(async (visitor, world) => {
    await visitor.visit('/platform/sign-in');
    await visitor.check('platform-sign-in');
    await visitor.visit('/platform/invitation');
    await visitor.check('platform-invitation');
    await visitor.visit('/platform/sign-in');
    await visitor.fill({ email: login(world).email, password: login(world).password });
    await visitor.submit();
    visitor.expectPath('/platform/second-step');
    await visitor.check('platform-second-step');
    await visitor.showFactor(login(world));
    await visitor.check('platform-overview');
    await visitor.visit('/platform/account');
    await visitor.check('platform-account');
    await visitor.visit('/platform/operators');
    await visitor.check('platform-operators');
    await visitor.page.locator('main .rows a').first().click();
    await visitor.check('platform-operator');
    await visitor.visit('/platform/tenants/00000000-0000-0000-0000-000000000000', 404);
  }),

  'platform: a provider is created, suspended, restored, limited': both(async (visitor, world, size) => {
    await signIn(visitor, world);
    await visitor.visit('/platform/tenants');
    await visitor.check('platform-tenants');
    await visitor.visit('/platform/tenants?q=nobody');
    await visitor.check('platform-tenants-none');
    await visitor.visit('/platform/tenants/new');
    await visitor.check('platform-new');
    const slug = `${size}-${Date.now()}`;
    await visitor.fill({ name: 'Naledi Skills (Pty) Ltd', slug: 'Not A Slug' });
    await visitor.submit('Create');
    await confirm(visitor, world);
    await visitor.expect('.summary', 'There is a problem');
    visitor.complaints = [];
    await visitor.check('platform-new-refused');
    await visitor.fill({ slug });
    await visitor.submit('Create');
    await visitor.expect('.notice', 'is made');
    visitor.complaints = [];
    await visitor.check('platform-invite');
    await visitor.fill({ name: 'Naledi Khumalo', email: `naledi@${slug}.example` });
    await visitor.submit('Invite');
    await visitor.expect('pre', `/t/${slug}/invitation#ski_`);
    await visitor.check('platform-invited');
    await visitor.page.locator('main a.button').click();
    await visitor.expect('h1', 'Naledi Skills');
    const address = new URL(visitor.page.url()).pathname;
    await visitor.check('platform-tenant');
    await visitor.page.getByRole('link', { name: 'Suspend the provider' }).click();
    await visitor.check('platform-suspend');
    await visitor.fill({ purpose: 'They asked for it.' });
    await visitor.submit('Suspend');
    await visitor.expect('.notice', 'suspended');
    await visitor.check('platform-suspended');
    await visitor.page.getByRole('link', { name: 'Restore the provider' }).click();
    await visitor.check('platform-restore');
    await visitor.fill({ purpose: 'They came back.' });
    await visitor.submit('Restore');
    await visitor.expect('.notice', 'restored');
    await visitor.visit(`${address}/quotas`);
    await visitor.check('platform-quotas');
    await visitor.fill({ learners: '1 000', people: 'many' });
    await visitor.submit('Save');
    await visitor.expect('.summary', 'whole number');
    visitor.complaints = [];
    await visitor.check('platform-quotas-refused');
    await visitor.fill({ people: '50', evidence_bytes: '20000' });
    await visitor.submit('Save');
    await visitor.expect('.notice', 'saved');
    await visitor.expect('main', '20.0 GB');
    await visitor.check('platform-tenant-quotas');
    await visitor.visit('/platform/tenants?sort=-created');
    await visitor.expect('main table', 'at most 20.0 GB');
    await visitor.check('platform-tenants-sorted');
  }),

  'platform: an operator is suspended, let in again, and sent a link': both(async (visitor, world) => {
    await signIn(visitor, world);
    const other = world.platform.logins[1].email;
    await visitor.visit('/platform/operators');
    await visitor.page.locator('main .rows li').filter({ hasText: other }).getByRole('link').click();
    await visitor.check('platform-operator-other');
    const address = new URL(visitor.page.url()).pathname;
    for (const [link, name, button, state] of [['Suspend', 'suspend', 'Suspend', 'Suspended'], ['Restore', 'restore', 'Restore', 'Active']]) {
      await visitor.page.locator('main').getByRole('link', { name: link }).click();
      await visitor.check(`platform-operator-${name}`);
      await visitor.submit(button);
      await confirm(visitor, world);
      visitor.complaints = [];
      await visitor.visit(address);
      await visitor.expect('main .tag', state);
      await visitor.check(`platform-operator-after-${name}`);
    }
    await visitor.visit(`${address}/reset`);
    await visitor.check('platform-operator-reset');
    await visitor.visit(`${address}/reset-factors`);
    await visitor.check('platform-operator-reset-factors');
  }),

  'platform: promises and checkpoints': both(async (visitor, world, size) => {
    await signIn(visitor, world);
    await visitor.visit('/platform/controls?state=not_evaluated&q=encrypt');
    await visitor.check('platform-controls');
    if (size === 'desktop') {
      await visitor.submit('Let the probes look now');
      await visitor.expect('.notice', 'looked');
      await visitor.visit('/platform/controls?state=met');
      await visitor.check('platform-controls-met');
    }
    await visitor.visit('/platform/checkpoints');
    await visitor.check('platform-checkpoints');
    const answer = await visitor.context.request.get(world.url + await visitor.page.locator('ul.rows a').first().getAttribute('href'));
    if (!(await answer.text()).includes('\u2014 ')) throw new Error('the file is no signed note');
  }),

  'platform: without script': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    try {
      await signIn(visitor, world);
      await visitor.check('platform-overview');
      await visitor.visit('/platform/tenants?sort=-activity');
      await visitor.check('platform-tenants');
    } finally { await visitor.close(); }
  },
};
