// The pages that people meet most, as people set their screens: large, in colours of their own, with more contrast, at rest, on paper.
import { Visitor } from '../helpers.mjs';
import { mainPages } from '../main_pages.mjs';

const WAYS = {
  // 1280 x 1024 at 400 %.
  zoomed: { viewport: { width: 320, height: 256 } },
  forced: { media: { forcedColors: 'active' } },
  contrast: { media: { contrast: 'more' } },
  'contrast-dark': { media: { contrast: 'more', colorScheme: 'dark' } },
  still: { media: { reducedMotion: 'reduce' } },
  paper: { media: { media: 'print' }, viewport: { width: 794, height: 1123 } },
};

const name = (page) => `${page.name.replaceAll(' ', '-')}`;

/** Does the same for each of the pages, as who sees it. */
async function each(browser, world, work) {
  const visitors = new Map();
  for (const page of await mainPages(browser, world)) {
    const role = page.role ?? 'nobody';
    if (!visitors.has(role)) {
      visitors.set(role, await Visitor.open(browser, world, {}));
      if (page.role) await visitors.get(role).signIn(role);
    }
    await work(visitors.get(role), page);
  }
  for (const visitor of visitors.values()) await visitor.close();
}

export const tests = Object.fromEntries(Object.entries(WAYS).map(([way, { media = {}, viewport }]) => [`looked at: ${way}`, (browser, world) => each(browser, world, async (visitor, page) => {
  visitor.size = way;
  await visitor.page.emulateMedia(media);
  if (viewport) await visitor.page.setViewportSize(viewport);
  await visitor.visit(page.address);
  if (way === 'still') {
    const moving = await visitor.page.evaluate(() => [...document.querySelectorAll('*')].filter((node) => {
      const style = getComputedStyle(node);
      return style.transitionDuration.split(',').some((time) => parseFloat(time) > 0) || style.animationName !== 'none' || style.scrollBehavior === 'smooth';
    }).map((node) => node.outerHTML.slice(0, 80)));
    if (moving.length) throw new Error(`${page.name} moves: ${moving[0]}`);
  }
  if (way === 'paper') {
    const shown = await visitor.page.locator('.top, .bottom, form.filters, .pager').filter({ visible: true }).count();
    if (shown) throw new Error(`${page.name}: ${shown} parts that nobody needs on paper`);
    await visitor.shoot(`eyes-${name(page)}`);
    return;
  }
  await visitor.check(`eyes-${name(page)}`);
})]));

/** Expects that the menu is a bar, or that it is closed, says where one is, and opens. */
tests['the menu: closed on a phone, a bar on a desktop'] = async (browser, world) => {
  for (const [size, script] of [['phone', true], ['phone', false], ['desktop', true]]) {
    const visitor = await Visitor.open(browser, world, { size, script });
    await visitor.signIn('admin');
    await visitor.visit(`/t/${world.tenants[0].slug}/learners`);
    const links = visitor.page.locator('.nav ul a').filter({ visible: true });
    const summary = visitor.page.locator('.nav summary');
    if (size === 'desktop') {
      if (await summary.isVisible() || !(await links.count())) throw new Error('the bar is a menu on a desktop');
      const lines = new Set(await links.evaluateAll((all) => all.map((link) => Math.round(link.getBoundingClientRect().top))));
      if (lines.size !== 1) throw new Error(`the bar takes ${lines.size} lines on a desktop`);
    } else {
      if (await links.count()) throw new Error('the menu is open before anybody opened it');
      await visitor.expect('.nav summary', 'Learners');
      await summary.press('Enter');
      if ((await links.count()) < 8) throw new Error('the menu does not open');
      await visitor.check('menu-open');
      await links.filter({ hasText: 'People' }).first().click();
      await visitor.page.waitForLoadState('load');
      await visitor.expect('h1', 'People');
      await visitor.expect('.nav summary', 'People');
    }
    await visitor.close();
  }
};
