// A new password by a link, as the mails of the demo carry it; and what an administrator may do for somebody.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Visitor } from '../helpers.mjs';

const tenant = (world) => world.tenants[0];
const login = (world, role) => tenant(world).logins.find((login) => login.role === role);
const GOOD = 'seven green lamps tonight';

/** The text of a mail out of its quoted-printable form. */
function plain(mail) {
  const joined = mail.replace(/\r\n/g, '\n').replace(/=\n/g, '');
  return Buffer.from(joined.replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16))), 'latin1').toString('utf8');
}

/** The newest mail to this address that holds this, when it has come. */
export async function mail(world, to, holds) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = readdirSync(world.mail).filter((name) => name.endsWith('.eml')).sort().reverse()
      .map((name) => plain(readFileSync(path.join(world.mail, name), 'utf8')))
      .find((text) => text.includes(`To: ${to}`) && text.includes(holds));
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no mail to ${to} with ${holds}`);
}

export const link = (text) => new URL(/https:\/\/\S+/.exec(text)[0]);

/** Somebody new, invited by the administrator, who accepts by the link in the mail. */
async function invited(browser, world, email) {
  const admin = await Visitor.open(browser, world);
  await admin.signIn('admin');
  await admin.visit(`/t/${tenant(world).slug}/people/invite`);
  await admin.fill({ name: 'Lindiwe Ngcobo', email });
  await admin.page.locator('input[value=verifier]').check();
  await admin.submit('Invite');
  await admin.confirm(login(world, 'admin'));
  await admin.expect('h1', 'The invitation is made');
  await admin.page.locator('main a.button').click();
  await admin.expect('h1', 'Lindiwe Ngcobo');
  const { pathname, hash } = link(await mail(world, email, '/invitation#ski_'));
  const guest = await Visitor.open(browser, world);
  await guest.visit(pathname + hash);
  await guest.fill({ password: 'nine quiet owls below' });
  await guest.submit();
  await guest.expect('.notice', 'Your password is set');
  await guest.close();
  return admin;
}

export const tests = {
  'a forgotten password, on a phone and on a desktop': async (browser, world) => {
    for (const size of ['phone', 'desktop']) {
      const email = `lindiwe-${size}-${Date.now()}@example.org`;
      const admin = await invited(browser, world, email);
      const visitor = await Visitor.open(browser, world, { size });
      await visitor.visit(`/t/${tenant(world).slug}/sign-in`);
      await visitor.page.getByRole('link', { name: 'I forgot my password' }).click();
      await visitor.expect('h1', 'Choose a new password');
      await visitor.check('reset');
      await visitor.fill({ email });
      await visitor.submit();
      await visitor.expect('h1', 'Look into your mail');
      await visitor.check('reset-asked');
      const { pathname, hash } = link(await mail(world, email, '/reset/password#skr_'));
      await visitor.visit(pathname + hash);
      await visitor.expect('h1', 'Choose your new password');
      if (visitor.page.url().includes('#')) throw new Error('the secret stays in the address');
      await visitor.check('reset-choose');
      await visitor.fill({ password: 'password12345678' });
      await visitor.submit();
      await visitor.expect('.summary', 'easy to guess');
      visitor.complaints = [];
      await visitor.check('reset-choose-refused');
      // The code of the link is still in its field.
      await visitor.fill({ password: GOOD });
      await visitor.submit();
      await visitor.expect('.notice', 'Your new password is set');
      await visitor.check('reset-done');
      await visitor.fill({ email, password: GOOD });
      await visitor.submit();
      visitor.expectPath(`/t/${tenant(world).slug}/`);
      await mail(world, email, 'was changed, and all its sessions ended');
      await visitor.visit('/');
      await visitor.visit(pathname + hash);
      await visitor.fill({ password: 'eleven brave goats away' });
      await visitor.submit();
      await visitor.expect('h1', 'does not work any more');
      visitor.complaints = [];
      await visitor.check('reset-link-used');
      await visitor.page.getByRole('link', { name: 'Ask for a new link' }).click();
      visitor.expectPath(`/t/${tenant(world).slug}/reset`);
      await visitor.close();
      await admin.close();
    }
  },

  'an administrator sends a link': async (browser, world) => {
    for (const size of ['phone', 'desktop']) {
      const email = `sent-${size}-${Date.now()}@example.org`;
      const helper = await invited(browser, world, email);
      const address = new URL(helper.page.url()).pathname;
      await helper.close();
      const admin = await Visitor.open(browser, world, { size });
      await admin.signIn('admin');
      await admin.visit(address);
      await admin.page.getByRole('link', { name: 'Send a link to a new password' }).click();
      await admin.expect('h1', 'Send Lindiwe Ngcobo a link');
      await admin.check('reset-send');
      await admin.submit('Send the link');
      await admin.confirm(login(world, 'admin'));
      await admin.expect('.lead', 'on its way');
      admin.complaints = [];
      await admin.check('reset-sent');
      await mail(world, email, '/reset/password#skr_');
      await admin.close();
    }
  },
};
