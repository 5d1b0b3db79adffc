// What the specs share: a browser, roles, an accessibility check, pictures.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { codeAt, STEP_SECONDS } from './totp.mjs';
import { chromium } from 'playwright-core';
import { wrongs } from './html.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Sizes at which every page is looked at. */
export const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };
/** Where pictures go; git does not see them. */
export const SHOTS = path.join(here, 'shots');

/** What the demo wrote when it was ready: address and logins. */
export function ready(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The browser that is installed. No sandbox for root, as in a container. */
export async function launch(more = []) {
  mkdirSync(SHOTS, { recursive: true });
  const args = process.getuid?.() === 0 ? ['--no-sandbox', ...more] : more;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

/** Pages that came since the last look, with their sources on the way. Every visitor's. */
let came = [];

/** What is wrong with the HTML of the pages that came since the last look. */
export async function wrongHtml() {
  const pages = await Promise.all(came.map(async ({ address, source }) => ({ address, source: await source })));
  came = [];
  return pages.filter(({ source }) => source).flatMap(({ address, source }) => wrongs(address, source));
}

/** The last step whose code somebody used, by e-mail address: each code is good once. */
const used = new Map();
/** Cookies of sessions that were opened, by e-mail address: a code is good once and for half a minute, so that not every visitor signs in anew. */
const opened = new Map();

/** A code of somebody's authenticator app that was not used yet, as soon as there is one. */
export async function freshCode(login) {
  for (;;) {
    const seconds = Date.now() / 1000;
    const now = Math.floor(seconds / STEP_SECONDS);
    // The code before is good until the step ends, which may be on the way.
    const first = seconds % STEP_SECONDS < STEP_SECONDS / 2 ? now - 1 : now;
    const step = Math.max((used.get(login.email) ?? 0) + 1, first);
    if (step <= now + 1) {
      used.set(login.email, step);
      return codeAt(login.totp_secret, step);
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

/** Tokens of sessions over the API, by e-mail address. */
const tokens = new Map();

/** The token of a session of somebody of the demo, for the API: one that is open already, or a new one. */
export async function session(request, world, slug, login) {
  const kept = tokens.get(login.email);
  if (kept && (await request.get(`${world.url}/api/v1/me`, { headers: { authorization: `Bearer ${kept}` } })).ok()) return kept;
  const answer = await request.post(`${world.url}/api/v1/sessions`, { data: { tenant: slug, email: login.email, password: login.password } });
  let { token, owes } = await answer.json();
  for (let tries = 0; owes && tries < 4; tries += 1) {
    const shown = await request.post(`${world.url}/api/v1/sessions/current/factor`, { headers: { authorization: `Bearer ${token}` }, data: { code: await freshCode(login) } });
    if (shown.ok()) ({ token, owes } = await shown.json());
  }
  if (!token || owes) throw new Error(`${login.email} cannot sign in over the API`);
  tokens.set(login.email, token);
  return token;
}

/** One person at one screen: a page, and what can be done with it. */
export class Visitor {
  static async open(browser, world, { size = 'desktop', script = true, dark = false } = {}) {
    const context = await browser.newContext({
      viewport: SIZES[size],
      ignoreHTTPSErrors: true,
      javaScriptEnabled: script,
      colorScheme: dark ? 'dark' : 'light',
      // The policy of the pages forbids injected script; the accessibility check is ours.
      bypassCSP: false,
      locale: 'en-ZA',
      timezoneId: 'Africa/Johannesburg',
    });
    const page = await context.newPage();
    const visitor = new Visitor(context, page, world, size, script);
    page.on('console', (message) => { if (message.type() === 'error') visitor.complaints.push(message.text()); });
    page.on('pageerror', (error) => visitor.complaints.push(String(error)));
    page.on('response', (response) => {
      const isPage = response.request().isNavigationRequest() && (response.headers()['content-type'] ?? '').startsWith('text/html');
      if (!isPage || (response.status() >= 300 && response.status() < 400)) return;
      // The browser forgets a page that was left at once: such a page was on no screen.
      came.push({ address: new URL(response.url()).pathname, source: response.text().catch(() => null) });
    });
    return visitor;
  }

  constructor(context, page, world, size, script) {
    Object.assign(this, { context, page, world, size, script, complaints: [] });
  }

  async close() { await this.context.close(); }

  /** Goes to an address and expects this status. */
  async visit(address, status = 200) {
    const answer = await this.page.goto(this.world.url + address);
    if (answer.status() !== status) throw new Error(`${address} answered ${answer.status()}, not ${status}`);
    return answer;
  }

  /** Signs in with the demo's login of a role at a provider. */
  async signIn(role, slug = this.world.tenants[0].slug, { anew = false } = {}) {
    const tenant = this.world.tenants.find((tenant) => tenant.slug === slug);
    const login = tenant.logins.find((login) => login.role === role);
    if (!login) throw new Error(`the demo has no ${role} at ${slug}: ${tenant.logins.map((login) => login.role)}`);
    if (anew) opened.delete(login.email);
    await this.signInAt(`/t/${slug}/`, login);
    return login;
  }

  /** Signs in at a place: goes on with a session that is open already, or opens one with password and second factor. */
  async signInAt(place, login) {
    const kept = opened.get(login.email);
    if (kept) {
      await this.context.addCookies([kept]);
      const answer = await this.page.goto(this.world.url + place);
      if (answer.status() === 200 && new URL(this.page.url()).pathname === place) return;
    }
    await this.visit(`${place}sign-in`);
    await this.signInHere(login);
    const cookies = await this.context.cookies();
    opened.set(login.email, cookies.find((cookie) => cookie.name.startsWith('__Host-s-')));
  }

  /** Fills in the form to sign in that is shown, and shows the second factor. */
  async signInHere(login) {
    await this.fill({ email: login.email, password: login.password });
    await this.submit();
    await this.showFactor(login);
  }

  /** Shows the second factor, if that is what is asked for. Another visitor may have used the code: then the next one is good. */
  async showFactor(login) {
    for (let tries = 0; ; tries += 1) {
      if (!(await this.page.locator('main input[name=code]').count())) return;
      if (tries === 5) throw new Error(`no code of ${login.email} was taken at ${this.page.url()}`);
      if (tries > 0) this.complaints = [];
      await this.fill({ code: await freshCode(login) });
      await this.submit();
    }
  }

  /** Confirms that it is still oneself, if that is asked for, and sends on what was filled in. Within five minutes it is not asked for again. */
  async confirm(login) {
    if (!(await this.page.locator('h1').first().textContent()).includes('Confirm that it is you')) return;
    this.complaints = [];
    await this.showFactor(login);
    if ((await this.page.locator('h1').first().textContent()).includes('Nothing was lost')) await this.submit();
    this.complaints = [];
  }

  /** Fills fields by their name. */
  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) await this.page.locator(`main [name="${name}"]:visible`).first().fill(value);
  }

  /** Opens search and filters where they are closed: on a narrow screen, until something is looked for. */
  async openFilters() {
    const summary = this.page.locator('.find:not([open]) > summary');
    if (await summary.isVisible()) await summary.click();
  }

  /** Sends the form with this button, or the first one of the page. */
  async submit(text) {
    const buttons = this.page.locator('main button[type=submit]:visible');
    const button = text ? buttons.filter({ hasText: text }) : buttons;
    await Promise.all([this.page.waitForLoadState('load'), button.first().click()]);
    await this.page.waitForLoadState('load');
  }

  /** Expects a text in an element. */
  async expect(selector, text) {
    const found = await this.page.locator(selector).first().textContent({ timeout: 5000 });
    if (!found.includes(text)) throw new Error(`${selector} says "${found.trim()}", not "${text}" at ${this.page.url()}`);
  }

  /** Expects an address. */
  expectPath(expected) {
    const { pathname, search } = new URL(this.page.url());
    if (pathname + search !== expected) throw new Error(`at ${pathname + search}, not at ${expected}`);
  }

  /** No violation of axe (WCAG 2.2 AA and best practice), and nothing to scroll sideways. The check needs script. */
  async check(name) {
    const wide = this.script && await this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) throw new Error(`${name} is ${wide} pixels too wide at ${this.size}`);
    await this.shoot(name);
    if (!this.script) return;
    // A world of its own: neither the policy of the page nor its script is in the way.
    const session = await this.devtools();
    const { frameTree } = await session.send('Page.getFrameTree');
    const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, grantUniveralAccess: false });
    const run = async (expression) => {
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      return result.value;
    };
    await run(`${axe}; 0`);
    const found = await run('axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.html.slice(0, 160))])))');
    const violations = JSON.parse(found);
    if (violations.length) throw new Error(`${name} at ${this.size}: ${JSON.stringify(violations, null, 1)}`);
    if (this.complaints.length) throw new Error(`${name} at ${this.size}: the browser complains: ${this.complaints.join('; ')}`);
  }

  /** The page's devtools: one session, since one that ends takes the page's virtual authenticator with it. */
  async devtools() {
    this.attached ??= await this.context.newCDPSession(this.page);
    return this.attached;
  }

  /** A picture of the whole page. */
  async shoot(name) {
    const file = path.join(SHOTS, `${name}-${this.size}${this.script ? '' : '-noscript'}.png`);
    await this.page.screenshot({ path: file, fullPage: true });
  }
}
