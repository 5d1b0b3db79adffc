// Second factors: setting one up before anything else, showing it, confirming with it in the middle of something, losing it.
import { Visitor } from '../helpers.mjs';
import { link, mail } from './reset.mjs';

const slug = (world) => world.tenants[0].slug;
const at = (world, rest) => `/t/${slug(world)}/${rest}`;
const admin = (world) => world.tenants[0].logins.find((login) => login.role === 'admin');
const PASSWORD = 'nine quiet owls below';

/** A new administrator, who has accepted the invitation. Gives the login and where administrators see the account. */
export async function invited(browser, world, email, name) {
  const host = await Visitor.open(browser, world);
  await host.signIn('admin');
  await host.visit(at(world, 'people/invite'));
  await host.fill({ name, email });
  await host.page.locator('input[value=admin]').check();
  await host.submit('Invite');
  await host.confirm(admin(world));
  await host.expect('h1', 'The invitation is made');
  await host.page.locator('main a.button').click();
  await host.expect('h1', name);
  const account = new URL(host.page.url()).pathname;
  await host.close();
  const { pathname, hash } = link(await mail(world, email, '/invitation#ski_'));
  const guest = await Visitor.open(browser, world);
  await guest.visit(pathname + hash);
  await guest.fill({ password: PASSWORD });
  await guest.submit();
  await guest.expect('.notice', 'Your password is set');
  await guest.close();
  return { account, login: { email, password: PASSWORD } };
}

/** Sets an authenticator app up from the page that asks for one. Gives the recovery codes. */
async function setUp(visitor, login, check) {
  await visitor.expect('h1', 'Set up a second factor');
  await check('factor-new');
  await visitor.submit('Go on');
  login.totp_secret = await visitor.page.locator('#secret').textContent();
  await check('factor-begun');
  await visitor.fill({ code: '000000' });
  await visitor.submit('Confirm');
  await visitor.expect('.summary', 'does not fit');
  visitor.complaints = [];
  await check('factor-begun-refused');
  await visitor.showFactor(login);
  await visitor.expect('h1', 'Your recovery codes');
  const codes = await visitor.page.locator('.codes code').allTextContents();
  if (codes.length !== 10 || new Set(codes).size !== 10) throw new Error(`recovery codes: ${codes.length}`);
  await check('factor-codes');
  return codes;
}

export const tests = {
  'an administrator sets one up, and confirms in the middle of a reveal': async (browser, world) => {
    for (const [size, name] of [['phone', 'Nokuthula Zwane'], ['desktop', 'Nokuthula Cele']]) {
      const { account, login } = await invited(browser, world, `factor-${size}-${Date.now()}@example.org`, name);
      const visitor = await Visitor.open(browser, world, { size });
      await visitor.visit(at(world, 'sign-in'));
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      // Nothing else before it: every page leads there.
      await visitor.visit(at(world, 'learners'));
      visitor.expectPath(`${at(world, 'factors/new')}?back=${encodeURIComponent(at(world, 'learners'))}`);
      const codes = await setUp(visitor, login, (name) => visitor.check(name));
      await visitor.page.locator('main a.button').click();
      visitor.expectPath(at(world, 'learners'));
      await visitor.visit(`${new URL(await visitor.page.locator('tbody th a').first().getAttribute('href'), world.url).pathname}/reveal`);
      await visitor.fill({ purpose: 'Compare with the ID document' });
      await visitor.submit('Show it');
      await visitor.expect('h1', 'Confirm that it is you');
      visitor.complaints = [];
      await visitor.check('step-up-code');
      await visitor.fill({ code: '000000' });
      await visitor.submit();
      await visitor.expect('.summary', 'does not fit');
      visitor.complaints = [];
      await visitor.check('step-up-code-refused');
      await visitor.showFactor(login);
      await visitor.expect('h1', 'Nothing was lost');
      await visitor.submit('Send it now');
      if (!/^[0-9 ]{13,}$/.test((await visitor.page.locator('.display').textContent()).trim())) throw new Error('the number is not shown');
      await visitor.visit(at(world, 'account'));
      await visitor.check('account-factors');
      if (await visitor.page.getByRole('link', { name: 'Remove' }).count()) throw new Error('the only one can be removed');
      await visitor.page.getByRole('link', { name: 'New recovery codes' }).click();
      await visitor.check('factor-codes-new');
      await visitor.submit('Make new codes');
      const fresh = await visitor.page.locator('.codes code').allTextContents();
      if (fresh.length !== 10 || fresh.some((code) => codes.includes(code))) throw new Error('the codes are not new ones');
      await visitor.context.clearCookies();
      await visitor.visit(at(world, 'sign-in'));
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      await visitor.fill({ code: codes[0] });
      await visitor.submit();
      await visitor.expect('.summary', 'does not fit');
      visitor.complaints = [];
      await visitor.fill({ code: fresh[0].toLowerCase() });
      await visitor.submit();
      visitor.expectPath(at(world, ''));
      await visitor.visit(at(world, 'account'));
      await visitor.expect('[aria-labelledby=factors]', '9 recovery codes are left');

      // Phone and codes are lost: another administrator helps.
      const host = await Visitor.open(browser, world, { size });
      await host.signIn('admin');
      await host.visit(account);
      await host.page.getByRole('link', { name: 'Take the second factor away' }).click();
      await host.check('reset-factors');
      await host.submit('Take the second factor away');
      await host.confirm(admin(world));
      await host.expect('.notice', 'was taken away');
      await host.close();
      await mail(world, login.email, 'was taken away');
      await visitor.visit(at(world, 'learners'));
      await visitor.expect('h1', 'Sign in');
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      await visitor.expect('h1', 'Set up a second factor');
      await visitor.close();
    }
  },

  'a learner has one by choice, without script, and removes it': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'account'));
    await visitor.page.getByRole('link', { name: 'Set up another one' }).click();
    await visitor.page.locator('[name=name]').fill('My tablet');
    await visitor.submit('Go on');
    const learner = world.tenants[0].logins.find((login) => login.role === 'learner');
    await visitor.confirm(learner);
    const tablet = { email: 'the tablet of the learner', totp_secret: await visitor.page.locator('#secret').textContent() };
    await visitor.showFactor(tablet);
    await visitor.expect('.notice', 'works from now on');
    await visitor.check('account-factors-two');
    await visitor.page.locator('[aria-labelledby=factors] li', { hasText: 'My tablet' }).getByRole('link').click();
    await visitor.check('factor-remove');
    await visitor.submit('Remove');
    await visitor.confirm(learner);
    await visitor.expect('.notice', 'It was removed');
    await visitor.close();
  },
};
