// The start page of administrators: figures, plots with their tables, files, and what a new provider does first.
import { SIZES, Visitor } from '../helpers.mjs';

const slug = (world) => world.tenants[0].slug;
const home = (world) => `/t/${slug(world)}/`;

export const tests = {
  'the figures of the provider, on each screen': async (browser, world) => {
    for (const size of Object.keys(SIZES)) {
      for (const dark of [false, true]) {
        const visitor = await Visitor.open(browser, world, { size, dark });
        await visitor.signIn('admin');
        await visitor.visit(home(world));
        await visitor.expect('.tiles', 'learner');
        await visitor.expect('.figures', 'What waits');
        await visitor.check(dark ? 'dashboard-dark' : 'dashboard');
        const plots = await visitor.page.locator('.figures .plot svg').count();
        const tables = await visitor.page.locator('.figures .plot table').count();
        if (plots !== 4 || tables !== 4) throw new Error(`${plots} plots and ${tables} tables, not 4`);
        if (!dark) {
          await visitor.page.locator('.figures .plot summary').first().click();
          await visitor.check('dashboard-table');
        }
        await visitor.close();
      }
    }
  },

  'every link of the figures leads to a list': async (browser, world) => {
    const visitor = await Visitor.open(browser, world);
    await visitor.signIn('admin');
    const links = await visitor.page.locator('.tiles a, .actions a:not([download])').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    if (links.length < 8) throw new Error(`only ${links.length} links`);
    const start = await visitor.page.locator('h1').textContent();
    for (const link of new Set(links)) {
      await visitor.visit(link);
      visitor.expectPath(link);
      const heading = (await visitor.page.locator('h1').textContent()).trim();
      if (!heading || heading === start.trim()) throw new Error(`${link} leads to "${heading}", no list`);
    }
    await visitor.close();
  },

  'the figures work without script, and narrow': async (browser, world) => {
    const visitor = await Visitor.open(browser, world, { size: 'phone', script: false });
    await visitor.signIn('admin');
    await visitor.expect('.tiles', 'overdue');
    await visitor.check('dashboard');
    await visitor.close();
    const narrow = await Visitor.open(browser, world, { size: 'phone' });
    await narrow.page.setViewportSize({ width: 320, height: 640 });
    await narrow.signIn('admin');
    await narrow.check('dashboard-narrow');
    await narrow.close();
  },

  'every table is a file': async (browser, world) => {
    const visitor = await Visitor.open(browser, world);
    await visitor.signIn('admin');
    const files = await visitor.page.locator('.actions a[download]').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    if (files.length !== 5) throw new Error(`${files.length} files, not 5`);
    for (const file of files) {
      const answer = await visitor.context.request.get(world.url + file, { ignoreHTTPSErrors: true });
      const text = await answer.text();
      if (answer.status() !== 200 || !answer.headers()['content-type'].startsWith('text/csv')) throw new Error(`${file}: ${answer.status()}`);
      if (text.trim().split('\n').length < 2) throw new Error(`${file} is empty: ${text}`);
    }
    await visitor.close();
  },

  'other roles keep their start page': async (browser, world) => {
    for (const role of ['assessor', 'moderator', 'facilitator', 'verifier', 'learner']) {
      const visitor = await Visitor.open(browser, world, { size: 'phone' });
      await visitor.signIn(role);
      if (await visitor.page.locator('.figures, .tiles').count()) throw new Error(`${role} sees the figures`);
      await visitor.expect('.lead', 'You are signed in as');
      await visitor.close();
    }
  },
};
