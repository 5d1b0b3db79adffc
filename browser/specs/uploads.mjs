// Evidence over a line that breaks: it goes on by itself, and after a reload; and parts of a file on the way back.
import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Visitor } from '../helpers.mjs';
import { at, toForm } from './learning.mjs';

/** Bytes of the file: at the speed of the test's line it takes several seconds. */
const BYTES = 3_000_000;
/** Bytes a second of the line. */
const SPEED = 400_000;

/** A file on disk, whose time does not change when it is chosen again. */
function film(name) {
  const folder = mkdtempSync(path.join(tmpdir(), 'uploads-'));
  const content = Buffer.alloc(BYTES, 0);
  for (let at = 0; at < BYTES; at += 1) content[at] = (at * 31 + (at >> 8)) & 0xff;
  content.write('%PDF-1.7\n');
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return { file, content, remove: () => rmSync(folder, { recursive: true }) };
}

/** A line as slow as a phone's. */
async function slow(visitor) {
  const session = await visitor.context.newCDPSession(visitor.page);
  await session.send('Network.enable');
  const line = (offline) => session.send('Network.emulateNetworkConditions', { offline, latency: 20, downloadThroughput: 4_000_000, uploadThroughput: SPEED });
  await line(false);
  return line;
}

const progress = (visitor, part) => visitor.page.waitForFunction((part) => {
  const bar = document.querySelector('.sending progress');
  return bar && bar.value > bar.max * part;
}, part, { timeout: 60000 });

/** Where each request to add began. */
function offsets(visitor) {
  const seen = [];
  visitor.page.on('request', (request) => { if (request.method() === 'PATCH') seen.push(Number(request.headers()['upload-offset'])); });
  return seen;
}

/** The file as it comes back must be the one that was sent. */
async function same(visitor, name, content) {
  const link = visitor.page.locator('main a', { hasText: name }).first();
  const back = await visitor.context.request.get(visitor.world.url + await link.getAttribute('href'));
  if (!content.equals(await back.body())) throw new Error(`${name} came back as another file`);
  const part = await visitor.context.request.get(visitor.world.url + await link.getAttribute('href'), { headers: { range: 'bytes=1000000-1000099' } });
  if (part.status() !== 206 || !content.subarray(1000000, 1000100).equals(await part.body())) throw new Error(`a part of ${name}: ${part.status()}`);
}

export const tests = {
  'a lost line': async (browser, world) => {
    for (const size of ['phone', 'desktop']) {
      const visitor = await Visitor.open(browser, world, { size });
      const name = `Film-lost-${size}-${Date.now()}.pdf`;
      const { file, content, remove } = film(name);
      try {
        await visitor.signIn('learner');
        await toForm(visitor, world);
        const seen = offsets(visitor);
        const line = await slow(visitor);
        await visitor.page.locator('#f-files').setInputFiles(file);
        await visitor.page.locator('form[data-upload] button[type=submit]').click();
        await progress(visitor, 0.3);
        await visitor.check('upload-running');
        await line(true);
        await visitor.page.locator('.sending li').filter({ hasText: 'The line is lost' }).waitFor({ timeout: 60000 });
        // What the browser says of a lost line is no fault of the page.
        visitor.complaints = [];
        await visitor.check('upload-waiting');
        await line(false);
        await visitor.page.locator('.notice').filter({ hasText: '1 file was taken' }).waitFor({ timeout: 90000 });
        if (seen.length < 2 || seen.at(-1) === 0) throw new Error(`it did not go on: ${seen}`);
        visitor.complaints = [];
        await visitor.check('upload-taken');
        await same(visitor, name, content);
      } finally { remove(); await visitor.close(); }
    }
  },

  'a reload in the middle': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone' });
    const name = `Film-reload-${Date.now()}.pdf`;
    const { file, content, remove } = film(name);
    try {
      await visitor.signIn('learner');
      await toForm(visitor, world);
      const seen = offsets(visitor);
      await slow(visitor);
      await visitor.page.locator('#f-files').setInputFiles(file);
      await visitor.page.locator('form[data-upload] button[type=submit]').click();
      await progress(visitor, 0.4);
      await visitor.page.reload();
      await visitor.page.locator('#f-files').setInputFiles(file);
      await visitor.page.locator('form[data-upload] button[type=submit]').click();
      await visitor.page.locator('.notice').filter({ hasText: '1 file was taken' }).waitFor({ timeout: 90000 });
      if (seen.length < 2 || seen.at(-1) === 0) throw new Error(`it began again: ${seen}`);
      await same(visitor, name, content);
      const kept = await visitor.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('up:')).length);
      if (kept) throw new Error('an upload that ended is still remembered');
    } finally { remove(); await visitor.close(); }
  },

  'a file that is given up': async (browser, world) => {
    for (const size of ['phone', 'desktop']) {
      const visitor = await Visitor.open(browser, world, { size });
      const name = `Film-given-up-${size}-${Date.now()}.pdf`;
      const { file, remove } = film(name);
      try {
        await visitor.signIn('learner');
        await toForm(visitor, world);
        const line = await slow(visitor);
        await visitor.page.locator('#f-files').setInputFiles(file);
        await visitor.page.locator('form[data-upload] button[type=submit]').click();
        await progress(visitor, 0.2);
        await visitor.page.reload();
        await line(false);
        const kept = visitor.page.locator('main li').filter({ hasText: name });
        await kept.getByText('Go on').click();
        await kept.locator('summary').click();
        visitor.complaints = [];
        await visitor.check('upload-unfinished');
        await kept.locator('button[type=submit]').click();
        await visitor.page.locator('.notice').filter({ hasText: 'given up' }).waitFor();
        if (await kept.count()) throw new Error(`${name} is still there`);
      } finally { remove(); await visitor.close(); }
    }
  },

  'somebody else on the same phone': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone' });
    const { file, remove } = film(`Film-other-${Date.now()}.pdf`);
    try {
      await visitor.signIn('learner');
      await toForm(visitor, world);
      await slow(visitor);
      const asked = visitor.page.waitForRequest((request) => request.method() === 'PATCH');
      await visitor.page.locator('#f-files').setInputFiles(file);
      await visitor.page.locator('form[data-upload] button[type=submit]').click();
      const upload = new URL((await asked).url()).pathname;
      await progress(visitor, 0.2);
      await visitor.visit(at(world, ''));
      await visitor.context.clearCookies();
      await visitor.signIn('admin');
      const answer = await visitor.context.request.head(world.url + upload);
      if (answer.status() !== 404) throw new Error(`the upload of somebody else answers ${answer.status()}`);
    } finally { remove(); await visitor.close(); }
  },
};
