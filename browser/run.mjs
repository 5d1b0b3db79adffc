// Runs every spec: node run.mjs READY_FILE [WORD]. A spec is specs/NAME.mjs and exports `tests`: pairs of name and function.
import { readdirSync } from 'node:fs';
import { launch, ready, wrongHtml } from './helpers.mjs';
import { checked } from './html.mjs';

const [file, only = ''] = process.argv.slice(2);
if (!file) {
  console.error('node run.mjs READY_FILE [WORD]: the file that `skillsyms demo --ready-file` wrote, and a word of the tests to run');
  process.exit(2);
}
const world = ready(file);
const browser = await launch();
let failed = 0, ran = 0;
for (const spec of readdirSync(new URL('./specs/', import.meta.url)).filter((name) => name.endsWith('.mjs')).sort()) {
  const { tests } = await import(`./specs/${spec}`);
  for (const [name, test] of Object.entries(tests)) {
    const title = `${spec.replace('.mjs', '')}: ${name}`;
    if (!title.includes(only)) continue;
    ran += 1;
    const started = Date.now();
    try {
      await test(browser, world);
      const wrong = await wrongHtml();
      if (wrong.length) throw new Error(`${wrong.length} errors in the HTML:\n${wrong.join('\n')}`);
      console.log(`ok    ${title} (${Date.now() - started} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${title}\n      ${String(error.message ?? error).split('\n').join('\n      ')}`);
    }
  }
}
await browser.close();
console.log(`      ${checked()} different pages are HTML as the standard wants it, or named above`);
// In the form that `cargo xtask ci` counts.
console.log(`test result: ${failed ? 'FAILED' : 'ok'}. ${ran - failed} passed; ${failed} failed`);
process.exit(failed || !ran ? 1 : 0);
