// Passkeys, with the browser's virtual authenticator: set one up, sign in with it alone, confirm with it in the middle of something, decline.
import { Visitor } from '../helpers.mjs';
import { invited } from './factors.mjs';

const at = (world, rest) => `/t/${world.tenants[0].slug}/${rest}`;

/** Gives the visitor's browser an authenticator. Answers how to change it. */
async function authenticator(visitor) {
  const devtools = await visitor.devtools();
  await devtools.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    verifies: (isUserVerified) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    keys: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

async function setUp(visitor, check) {
  await visitor.expect('h1', 'Set up a second factor');
  await check('passkey-choose');
  await visitor.page.locator('input[value=passkey]').check();
  await visitor.fill({ name: 'This laptop' });
  await visitor.submit('Go on');
  await visitor.expect('h1', 'Set up a passkey');
  await visitor.page.locator('form[data-passkey]').waitFor({ state: 'visible' });
  await check('passkey-begun');
}

/** Presses the button, and waits for what comes of it. */
async function use(visitor, text, selector, says) {
  await visitor.page.locator('button', { hasText: text }).click();
  await visitor.page.locator(selector, { hasText: says }).waitFor({ timeout: 10000 });
}

export const tests = {
  'somebody sets one up, signs in with it alone, and confirms with it in the middle of a reveal': async (browser, world) => {
    for (const [size, name] of [['phone', 'Palesa Radebe'], ['desktop', 'Palesa Botha']]) {
      const { login } = await invited(browser, world, `passkey-${size}-${Date.now()}@example.org`, name);
      const visitor = await Visitor.open(browser, world, { size });
      // After the first page: it opens in a browsing context group of its own, and the authenticator belongs to one.
      await visitor.visit(at(world, 'sign-in'));
      const device = await authenticator(visitor);
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      await setUp(visitor, (name) => visitor.check(name));
      await device.verifies(false);
      await use(visitor, 'Make the passkey', 'form [role=status]', 'No passkey was made');
      await visitor.check('passkey-not-made');
      await device.verifies(true);
      await use(visitor, 'Make the passkey', 'h1', 'Your recovery codes');
      const keys = await device.keys();
      if (keys.length !== 1 || keys[0].rpId !== 'localhost' || !keys[0].isResidentCredential) throw new Error(`keys: ${JSON.stringify(keys)}`);
      await visitor.page.locator('main a.button').click();
      await visitor.visit(at(world, 'account'));
      await visitor.expect('[aria-labelledby=factors]', 'This laptop');
      await visitor.check('account-passkey');

      // In the middle of something: it goes on, with what was filled in.
      await visitor.visit(at(world, 'learners'));
      const record = new URL(await visitor.page.locator('tbody th a').first().getAttribute('href'), world.url).pathname;
      await visitor.visit(`${record}/reveal`);
      await visitor.fill({ purpose: 'Compare with the ID document' });
      await visitor.submit('Show it');
      await visitor.expect('h1', 'Confirm that it is you');
      visitor.complaints = [];
      await visitor.page.locator('form[data-passkey]').waitFor({ state: 'visible' });
      await visitor.check('step-up-passkey');
      await use(visitor, 'Use a passkey', 'h1', 'Nothing was lost');
      await visitor.submit('Send it now');
      if (!/^[0-9 ]{13,}$/.test((await visitor.page.locator('.display').textContent()).trim())) throw new Error('the number is not shown');

      // After the password, typed before the browser offers a passkey by itself.
      await visitor.context.clearCookies();
      await visitor.page.route('**/sign-in/passkey', (route) => route.fulfill({ json: null }));
      await visitor.visit(at(world, 'sign-in'));
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      await visitor.expect('h1', 'One more step');
      await visitor.page.locator('form[data-passkey]').waitFor({ state: 'visible' });
      await visitor.check('second-step-passkey');
      await visitor.page.unroute('**/sign-in/passkey');
      await use(visitor, 'Use a passkey', 'h1', 'Palesa');
      // Alone, out of what the browser fills in: here it takes the only one there is by itself.
      await visitor.context.clearCookies();
      await visitor.page.goto(`${world.url}${at(world, 'sign-in')}?back=${encodeURIComponent(at(world, 'learners'))}`);
      await visitor.page.locator('h1', { hasText: 'Learners' }).waitFor({ timeout: 10000 });
      visitor.expectPath(at(world, 'learners'));
      // And with the button, where a browser fills in none.
      await visitor.context.clearCookies();
      await visitor.page.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
      await visitor.visit(`${at(world, 'sign-in')}?back=${encodeURIComponent(at(world, 'learners'))}`);
      await visitor.page.locator('form[data-passkey]').waitFor({ state: 'visible' });
      await visitor.check('sign-in-passkey');
      await use(visitor, 'Use a passkey', 'h1', 'Learners');
      visitor.expectPath(at(world, 'learners'));
      // At another provider's door it opens nothing.
      await visitor.visit(`/t/${world.tenants[1].slug}/sign-in`);
      await visitor.page.locator('form[data-passkey]').waitFor({ state: 'visible' });
      await use(visitor, 'Use a passkey', '.summary', 'could not be taken');
      visitor.complaints = [];
      await visitor.check('sign-in-passkey-refused');
      await visitor.close();
    }
  },

  'without script there is no button, and the code is enough': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.visit(at(world, 'sign-in'));
    if (await visitor.page.locator('form[data-passkey]').isVisible()) throw new Error('a button that does nothing');
    await visitor.signIn('assessor');
    await visitor.close();
  },
};
