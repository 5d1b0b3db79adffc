// What assessors, moderators, facilitators and verifiers do: queues, deciding, samples, proofs.
import { Visitor, session } from '../helpers.mjs';

const both = (test) => async (browser, world) => {
  for (const size of ['phone', 'desktop']) {
    const visitor = await Visitor.open(browser, world, { size });
    try { await test(visitor, world); } finally { await visitor.close(); }
  }
};
const slug = (world) => world.tenants[0].slug;
const at = (world, rest) => `/t/${slug(world)}/${rest}`;

/** Waits until a page of this address has come. */
const pick = async (visitor, name, value) => visitor.page.locator(`main [name="${name}"][value="${value}"]`).check();

/** A film of four seconds that the browser takes of a picture that moves: some hundred kilobytes of MP4. */
async function record(visitor) {
  const taken = await visitor.page.evaluate(async () => {
    const picture = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const pen = picture.getContext('2d');
    let n = 0;
    const drawing = setInterval(() => {
      n += 1;
      for (let at = 0; at < 300; at += 1) {
        pen.fillStyle = `hsl(${(n * at * 7) % 360}, 80%, 50%)`;
        pen.fillRect((at % 20) * 32, Math.floor(at / 20) * 32, 32, 32);
      }
    }, 40);
    const recorder = new MediaRecorder(picture.captureStream(25), { mimeType: 'video/mp4', videoBitsPerSecond: 2_000_000 });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const ended = new Promise((done) => { recorder.onstop = done; });
    recorder.start();
    await new Promise((done) => setTimeout(done, 4000));
    recorder.stop();
    await ended;
    clearInterval(drawing);
    const reader = new FileReader();
    const read = new Promise((done) => { reader.onload = done; });
    reader.readAsDataURL(new Blob(parts));
    await read;
    return reader.result.split(',')[1];
  });
  return Buffer.from(taken, 'base64');
}

/** Brings a file for an enrolment's module, as the assessor may not: the facilitator does. */
async function send(visitor, world, [enrolment, module], name, film) {
  const login = world.tenants[0].logins.find((login) => login.role === 'facilitator');
  const { request } = visitor.context;
  const token = await session(request, world, slug(world), login);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'video/mp4', 'skillsyms-file-name': name };
  const sent = await request.post(`${world.url}/api/v1/enrolments/${enrolment}/evidence?module=${module}`, { headers, data: film });
  if (sent.status() !== 201) throw new Error(`the film: ${sent.status()} ${await sent.text()}`);
}

export const tests = {
  'an assessor works through the queue': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.expect('h1', 'Your queue');
    await visitor.check('queue');
    await visitor.visit(at(world, 'queue?age=overdue'));
    await visitor.expect('.empty', 'Nothing here fits');
    await visitor.check('queue-none');
    await visitor.visit(at(world, 'queue'));
    await visitor.openFilters();
    await visitor.check('queue-filters');
    await visitor.fill({ name: 'a-name-that-nobody-has' });
    await visitor.submit('Search');
    await visitor.expect('.empty', 'Nothing here fits');
    await visitor.visit(at(world, 'queue'));
    await visitor.page.locator('main a.button').first().click();
    await visitor.expect('#decision', 'Decision');
    await visitor.check('assess');
    await visitor.submit('Record');
    await visitor.expect('.summary', 'Choose what you decided');
    visitor.complaints = [];
    await visitor.check('assess-refused');
    await pick(visitor, 'outcome', 'not_yet_competent');
    await visitor.fill({ feedback: 'Bring the logbook of week 3.' });
    const here = visitor.page.url();
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Your assessment was recorded');
    if (visitor.page.url().split('?')[0] === here) throw new Error('it did not go to the next');
    await visitor.check('assess-next');
    await visitor.visit(new URL(here).pathname);
    await visitor.expect('.attempts', 'Bring the logbook');
    await visitor.check('assess-again');
  }),

  'criteria have to be met': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    const links = await visitor.page.locator('.stack tbody a').evaluateAll((all) => all.filter((a) => a.textContent.includes('-PM-')).map((a) => a.getAttribute('href')));
    await visitor.visit(links[0]);
    await visitor.check('assess-criteria');
    await pick(visitor, 'outcome', 'competent');
    await visitor.fill({ feedback: 'Well done.' });
    await visitor.submit('Record');
    await visitor.expect('.summary', 'every criterion');
    visitor.complaints = [];
    await visitor.check('assess-criteria-refused');
    for (const box of await visitor.page.locator('[name=criteria_met]').all()) await box.check();
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Your assessment was recorded');
  }),

  'two people on one item: the second sees what was decided': both(async (visitor, world) => {
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    const href = await visitor.page.locator('.stack tbody a').last().getAttribute('href');
    await visitor.visit(href);
    const other = await Visitor.open(visitor.context.browser(), world, {});
    await other.signIn('assessor');
    await other.visit(href);
    await pick(other, 'outcome', 'not_yet_competent');
    await other.fill({ feedback: 'The first to decide.' });
    await other.submit('Record');
    await other.close();
    await pick(visitor, 'outcome', 'absent');
    await visitor.fill({ feedback: 'The second to decide.' });
    await visitor.submit('Record');
    await visitor.expect('.notice', 'Somebody decided meanwhile');
    await visitor.expect('.attempts', 'The first to decide.');
    if (await visitor.page.locator('[name=feedback]').inputValue() !== 'The second to decide.') throw new Error('what was written is lost');
    visitor.complaints = [];
    await visitor.check('assess-meanwhile');
  }),

  'evidence is looked at where nothing runs': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.page.locator('main a.button').first().click();
    const href = await visitor.page.locator('.files a').first().getAttribute('href');
    const answer = await visitor.context.request.get(world.url + href);
    const headers = answer.headers();
    if (!headers['content-security-policy'].startsWith("sandbox;") || headers['x-content-type-options'] !== 'nosniff') throw new Error(JSON.stringify(headers));
    if (headers['content-type'] !== 'application/pdf' || !headers['content-disposition'].startsWith('inline')) throw new Error(JSON.stringify(headers));
    await visitor.close();
  },

  'a video is played beside the decision, and moved about in': both(async (visitor, world) => {
    const film = await record(visitor);
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.page.locator('main a.button').first().click();
    await visitor.expect('#decision', 'Decision');
    const here = new URL(visitor.page.url()).pathname;
    const name = `Workshop-${visitor.size}.mp4`;
    await send(visitor, world, here.split('/').slice(-2), name, film);
    const ranges = [];
    visitor.page.on('response', (answer) => { if (answer.request().resourceType() === 'media') ranges.push(answer.status()); });
    await visitor.visit(here);
    const video = visitor.page.locator(`video[aria-label="${name}"]`);
    await visitor.page.locator('.files summary', { hasText: name }).first().click();
    await video.waitFor({ state: 'visible', timeout: 5000 });
    const played = await video.evaluate(async (video) => {
      const until = (event) => new Promise((done, failed) => {
        video.addEventListener(event, done, { once: true });
        video.addEventListener('error', () => failed(new Error(`the video: ${video.error.message}`)), { once: true });
        setTimeout(() => failed(new Error(`no ${event} within ten seconds`)), 10000);
      });
      video.muted = true;
      const moved = until('timeupdate');
      await video.play();
      await moved;
      video.pause();
      const sought = until('seeked');
      video.currentTime = video.duration - 1;
      await sought;
      return { length: video.duration, at: video.currentTime, width: video.videoWidth };
    });
    if (played.width !== 640 || played.length < 3 || played.at < played.length - 1.5) throw new Error(JSON.stringify(played));
    if (!ranges.length || ranges.some((status) => status !== 206)) throw new Error(`answers: ${ranges}`);
    await visitor.check('assess-video');
  }),

  'a moderator decides on the sample': both(async (visitor, world) => {
    await visitor.signIn('moderator');
    await visitor.visit(at(world, 'samples'));
    await visitor.check('samples');
    await visitor.page.locator('.stack tbody a').first().click();
    await visitor.expect('h1', 'Sample');
    await visitor.check('sample');
    await visitor.visit(at(world, 'queue'));
    await visitor.check('queue-moderator');
    await visitor.page.locator('main a.button').first().click();
    await visitor.expect('#decision', 'Decision');
    await visitor.check('moderate');
    const here = visitor.page.url();
    await pick(visitor, 'decision', 'returned');
    await visitor.submit('Record');
    await visitor.expect('.summary', 'Say why');
    visitor.complaints = [];
    await visitor.check('moderate-refused');
    await visitor.fill({ reason: 'The logbook is not signed.' });
    await visitor.submit('Record');
    await visitor.expect('.notice', visitor.page.url().includes('empty') ? 'the last one' : 'Your decision was recorded');
    await visitor.visit(new URL(here).pathname);
    await visitor.expect('.attempts', 'The logbook is not signed.');
    await visitor.check('moderate-decided');
  }),

  'a facilitator sees progress, and may look and not decide': both(async (visitor, world) => {
    await visitor.signIn('facilitator');
    await visitor.visit(at(world, 'groups'));
    await visitor.check('groups');
    await visitor.page.locator('.stack tbody a').last().click();
    await visitor.check('work');
    await visitor.page.locator('.stack tbody a').first().click();
    await visitor.expect('.notice.warn', 'not yours to decide');
    await visitor.check('assess-duty');
  }),

  'a verifier sees samples and the proof of a decision': both(async (visitor, world) => {
    await visitor.signIn('verifier');
    await visitor.visit(at(world, 'groups'));
    await visitor.visit(at(world, 'samples'));
    await visitor.page.locator('.stack tbody a').last().click();
    await visitor.check('sample-verifier');
    await visitor.page.locator('.stack tbody td a').first().click();
    await visitor.expect('h1', 'Proof in the log');
    await visitor.check('proof');
  }),

  'without script and at 320 pixels': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('assessor');
    await visitor.visit(at(world, 'queue'));
    await visitor.check('queue');
    await visitor.page.locator('main a.button').first().click();
    await visitor.check('assess');
    await visitor.close();
    const small = await Visitor.open(browser, world, { size: 'phone', dark: true });
    await small.page.setViewportSize({ width: 320, height: 640 });
    small.size = '320';
    await small.signIn('facilitator');
    await small.visit(at(world, 'groups'));
    await small.check('groups');
    await small.page.locator('.stack tbody a').first().click();
    await small.check('work');
    await small.close();
  },
};
