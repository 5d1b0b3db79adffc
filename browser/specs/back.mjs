// The button back, after every kind of form: nothing is sent again, nobody is asked whether to, and a page is there.
import { Visitor } from '../helpers.mjs';

const at = (world, rest) => `/t/${world.tenants[0].slug}/${rest}`;

/** Sends with `send`, goes back, forward and back, and expects pages that were read and not sent. */
async function thereAndBack(visitor, what, send) {
  await send();
  const sent = [];
  const note = (request) => { if (request.method() === 'POST') sent.push(request.url()); };
  visitor.page.on('request', note);
  for (const step of ['goBack', 'goForward', 'goBack', 'reload']) {
    const answer = await visitor.page[step]({ waitUntil: 'load' });
    const url = visitor.page.url();
    if (!url.startsWith(visitor.world.url)) throw new Error(`${what}: ${step} led to ${url}`);
    if (answer && answer.status() >= 400) throw new Error(`${what}: ${step} answered ${answer.status()} at ${url}`);
    if (!(await visitor.page.locator('h1').count())) throw new Error(`${what}: ${step} shows no page at ${url}`);
  }
  visitor.page.off('request', note);
  if (sent.length) throw new Error(`${what}: sent again to ${sent}`);
}

/** Takes away what the browser itself would refuse, to see what the server says. */
const unguarded = (visitor) => visitor.page.locator('main form').evaluateAll((forms) => forms.forEach((form) => { form.noValidate = true; }));

export const tests = {
  'back after each form of an administrator': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    const login = world.tenants[0].logins.find(({ role }) => role === 'admin');
    const refused = (rest, text) => async () => { await visitor.visit(at(world, rest)); await unguarded(visitor); await visitor.submit(text); };
    await visitor.visit(at(world, 'sign-in'));
    await thereAndBack(visitor, 'refused at the door', async () => { await visitor.fill({ email: 'nobody@example.org', password: 'wrong horse battery' }); await visitor.submit(); });
    await thereAndBack(visitor, 'signed in', async () => { await visitor.visit(at(world, 'sign-in')); await visitor.signInHere(login); });
    await thereAndBack(visitor, 'a search of learners', async () => { await visitor.visit(at(world, 'learners')); await visitor.fill({ q: 'Mo' }); await visitor.submit('Search'); });
    await thereAndBack(visitor, 'a search of people', async () => { await visitor.visit(at(world, 'people')); await visitor.fill({ search: 'a' }); await visitor.submit('Search'); });
    await thereAndBack(visitor, 'a number that nobody has', async () => { await visitor.visit(at(world, 'learners/lookup')); await visitor.fill({ id_number: '8505054801085' }); await visitor.submit('Find'); });
    for (const [rest, text] of [['learners/new', 'Register'], ['programmes/new', 'Register'], ['imports/new', 'Go on']]) {
      await thereAndBack(visitor, `refused: ${rest}`, refused(rest, text));
    }
    await thereAndBack(visitor, 'settings saved', async () => { await visitor.visit(at(world, 'settings')); await visitor.fill({ telephone: '011 555 0199' }); await visitor.submit('Save'); });
    await thereAndBack(visitor, 'settings refused', async () => { await visitor.visit(at(world, 'settings')); await visitor.fill({ website: 'none' }); await unguarded(visitor); await visitor.submit('Save'); });
    await thereAndBack(visitor, 'the password asked for', async () => {
      await visitor.visit(at(world, 'people/invite'));
      await visitor.fill({ name: 'Lindiwe Back', email: `back-${Date.now()}@example.org` });
      await visitor.page.locator('input[value=assessor]').check();
      await visitor.submit('Invite');
    });
    await thereAndBack(visitor, 'a language', async () => { await visitor.visit(at(world, 'account')); await visitor.page.locator('.languages button').first().click(); await visitor.page.waitForLoadState('load'); });
    await visitor.close();
  },

  'back after each form of a learner and an assessor': async (browser, world) => {
    const learner = await Visitor.open(browser, world, { size: 'phone' });
    await learner.signIn('learner');
    await thereAndBack(learner, 'a question refused', async () => {
      await learner.visit(at(world, 'who-looked?whose=all'));
      await learner.visit(await learner.page.locator('.entries a').last().getAttribute('href'));
      await unguarded(learner);
      await learner.fill({ question: ' ' });
      await learner.submit();
    });
    await learner.close();
    const assessor = await Visitor.open(browser, world, {});
    await assessor.signIn('assessor');
    await thereAndBack(assessor, 'a search of the queue', async () => {
      await assessor.visit(at(world, 'queue'));
      await assessor.openFilters();
      await assessor.fill({ name: 'a-name-that-nobody-has' });
      await assessor.submit('Search');
    });
    await thereAndBack(assessor, 'a decision refused', async () => {
      await assessor.visit(at(world, 'queue'));
      await assessor.page.locator('main a.button').first().click();
      await assessor.submit('Record');
    });
    await assessor.close();
  },
};
