// The learner's pages: progress, evidence, results, who looked and questions about it; and the public check of a statement.
import { Visitor, session } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world, browser); } finally { await visitor.close(); }
  }
};

const slug = (world) => world.tenants[0].slug;
export const at = (world, rest) => `/t/${slug(world)}/${rest}`;
const pdf = (name) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.7\n% ${name}\n%%EOF\n`) });
/** A name that would be markup, a path and a turn of the direction of text, were it taken at its word. */
const HOSTILE = '..\\<img src=x onerror=alert(1)>\u202efdp.exe.pdf';

/** The demo's learner has achieved everything: an administrator enrols them once more, over the API. */
export async function openEnrolment(visitor, world) {
  const request = visitor.context.request;
  const token = async (role) => {
    const login = world.tenants[0].logins.find((login) => login.role === role);
    return { authorization: `Bearer ${await session(request, world, slug(world), login)}` };
  };
  const mine = async () => (await (await request.get(`${world.url}/api/v1/learning`, { headers: await token('learner') })).json()).items;
  const [first] = await mine();
  const open = (await mine()).find((line) => line.status === 'enrolled');
  if (open) return open.id;
  const headers = await token('admin');
  const [programme] = (await (await request.get(`${world.url}/api/v1/programmes`, { headers })).json()).items;
  const made = await request.post(`${world.url}/api/v1/learners/${first.learner}/enrolments`, { headers, data: { programme: programme.id, enrolled_on: '2026-02-02' } });
  if (made.status() !== 201) throw new Error(`enrolling: ${made.status()} ${await made.text()}`);
  return (await made.json()).id;
}

/** To the form for the first module that takes evidence. */
export async function toForm(visitor, world) {
  await visitor.visit(at(world, `learning/${await openEnrolment(visitor, world)}`));
  await visitor.page.locator('.module a.button').first().click();
  await visitor.expect('h1', 'Bring evidence');
}

export const tests = {
  'progress and a programme': both(async (visitor, world) => {
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'learning'));
    await visitor.expect('h1', 'Your learning');
    await visitor.check('learning');
    await visitor.page.locator('main h2 a').first().click();
    await visitor.page.waitForLoadState('load');
    await visitor.check('learning-course');
  }),

  'evidence, with script': both(async (visitor, world) => {
    await visitor.signIn('learner');
    await toForm(visitor, world);
    await visitor.check('evidence-form');
    await visitor.page.locator('#f-files').setInputFiles([pdf(`One-${visitor.size}.pdf`), { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('no') }]);
    await visitor.page.locator('form[data-upload] button[type=submit]').click();
    await visitor.page.locator('.sending li:nth-child(2) p:nth-child(2)').filter({ hasText: 'something else' }).waitFor({ timeout: 10000 });
    await visitor.check('evidence-sending');
    await toForm(visitor, world);
    await visitor.page.locator('#f-files').setInputFiles([pdf(`Two-${visitor.size}.pdf`), pdf(`Three-${visitor.size}.pdf`)]);
    await visitor.page.locator('form[data-upload] button[type=submit]').click();
    await visitor.page.locator('.notice').filter({ hasText: '2 files were taken' }).waitFor({ timeout: 10000 });
    await visitor.check('evidence-taken');
  }),

  'evidence, without script, and a hostile name': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('learner');
    await toForm(visitor, world);
    await visitor.submit('Send');
    await visitor.expect('.summary', 'Choose a file');
    await visitor.page.locator('#f-files').setInputFiles([pdf('Four.pdf'), { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('no') }]);
    await visitor.submit('Send');
    await visitor.expect('.summary', 'note.txt');
    await visitor.expect('.notice.good', 'Four.pdf');
    await visitor.shoot('evidence-refused');
    await visitor.page.locator('#f-files').setInputFiles([pdf(HOSTILE)]);
    await visitor.submit('Send');
    await visitor.expect('.notice', '1 file was taken');
    const source = await visitor.page.content();
    if (source.includes('<img src=x') || source.includes('\u202e')) throw new Error('the hostile name is in the page as it came');
    await visitor.close();
  },

  'results, a statement, and its check': both(async (visitor, world, browser) => {
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'my-results'));
    await visitor.check('my-results');
    await visitor.page.locator('.rows a').first().click();
    await visitor.expect('h1', 'Statement of results');
    await visitor.check('statement');
    const [number, code] = await visitor.page.locator('main code').allTextContents();
    const stranger = await Visitor.open(browser, world, { size: visitor.size });
    await stranger.visit('/check');
    await stranger.check('check');
    await stranger.fill({ number, code: '0000-0000-0000' });
    await stranger.submit();
    await stranger.expect('.summary', 'No statement has this number and code');
    stranger.complaints = [];
    await stranger.check('check-refused');
    await stranger.fill({ number: number.toLowerCase(), code: code.replaceAll('-', ' ') });
    await stranger.submit();
    await stranger.expect('.notice', 'genuine');
    const page = await stranger.page.content();
    if (/(?<![0-9a-f])\d{13}(?![0-9a-f])/.test(page)) throw new Error('the check shows an ID number');
    await stranger.check('check-found');
    await stranger.close();
  }),

  'what is held': both(async (visitor, world) => {
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'my-record'));
    await visitor.expect('h1', 'Your record');
    // Ids are hexadecimal, and may have as many digits in a row.
    if (/(?<![0-9a-f])\d{13}(?![0-9a-f])/.test(await visitor.page.content())) throw new Error('the whole ID number is in the page');
    await visitor.check('my-record');
  }),

  'who looked, a question, and the answer': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone' });
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'who-looked'));
    await visitor.check('who-looked');
    await visitor.page.locator('.entries a').first().click();
    await visitor.expect('h1', 'Ask about this entry');
    await visitor.check('query');
    await visitor.fill({ question: 'Who is this? I do not know them.' });
    await visitor.submit('Send the question');
    await visitor.expect('.notice', 'Your question was sent');
    await visitor.check('questions-learner');
    const admin = await Visitor.open(browser, world, { size: 'desktop' });
    await admin.signIn('admin');
    await admin.visit(at(world, 'access-questions?state=open'));
    await admin.check('questions-admin');
    await admin.page.locator('.entries a').first().click();
    await admin.check('question');
    await admin.fill({ answer: 'It is our new administrator, who corrected your address.' });
    await admin.submit('Send the answer');
    await admin.expect('.notice', 'Your answer was sent');
    await admin.close();
    await visitor.page.locator('.entries a').first().click();
    await visitor.expect('main', 'our new administrator');
    await visitor.check('question-answered');
    await visitor.close();
  },

  'in Afrikaans and isiZulu, without script': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('learner');
    await visitor.visit(at(world, 'learning'));
    for (const [name, heading] of [['Afrikaans', 'Jou leerwerk'], ['isiZulu', 'Ukufunda kwakho'], ['English', 'Your learning']]) {
      await visitor.page.locator('.languages button').filter({ hasText: name }).click();
      await visitor.expect('h1', heading);
      await visitor.shoot(`learning-${name}`);
    }
    await visitor.close();
  },

  'every page of a learner in Afrikaans and isiZulu at 320 pixels, and the choice is kept': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone' });
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    await visitor.signIn('learner');
    const course = await openEnrolment(visitor, world);
    for (const [name, tag, greeting, month] of [['Afrikaans', 'af', 'Hallo', 'Februarie'], ['isiZulu', 'zu', 'Sawubona', 'Februwari']]) {
      await visitor.visit(at(world, ''));
      await visitor.page.locator('.languages button').filter({ hasText: name }).click();
      await visitor.expect('h1', greeting);
      visitor.size = tag;
      for (const rest of ['', 'learning', `learning/${course}`, 'my-results', 'my-record', 'who-looked', 'access-questions', 'account', 'nothing-here']) {
        await visitor.visit(at(world, rest), rest === 'nothing-here' ? 404 : 200);
        visitor.complaints = [];
        const said = await visitor.page.evaluate(() => [document.documentElement.lang, document.querySelector('main').lang]);
        if (said[0] !== tag || said[1]) throw new Error(`${rest} says that it is in ${said}`);
        if (rest.includes('/')) await visitor.expect('main', month);
        await visitor.check(`learner-${rest.includes('/') ? 'course' : rest || 'home'}`);
      }
      await visitor.visit(at(world, `learning/${course}`));
      await visitor.page.locator('.module a.button').first().click();
      await visitor.page.waitForLoadState('load');
      await visitor.check('learner-evidence');
      // Signed out and in again, it is the same.
      await visitor.page.locator('.menu > summary').click();
      await visitor.page.locator('.menu button').click();
      await visitor.page.waitForLoadState('load');
      const login = world.tenants[0].logins.find(({ role }) => role === 'learner');
      await visitor.check('sign-in-out');
      await visitor.fill({ email: login.email, password: login.password });
      await visitor.submit();
      await visitor.check('second-step');
      await visitor.showFactor(login);
      await visitor.expect('h1', greeting);
      for (const address of ['/', '/check', '/accessibility']) {
        await visitor.visit(address);
        await visitor.check(`public${address.replaceAll('/', '-')}`);
      }
      await visitor.visit('/trust');
      if (await visitor.page.locator('main').getAttribute('lang') !== 'en-ZA') throw new Error('/trust is read out as what it is not');
    }
    await visitor.close();
  },

  'a screen of 320 pixels': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone' });
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    visitor.size = '320';
    await visitor.signIn('learner');
    for (const rest of ['learning', 'my-results', 'my-record', 'who-looked', 'access-questions']) {
      await visitor.visit(at(world, rest));
      await visitor.check(rest);
    }
    await toForm(visitor, world);
    await visitor.check('evidence-form');
    await visitor.close();
  },
};
