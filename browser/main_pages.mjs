// The ten pages that people meet most, each with whom to sign in as: what is measured and looked at in every way.
import { Visitor } from './helpers.mjs';

/** Name, role and address of each. */
export async function mainPages(browser, world) {
  const { slug } = world.tenants[0];
  const at = (rest) => `/t/${slug}/${rest}`;
  const found = async (role, address, selector) => {
    const visitor = await Visitor.open(browser, world, {});
    await visitor.signIn(role);
    await visitor.visit(address);
    const link = await visitor.page.locator(selector).first().getAttribute('href');
    await visitor.close();
    return link;
  };
  const learner = await found('admin', at('learners'), 'tbody th a');
  return [
    { name: 'front', address: '/' },
    { name: 'sign-in', address: at('sign-in') },
    { name: 'trust', address: '/trust' },
    { name: 'check', address: '/check' },
    { name: 'start of a learner', role: 'learner', address: at('') },
    { name: 'evidence upload', role: 'learner', address: await evidence(browser, world) },
    { name: 'queue', role: 'assessor', address: at('queue') },
    { name: 'learners list', role: 'admin', address: at('learners') },
    { name: 'learner record', role: 'admin', address: `${learner}/record` },
    { name: 'people', role: 'admin', address: at('people') },
  ];
}

/** The form for the first module that takes evidence of the demo's learner. */
async function evidence(browser, world) {
  const { slug } = world.tenants[0];
  const visitor = await Visitor.open(browser, world, {});
  const { openEnrolment } = await import('./specs/learning.mjs');
  await visitor.signIn('learner');
  await visitor.visit(`/t/${slug}/learning/${await openEnrolment(visitor, world)}`);
  const link = await visitor.page.locator('.module a.button').first().getAttribute('href');
  await visitor.close();
  return link;
}
