// Passkeys: the browser asks the authenticator, and a form sends the answer. Without this file there are codes and passwords.
'use strict';
(() => {
  // Questions are good for fifteen minutes: an older one is asked anew.
  const fresh_for = 10 * 60000;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
  const coded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  // What the server wrote, as the browser takes it.
  const taken = (options) => {
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    read.allowCredentials = named(options.allowCredentials);
    read.excludeCredentials = named(options.excludeCredentials);
    return read;
  };
  // What the browser gave, as the server takes it.
  const given = (credential) => {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (credential.response[name]) response[name] = coded(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return { id: credential.id, rawId: coded(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const { question: from, options, failed, none } = form.dataset;
    const says = form.querySelector('[role=status]');
    const button = form.querySelector('button');
    if (!window.PublicKeyCredential || !navigator.credentials) {
      if (options) { form.hidden = false; says.textContent = none; button.disabled = true; }
      continue;
    }
    let asked = null;
    let asked_at = 0;
    let filling = null;
    let sends = false;
    const ask = async () => {
      try {
        const got = await fetch(from, { headers: { Accept: 'application/json' } });
        asked = got.ok ? await got.json() : null;
      } catch { asked = null; }
      asked_at = Date.now();
    };
    const send = (answer) => {
      form.elements.namedItem('passkey').value = JSON.stringify(answer);
      sends = true;
      form.requestSubmit();
    };
    const answer = (credential) => send({ ceremony: asked.ceremony, credential: given(credential) });
    form.addEventListener('submit', async (event) => {
      if (sends) return;
      event.preventDefault();
      if (filling) filling.abort();
      says.textContent = '';
      button.setAttribute('aria-busy', 'true');
      try {
        if (options) {
          send(given(await navigator.credentials.create({ publicKey: taken(JSON.parse(options)) })));
          return;
        }
        if (!asked || Date.now() - asked_at > fresh_for) await ask();
        answer(await navigator.credentials.get({ publicKey: taken(asked.public_key) }));
      } catch {
        // Declined, timed out, none here: the person decides what is next.
        says.textContent = failed;
        button.removeAttribute('aria-busy');
      }
    });
    if (options) { form.hidden = false; continue; }
    // Where there is nothing to answer with, nothing is offered.
    ask().then(async () => {
      if (!asked) return;
      form.hidden = false;
      const can = PublicKeyCredential.isConditionalMediationAvailable;
      if (!form.hasAttribute('data-fill') || !can || !await can.call(PublicKeyCredential)) return;
      filling = new AbortController();
      // Beside the address field, in the list of what the browser fills in.
      navigator.credentials.get({ publicKey: taken(asked.public_key), mediation: 'conditional', signal: filling.signal })
        .then(answer).catch(() => {});
    });
  }
})();
