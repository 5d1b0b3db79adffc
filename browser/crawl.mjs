// Follows every link as one role: what it reads, it reads by GET, and never from another host.
import { wrongs } from './html.mjs';

/** Pages read as one role. */
const PAGES_MAX = 400;
/** Pages of records that may bear one name, which their heading says too: two learners or programmes of one name, two enrolments of one learner. */
const SAME_NAMES = /^\/t\/\{\}\/(programmes|enrolments|learning|imports|learners|assessments|moderation)\/\{\}/;

/** Documents to print: they lead nowhere, as paper does. */
const PAPER = /\/statements\/\{\}\/print$/;
/** Pages of one shape (the same address but for ids and query) that are read: enough to see their differences, and a log never ends. */
const SHAPE_MAX = 12;
/** Questions on the way at once. */
const AT_ONCE = 6;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `/t/x/learners/019a…/edit?a=1` becomes `/t/{}/learners/{}/edit`. */
export const shape = (address) => address.split(/[?#]/)[0].split('/')
  .map((part, at, all) => (UUID.test(part) || /^\d+$/.test(part) || (all[1] === 't' && at === 2) ? '{}' : part)).join('/');

/** What a page leads to and what stands in it; run in a browser, on a document that no script touches. */
const dissect = (source) => {
  const page = new DOMParser().parseFromString(source, 'text/html');
  const all = (selector, name) => [...page.querySelectorAll(selector)].map((node) => node.getAttribute(name));
  return {
    title: page.title,
    lang: page.documentElement.lang,
    headings: page.querySelectorAll('h1').length,
    heading: page.querySelector('h1')?.textContent.trim() ?? '',
    ids: [...page.querySelectorAll('[id]')].map((node) => node.id),
    files: all('a[download][href]', 'href'),
    links: all('a[href]:not([download])', 'href'),
    parts: [...all('link[href]', 'href'), ...all('script[src], img[src], video[src], source[src]', 'src')],
    forms: [...page.querySelectorAll('form')].map((form) => ({ action: form.getAttribute('action') ?? '', method: form.method, buttons: form.querySelectorAll('button').length })),
  };
};

/** Walks from `start` with the cookies of this context. Gives the pages that were read and what was wrong with them. */
export async function crawl(context, origin, start) {
  const reader = await context.newPage();
  const wrong = [];
  const pages = new Map();
  const answers = new Map();
  const shapes = new Map();
  const waiting = [start];
  const met = new Set(waiting);
  const ask = (address) => {
    if (!answers.has(address)) answers.set(address, context.request.get(origin + address, { maxRedirects: 0 }));
    return answers.get(address);
  };
  /** The address that a link means here, without its fragment; null, with a complaint, for one that leaves the house. */
  const inside = (href, from) => {
    const to = new URL(href, origin + from);
    if (to.origin === origin) return to;
    if (to.protocol !== 'mailto:' && to.protocol !== 'tel:') wrong.push(`${from} leads out of the house, to ${to}`);
    return null;
  };
  const leads = async (href, from, what) => {
    const to = inside(href, from);
    if (!to) return;
    const status = (await ask(to.pathname + to.search)).status();
    if (status >= 400) wrong.push(`${from}: ${what} ${href} answers ${status}`);
    else if (what === 'the file' && !pages.has(to.pathname)) pages.set(to.pathname, null);
  };
  /** Whether a form may be sent there: its page may need more than the path to be read. The house says so to whoever asks. */
  const isForm = async (path) => ((await context.request.fetch(origin + path, { method: 'OPTIONS' })).headers().allow ?? '').includes('POST');
  const follow = (href, from) => {
    const to = inside(href, from);
    if (!to) return;
    const address = to.pathname + to.search;
    if (to.hash) fragments.push({ from, address, id: decodeURIComponent(to.hash.slice(1)) });
    const kind = shape(address);
    if (met.has(address) || (shapes.get(kind) ?? 0) >= SHAPE_MAX) return;
    met.add(address);
    shapes.set(kind, (shapes.get(kind) ?? 0) + 1);
    waiting.push(address);
  };
  const fragments = [];
  const read = async (address) => {
    const answer = await ask(address);
    const status = answer.status();
    if (status >= 400) { wrong.push(`${address} answers ${status}; linked from ${from.get(address) ?? 'nowhere'}`); return; }
    if (status >= 300) { pages.set(address, null); learn(answer.headers().location, address); return; }
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) { pages.set(address, null); return; }
    const source = await answer.text();
    wrong.push(...wrongs(address, source));
    const page = await reader.evaluate(dissect, source);
    pages.set(address, page);
    if (!page.title.trim()) wrong.push(`${address} has no title`);
    if (page.headings !== 1) wrong.push(`${address} has ${page.headings} h1`);
    if (!page.lang) wrong.push(`${address} does not say its language`);
    const isPaper = PAPER.test(shape(address));
    if (!isPaper && !page.links.some((href) => !href.startsWith('#') && new URL(href, origin + address).pathname !== address.split('?')[0])) wrong.push(`${address} has no way on`);
    for (const href of page.links) learn(href, address);
    for (const href of page.files) await leads(href, address, 'the file');
    for (const href of page.parts) await leads(href, address, 'the part');
    for (const { action, method, buttons } of page.forms) {
      const to = inside(action, address);
      // A form that takes POST alone answers 405 to a GET, and one that asks for something 422 to nothing: both are there.
      if (to) {
        const status = (await ask(to.pathname)).status();
        const isThere = status < 400 || (method === 'post' ? [404, 405, 422] : [422]).includes(status);
        if (!isThere || (status === 404 && !(await isForm(to.pathname)))) wrong.push(`${address}: the form's ${action} answers ${status}`);
      }
      if (!buttons) wrong.push(`${address}: the form to ${action} has no button`);
    }
  };
  const from = new Map();
  const learn = (href, where) => {
    const before = waiting.length;
    follow(href, where);
    if (waiting.length > before) from.set(waiting.at(-1), where);
  };
  let count = 0;
  while (waiting.length && count < PAGES_MAX) {
    const some = waiting.splice(0, Math.min(AT_ONCE, PAGES_MAX - count));
    count += some.length;
    await Promise.all(some.map(read));
  }
  for (const { from: where, address, id } of fragments) {
    const page = pages.get(address);
    if (page && !page.ids.includes(id)) wrong.push(`${where} leads to #${id} of ${address}, which is not there`);
  }
  // Two pages of one title cannot be told apart in tabs and history. Pages of one list are one page.
  const titles = new Map();
  for (const [address, page] of pages) {
    if (!page) continue;
    const path = address.split('?')[0];
    const other = titles.get(page.title);
    const bearOneName = other && shape(other.path) === shape(path) && SAME_NAMES.test(shape(path)) && other.heading === page.heading;
    if (other && other.path !== path && !bearOneName) wrong.push(`${other.path} and ${path} have one title: ${page.title}`);
    titles.set(page.title, { path, heading: page.heading });
  }
  await reader.close();
  return { pages, wrong: [...new Set(wrong)], left: waiting.length };
}
