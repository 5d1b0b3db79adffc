// The public pages, signing in and out, the account, what goes wrong.
import { Visitor } from '../helpers.mjs';

/** Does the same on a phone and on a desktop. */
const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world); } finally { await visitor.close(); }
  }
};

const slug = (world) => world.tenants[0].slug;

export const tests = {
  'public pages': both(async (visitor) => {
    for (const [name, address] of [['front', '/'], ['trust', '/trust'], ['accessibility', '/accessibility'], ['design', '/design'], ['trust-filtered', '/trust?state=met']]) {
      await visitor.visit(address);
      await visitor.check(name);
    }
  }),

  'the way to a provider': both(async (visitor, world) => {
    await visitor.visit('/');
    await visitor.fill({ provider: ` ${slug(world).toUpperCase()} ` });
    await visitor.submit();
    visitor.expectPath(`/t/${slug(world)}/sign-in`);
    await visitor.check('sign-in');
    await visitor.visit('/sign-in?provider=%3C', 422);
    await visitor.expect('.summary', 'There is a problem');
    visitor.complaints = [];
    await visitor.check('front-refused');
  }),

  'a wrong password is said beside the form': both(async (visitor, world) => {
    await visitor.visit(`/t/${slug(world)}/sign-in`);
    await visitor.fill({ email: 'nobody@example.org', password: 'wrong horse battery' });
    await visitor.submit();
    await visitor.expect('.summary', 'do not belong together');
    visitor.complaints = [];
    await visitor.check('sign-in-refused');
  }),

  'signed in: start, account, step-up, out': both(async (visitor, world) => {
    await visitor.visit(`/t/${slug(world)}/account`);
    const login = world.tenants[0].logins.find((login) => login.role === 'admin');
    await visitor.fill({ email: login.email, password: login.password });
    await visitor.submit();
    visitor.expectPath(`/t/${slug(world)}/second-step?back=${encodeURIComponent(`/t/${slug(world)}/account`)}`);
    await visitor.check('second-step');
    await visitor.fill({ code: '000000' });
    await visitor.submit();
    await visitor.expect('.summary', 'does not fit');
    visitor.complaints = [];
    await visitor.check('second-step-refused');
    await visitor.showFactor(login);
    visitor.expectPath(`/t/${slug(world)}/account`);
    await visitor.visit(`/t/${slug(world)}/`);
    await visitor.check('home');
    await visitor.page.locator('.menu > summary').click();
    await visitor.check('home-menu');
    await visitor.page.locator('.menu a').first().click();
    await visitor.expect('h1', 'Your account');
    await visitor.check('account');
    await visitor.page.locator('.more > summary').click();
    await visitor.check('account-end-all');
    await visitor.visit(`/t/${slug(world)}/step-up?back=/t/${slug(world)}/account`);
    await visitor.check('step-up');
    await visitor.showFactor(login);
    visitor.expectPath(`/t/${slug(world)}/account`);
    await visitor.page.locator('.menu > summary').click();
    await visitor.page.locator('.menu button').click();
    await visitor.expect('.notice', 'You are signed out');
    await visitor.check('signed-out');
  }),

  'every role has a start page': async (browser, world) => {
    for (const { role } of world.tenants[0].logins) {
      const visitor = await Visitor.open(browser, world, { size: 'phone' });
      await visitor.signIn(role);
      await visitor.check(`home-${role}`);
      await visitor.close();
    }
  },

  'a session that ended in the middle of a form loses nothing': both(async (visitor, world) => {
    await visitor.signIn('admin');
    await visitor.visit(`/t/${slug(world)}/account`);
    const other = await Visitor.open(visitor.context.browser(), world, {});
    await other.signIn('admin');
    await other.visit(`/t/${slug(world)}/account`);
    await other.page.locator('.more > summary').click();
    await other.submit('Sign out everywhere');
    await other.close();
    await visitor.page.locator('.more > summary').click();
    await visitor.submit('Sign out everywhere');
    await visitor.expect('.notice', 'what you filled in is kept');
    visitor.complaints = [];
    await visitor.check('sign-in-kept');
    const login = world.tenants[0].logins.find((login) => login.role === 'admin');
    await visitor.signInHere(login);
    await visitor.expect('h1', 'Nothing was lost');
    await visitor.check('go-on');
    await visitor.submit('Send it now');
    await visitor.expect('.notice', 'You are signed out');
  }),

  'an invitation comes behind the # and leaves the address bar': both(async (visitor, world) => {
    await visitor.visit(`/t/${slug(world)}/invitation#ski_x`);
    visitor.expectPath(`/t/${slug(world)}/invitation`);
    if (visitor.page.url().includes('#')) throw new Error('the secret is still in the address bar');
    if (await visitor.page.locator('[name=token]').inputValue() !== 'ski_x') throw new Error('the secret is not in its field');
    await visitor.check('invitation');
    await visitor.fill({ password: 'four words in a row' });
    await visitor.submit();
    await visitor.expect('.summary', 'not the whole code');
    visitor.complaints = [];
    await visitor.check('invitation-refused');
  }),

  'pages that are not there': both(async (visitor, world) => {
    await visitor.visit('/nothing', 404);
    visitor.complaints = [];
    await visitor.check('not-found');
    await visitor.signIn('learner');
    await visitor.visit(`/t/${slug(world)}/nothing`, 404);
    visitor.complaints = [];
    await visitor.check('not-found-signed-in');
  }),

  'a double click sends a form once': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.visit(`/t/${slug(world)}/sign-in`);
    let sent = 0;
    visitor.page.on('request', (request) => { if (request.method() === 'POST') sent += 1; });
    await visitor.fill({ email: 'nobody@example.org', password: 'wrong horse battery' });
    await visitor.page.locator('main button[type=submit]:visible').first().dblclick();
    await visitor.expect('.summary', 'do not belong together');
    if (sent !== 1) throw new Error(`it was sent ${sent} times`);
    await visitor.close();
  },

  'without script': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    for (const [name, address] of [['front', '/'], ['trust', '/trust'], ['design', '/design']]) {
      await visitor.visit(address);
      await visitor.check(name);
    }
    await visitor.signIn('admin');
    await visitor.check('home');
    await visitor.visit(`/t/${slug(world)}/account`);
    await visitor.check('account');
    await visitor.page.locator('.menu > summary').click();
    await visitor.page.locator('.menu button').click();
    await visitor.expect('.notice', 'You are signed out');
    await visitor.close();
  },

  'a screen of 320 pixels, and dark': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', dark: true });
    visitor.size = 'dark';
    for (const [name, address] of [['front', '/'], ['trust', '/trust'], ['design', '/design']]) {
      await visitor.visit(address);
      await visitor.check(name);
    }
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    visitor.size = '320';
    await visitor.signIn('admin');
    for (const [name, address] of [['front', '/'], ['trust', '/trust'], ['design', '/design'], ['home', `/t/${slug(world)}/`], ['account', `/t/${slug(world)}/account`]]) {
      await visitor.visit(address);
      await visitor.check(name);
    }
    await visitor.close();
  },

  'what a visit costs': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    const session = await visitor.context.newCDPSession(visitor.page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
    const cost = async (address) => { bytes = 0; await visitor.visit(address); await visitor.page.waitForLoadState('networkidle'); return bytes; };
    const first = await cost('/');
    const trust = await cost('/trust');
    const front = await cost('/');
    console.log(`      first ${first}, /trust ${trust}, / again ${front} bytes`);
    if (first > 100_000 || trust > 20_000 || front > 20_000) throw new Error(`first ${first}, /trust ${trust}, again ${front} bytes`);
    await visitor.close();
  },
};
