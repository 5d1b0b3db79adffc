// Progressive enhancement only: every page works without this file. No dependency, no markup made from text.
'use strict';
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // A page that a form led to: going back to it, or loading it again, reads and does not send.
  if (document.body.dataset.again) history.replaceState(null, '', document.body.dataset.again);

  // A form is sent once: a second click while the first is on its way does nothing. The server does it once in any case.
  addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === 'dialog') return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = '1';
    for (const button of all('button[type=submit]', form)) button.setAttribute('aria-busy', 'true');
  });
  // Back from the browser's cache: the form may be sent again.
  addEventListener('pageshow', () => {
    for (const form of all('form[data-sent]')) {
      delete form.dataset.sent;
      for (const button of all('button[aria-busy]', form)) button.removeAttribute('aria-busy');
    }
  });

  // Unsaved work, for forms that ask for it with data-keep="name". Nothing secret: passwords, hidden fields and fields marked
  // data-private stay out, and signing out clears it.
  const kept = (field) => field.name && !field.hasAttribute('data-private') && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type);
  for (const form of all('form[data-keep]')) {
    const key = 'keep:' + location.pathname + ':' + form.dataset.keep;
    let saved = null;
    try { saved = JSON.parse(sessionStorage.getItem(key)); } catch { /* storage is off: nothing is kept */ }
    const fields = Array.from(form.elements).filter(kept);
    if (saved && !document.querySelector('[aria-invalid]')) {
      fields.forEach((field, at) => {
        const value = saved[at];
        if (value === undefined || value === null) return;
        if (typeof value === 'boolean') field.checked = value; else field.value = value;
      });
    }
    form.addEventListener('input', () => {
      const values = fields.map((field) => ['checkbox', 'radio'].includes(field.type) ? field.checked : field.value);
      try { sessionStorage.setItem(key, JSON.stringify(values)); } catch { /* the same */ }
    });
    form.addEventListener('submit', () => { try { sessionStorage.removeItem(key); } catch { /* the same */ } });
  }

  // The day and hour where the reader is, if that is not South Africa. The exact instant stays in the title.
  if (new Date().getTimezoneOffset() !== -120) {
    const shown = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short', hour12: false });
    for (const time of all('time[data-local]')) time.textContent = shown.format(new Date(time.dateTime));
  }

  // The secret behind the # of a link goes into its field and out of the address bar.
  for (const form of all('form[data-fragment]')) {
    const field = form.elements.namedItem(form.dataset.fragment);
    if (field && location.hash.length > 1) {
      field.value = decodeURIComponent(location.hash.slice(1));
      history.replaceState(null, '', location.pathname + location.search);
    }
  }

  // Evidence: each file goes by itself, in parts. When the line breaks it goes on where it stopped, by itself, and after a reload
  // when the same file is chosen again: where a file goes is kept under a hash of what it is. Without script the form sends all
  // of them whole.
  const ask = (method, to, headers, body, moved) => new Promise((done) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    // A line that is gone may say nothing for minutes; the device often knows.
    const lost = () => request.abort();
    addEventListener('offline', lost);
    const live = () => { clearTimeout(timer); timer = setTimeout(lost, 90000); };
    request.upload.onprogress = (event) => { live(); if (moved) moved(event.loaded); };
    request.onloadend = () => {
      clearTimeout(timer);
      removeEventListener('offline', lost);
      let said = null;
      try { said = JSON.parse(request.responseText); } catch { /* a page: the session is over, or something went wrong */ }
      done({ status: request.status, said, header: (name) => request.getResponseHeader(name) });
    };
    request.open(method, to);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    live();
    request.send(body);
  });
  const pause = (seconds) => new Promise((next) => {
    const timer = setTimeout(next, seconds * 1000);
    addEventListener('online', () => { clearTimeout(timer); next(); }, { once: true });
  });
  const kept_at = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, to) => { try { if (to) localStorage.setItem(key, to); else localStorage.removeItem(key); } catch { /* off */ } },
  };
  for (const form of all('form[data-upload]')) {
    const list = form.querySelector('.sending');
    const inputs = all('input[type=file]', form);
    const { module, upload, done, failed, waiting, ready, large, max } = form.dataset;
    const state = new Map();
    let count = 0;
    let taken = 0;
    let busy = false;
    form.classList.add('scripted');
    const line = (file) => {
      const item = document.createElement('li');
      const name = document.createElement('p');
      const says = document.createElement('p');
      const bar = document.createElement('progress');
      bar.max = file.size; bar.value = 0; bar.setAttribute('aria-label', file.name);
      name.textContent = file.name;
      item.append(name, bar, says);
      list.append(item);
      return { file, says, bar, done: false };
    };
    const key_of = async (file) => {
      const about = new TextEncoder().encode([upload, module, file.name, file.size, file.lastModified].join('\n'));
      return 'up:' + Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', about)), (byte) => byte.toString(16)).join('');
    };
    const announce = (file) => ask('POST', upload, { 'Content-Type': 'application/x-www-form-urlencoded' }, new URLSearchParams({
      form: form.elements.namedItem('form').value, module, name: file.name, length: file.size, part: ++count,
    }).toString());
    const send = async (one) => {
      const { file, bar, says } = one;
      const key = await key_of(file);
      const end = (text, isDone) => {
        one.done = isDone; says.textContent = text;
        if (isDone) { kept_at.set(key, null); bar.remove(); }
      };
      let to = kept_at.get(key);
      let last = -1;
      let again = to ? 1 : 0;
      for (let tries = 0; tries < 40;) {
        let got = to ? await ask('HEAD', to, {}) : await announce(file);
        if (!to && got.said) {
          if (got.said.refused) { end(got.said.refused, true); return; }
          to = got.said.to;
          kept_at.set(key, to);
        } else if (to && got.status === 204) {
          const at = Number(got.header('Upload-Offset'));
          if (at > last) { last = at; tries = 0; }
          bar.value = at;
          says.textContent = '';
          const headers = { 'Content-Type': 'application/partial-upload', 'Upload-Offset': at, 'Upload-Complete': '?1' };
          got = await ask('PATCH', to, headers, file.slice(at), (sent) => { bar.value = at + sent; });
          if (got.said) {
            if (got.said.is_taken) taken += 1;
            end(got.said.refused || ready, true);
            return;
          }
        } else if (to && got.status >= 400 && got.status < 500 && again++ < 2) {
          // It expired, or somebody else was signed in here: from the beginning.
          to = null;
          continue;
        }
        if (got.said) continue;
        // Neither lost nor busy nor gone on elsewhere: the session is over.
        if (got.status && got.status < 500 && !(to && got.status === 409)) break;
        tries += 1;
        says.textContent = waiting;
        await pause(Math.min(30, 2 ** tries));
      }
      end(failed, false);
    };
    form.addEventListener('submit', async (event) => {
      const files = inputs.flatMap((input) => Array.from(input.files));
      if (!files.length && !state.size) return;
      event.preventDefault();
      if (busy) return;
      busy = true;
      list.hidden = false;
      for (const file of files) if (!state.has(file)) state.set(file, line(file));
      for (const one of state.values()) {
        if (one.done) continue;
        if (one.file.size > max) { one.says.textContent = large; one.done = true; one.bar.remove(); continue; }
        await send(one);
      }
      busy = false;
      for (const input of inputs) input.value = '';
      if (taken === state.size) location.assign(done + '?brought=' + taken + '#m-' + module);
    });
    const drop = form.querySelector('.drop');
    for (const kind of ['dragover', 'dragleave', 'drop']) drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', kind === 'dragover');
      if (kind === 'drop') inputs[0].files = event.dataTransfer.files;
    });
  }

  // The summary of errors is where one is told first.
  const summary = document.querySelector('[data-focus]');
  if (summary) summary.focus();

  // A menu closes with Escape and when one goes elsewhere.
  const menus = all('details.menu');
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of menus.filter((menu) => menu.open)) { menu.open = false; menu.firstElementChild.focus(); }
  });
  addEventListener('click', (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
  });
})();
