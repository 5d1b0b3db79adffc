// Every link leads somewhere, for every role; and every page can be found by links.
import { readFileSync, readdirSync } from 'node:fs';
import { Visitor } from '../helpers.mjs';
import { wrongs } from '../html.mjs';
import { crawl, shape } from '../crawl.mjs';

/** Pages that no link leads to, and why. */
const UNLINKED = {
  '/design': 'for those who build the pages: docs/PAGES.md names it',
  '/sign-in': 'where the form of the front page leads',
  '/t/{}': 'the address without its last stroke, as somebody may type it: it leads on to the start',
  '/t/{}/second-step': 'where the right password leads; the foundation spec goes there',
  '/t/{}/step-up': 'asked for by an act that takes a fresh confirmation; the factors spec goes there',
  '/t/{}/reset/password': 'where the link in a mail leads; the reset spec goes there',
  '/t/{}/uploads/{}': 'asked by the script of an upload',
  '/t/{}/sign-in/passkey': 'asked by the script of the page to sign in',
  '/t/{}/second-step/passkey': 'asked by the script of the pages that take a second factor',
};
/** Pages to which a link leads when there is something that the demo does not begin with: other specs may have brought it. */
const AT_TIMES = {
  '/t/{}/people/{}/restore': 'a suspended account; the people spec goes there',
  '/t/{}/imports/{}/columns': 'a file that waits; the learners spec goes there',
  '/t/{}/proofs/{}': 'a decision of a moderator; the tasks spec goes there',
  '/t/{}/access-questions/{}': 'a question of a learner; the learning spec goes there',
  '/t/{}/enrolments/{}/team': 'an enrolment that is not over; the learners spec goes there',
  '/t/{}/learning/{}/evidence': 'the same; the learning spec goes there',
  '/t/{}/enrolments/{}/suspend': 'the same; the learners spec goes there',
  '/t/{}/enrolments/{}/resume': 'an interrupted enrolment; the learners spec goes there',
};
const STAFF = ['assessor', 'facilitator', 'moderator', 'verifier'];
const ALL = ['admin', 'learner', ...STAFF];
/** Pages that these roles may open if they know the address, where nothing is to do for them: no link leads there, and why. */
const NOTHING_TO_DO = {
  '/t/{}/learners': [['learner'], 'a list of oneself: a learner has pages of their own'],
  '/t/{}/learners/{}': [['learner'], 'the same'],
  '/t/{}/learners/{}/record': [['learner'], 'the same'],
  '/t/{}/my-results/{}': [['admin', ...STAFF], 'a statement as its learner sees it: staff have the one to print'],
  '/t/{}/sign-in': [ALL, 'for somebody who is not signed in yet'],
  '/t/{}/invitation': [ALL, 'the same'],
  '/t/{}/reset': [ALL, 'the same: who is signed in has an account page'],
  '/t/{}/learning-files/{}': [['admin', ...STAFF], 'evidence as the one who brought it opens it: who works with it has a page of their own'],
  '/t/{}/evidence/{}/view': [['learner'], 'evidence as those who work with it see it'],
  '/t/{}/programmes': [['learner'], 'what a learner learns stands on the pages of their own'],
  '/t/{}/programmes/{}': [['learner'], 'the same'],
  '/t/{}/settings': [['learner', ...STAFF], 'read by everybody, changed by administrators, who have the link'],
  '/t/{}/people/{}': [['learner', ...STAFF], 'oneself, as administrators see it: the account page says the same'],
};

/** The pages of the registry, as they stand in the code. */
function registry() {
  const root = new URL('../../crates/web/src/', import.meta.url);
  const files = ['pages/', 'public/'].flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true }).map((name) => folder + name));
  const found = files.filter((name) => name.endsWith('.rs')).flatMap((name) => {
    const text = readFileSync(new URL(name, root), 'utf8');
    return [...text.matchAll(/Route::page\(\s*"([^"]+)"/g)].map(([, path]) => path);
  });
  return new Set(found.map((path) => path.replace(/\{[^}]+\}/g, '{}')));
}

export const tests = {
  'what is no HTML is found': async () => {
    const wrong = wrongs('/', '<!doctype html><html lang="en"><head><title>x</title></head><body><ul><p id="a">x</p></ul><p id="a"><label for="b">y</label></p></body></html>');
    if (wrong.length !== 3) throw new Error(`it finds ${wrong.length} of 3: ${wrong}`);
  },

  'every link of every role leads somewhere': async (browser, world) => {
    const tenant = world.tenants[0];
    const problems = [];
    const reached = new Map();
    const visitors = [];
    for (const role of ['nobody', ...tenant.logins.map((login) => login.role)]) {
      const visitor = await Visitor.open(browser, world, {});
      // Anew: a session that was just opened with a second factor sees what takes a fresh confirmation, an older one does not.
      if (role !== 'nobody') await visitor.signIn(role, tenant.slug, { anew: true });
      const start = role === 'nobody' ? '/' : `/t/${tenant.slug}/`;
      const { pages, wrong, left } = await crawl(visitor.context, world.url, start);
      // The way in and out of somebody's place is not linked from the front page: its form leads there.
      if (role === 'nobody') {
        const door = await crawl(visitor.context, world.url, `/t/${tenant.slug}/sign-in`);
        wrong.push(...door.wrong);
        door.pages.forEach((page, address) => pages.set(address, page));
      }
      console.log(`      ${role}: ${pages.size} pages and files, ${wrong.length} wrong, ${left} left unread`);
      problems.push(...wrong.map((line) => `${role}: ${line}`));
      if (left) problems.push(`${role}: ${left} pages were left unread, and nobody knows what is wrong with them`);
      reached.set(role, new Map([...pages.keys()].map((address) => [shape(address), address])));
      visitors.push([role, visitor]);
    }
    const anybody = new Map([...reached.values()].flatMap((shapes) => [...shapes]));
    const there = registry();
    for (const page of [UNLINKED, AT_TIMES, NOTHING_TO_DO].flatMap(Object.keys)) {
      if (!there.has(page)) problems.push(`${page} is excused here, and there is no such page`);
    }
    for (const page of Object.keys(UNLINKED)) {
      if (anybody.has(page)) problems.push(`${page} is excused here, and a link leads there`);
    }
    for (const [page, [roles]] of Object.entries(NOTHING_TO_DO)) {
      for (const role of roles) {
        if (reached.get(role).has(page)) problems.push(`${page} is excused here for ${role}, and a link of theirs leads there`);
      }
    }
    for (const page of there) {
      // Operators are a world of their own: the platform spec walks through it.
      if (page.startsWith('/platform')) continue;
      if (!anybody.has(page) && !UNLINKED[page] && !AT_TIMES[page]) problems.push(`no link of any role leads to ${page}`);
    }
    // What one role found by links and another may open too, that one must find by links as well.
    for (const [role, visitor] of visitors) {
      if (role !== 'nobody') {
        for (const [page, address] of anybody) {
          const isExcused = UNLINKED[page] || AT_TIMES[page] || NOTHING_TO_DO[page]?.[0].includes(role);
          if (reached.get(role).has(page) || isExcused || !page.startsWith('/t/')) continue;
          const answer = await visitor.context.request.get(world.url + address, { maxRedirects: 0 });
          if (answer.status() === 200) problems.push(`${role} may open ${page} (${address}), and no link leads there`);
        }
      }
      await visitor.close();
    }
    if (problems.length) throw new Error(`${problems.length} problems:\n${problems.join('\n')}`);
  },
};
