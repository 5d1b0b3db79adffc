// Is what the server sends HTML as the standard wants it? The source is checked, not what the browser made of it.
import { HtmlValidate, StaticConfigLoader } from 'html-validate';

// The rules of the standard, without those of style; and that labels and descriptions name something that is there. Nothing is switched off: what a page needs against them is wrong with the page.
const checker = new HtmlValidate(new StaticConfigLoader({ root: true, extends: ['html-validate:standard'], rules: { 'no-missing-references': 'error' } }));
/** What differs from visit to visit and not in its markup. */
const PASSING = /[0-9a-f]{8}-[0-9a-f-]{27}|(?<=(nonce|value)=")[^"]{20,}(?=")/g;
const seen = new Set();

/** How many different pages were checked. */
export const checked = () => seen.size;

/** What is wrong with a page, as lines; empty for a page that was checked before. */
export function wrongs(address, source) {
  const plain = source.replace(PASSING, '');
  if (seen.has(plain)) return [];
  seen.add(plain);
  const lines = source.split('\n');
  const { results } = checker.validateStringSync(source);
  return results.flatMap((result) => result.messages.filter((message) => message.severity === 2))
    .map((message) => `${address}:${message.line}: ${message.ruleId}: ${message.message}\n  ${lines[message.line - 1]?.trim().slice(0, 200)}`);
}
