// Measures the main pages as a phone on a slow line sees them: node lighthouse.mjs READY_FILE [WORD].
// Every category of every page has to reach what is asked for; a page may try three times, since a busy machine only makes it worse.
import { createServer } from 'node:net';
import lighthouse from 'lighthouse';
import { Visitor, launch, ready } from './helpers.mjs';
import { mainPages } from './main_pages.mjs';

const LEAST = 95;
const TRIES = 3;
const [file, only = ''] = process.argv.slice(2);
if (!file) {
  console.error('node lighthouse.mjs READY_FILE [WORD]');
  process.exit(2);
}

/** A port that nothing listens on. */
const freePort = () => new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => found(port)); });
});

const world = ready(file);
const port = await freePort();
// The demo's certificate is signed by an authority of its own, which no browser knows.
const browser = await launch([`--remote-debugging-port=${port}`, '--ignore-certificate-errors']);
const cookies = new Map();
let failed = 0, ran = 0;
for (const { name, role, address } of await mainPages(browser, world)) {
  if (!name.includes(only)) continue;
  ran += 1;
  if (role && !cookies.has(role)) {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.signIn(role);
    cookies.set(role, (await visitor.context.cookies()).map((cookie) => `${cookie.name}=${cookie.value}`).join('; '));
    await visitor.close();
  }
  let best = {};
  let why = [];
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { lhr } = await lighthouse(world.url + address, {
      port,
      logLevel: 'error',
      output: 'json',
      extraHeaders: role ? { Cookie: cookies.get(role) } : {},
    });
    if (lhr.runtimeError) {
      // Chromium missed the beginning of its own trace, for example: that says nothing of the page.
      if (tried + 1 === TRIES) throw new Error(`${name}: ${lhr.runtimeError.message}`);
      continue;
    }
    if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(world.url + address).pathname) throw new Error(`${name} led to ${lhr.finalDisplayedUrl}`);
    const scores = Object.fromEntries(Object.entries(lhr.categories).map(([id, { score }]) => [id, Math.round((score ?? 0) * 100)]));
    const bad = Object.values(lhr.categories).flatMap(({ id, auditRefs }) => auditRefs
      .filter(({ weight, id: audit }) => weight > 0 && (lhr.audits[audit].score ?? 1) < 0.9)
      .map(({ id: audit }) => `${id}/${audit}: ${lhr.audits[audit].title} ${lhr.audits[audit].displayValue ?? ''} ${JSON.stringify(lhr.audits[audit].details?.items?.slice(0, 2) ?? '').slice(0, 300)}`));
    const least = (scores) => Math.min(...Object.values(scores));
    if (!Object.keys(best).length || least(scores) > least(best)) [best, why] = [scores, bad];
    if (least(best) >= LEAST) break;
  }
  const isGood = Object.values(best).length === 4 && Object.values(best).every((score) => score >= LEAST);
  failed += isGood ? 0 : 1;
  console.log(`${isGood ? 'ok   ' : 'FAIL '} lighthouse: ${name} ${Object.entries(best).map((pair) => pair.join(' ')).join(', ')}`);
  if (!isGood) console.log(why.map((line) => `      ${line}`).join('\n'));
}
await browser.close();
// In the form that `cargo xtask ci` counts.
console.log(`test result: ${failed ? 'FAILED' : 'ok'}. ${ran - failed} passed; ${failed} failed`);
process.exit(failed || !ran ? 1 : 0);
