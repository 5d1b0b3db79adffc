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

  // Evidence: each file goes by itself, with its progress; one that was lost on the way is sent again at the next press, and
  // the others are not. Without script the form sends all of them at once.
  for (const form of all('form[data-upload]')) {
    const list = form.querySelector('.sending');
    const inputs = all('input[type=file]', form);
    const state = new Map();
    let count = 0;
    form.classList.add('scripted');
    const line = (file) => {
      const item = document.createElement('li');
      const name = document.createElement('p');
      const says = document.createElement('p');
      const bar = document.createElement('progress');
      bar.max = 1; bar.value = 0; bar.setAttribute('aria-label', file.name);
      name.textContent = file.name;
      says.append(bar);
      item.append(name, says);
      list.append(item);
      return { file, says, bar, part: ++count, done: false };
    };
    const send = (one) => new Promise((next) => {
      const data = new FormData();
      for (const name of ['form', 'module']) data.append(name, form.elements.namedItem(name).value);
      data.append('part', one.part);
      data.append('files', one.file);
      const request = new XMLHttpRequest();
      const end = (text, done) => { one.done = done; one.says.textContent = text; next(); };
      one.says.replaceChildren(one.bar);
      request.upload.onprogress = (event) => { if (event.lengthComputable) one.bar.value = event.loaded / event.total; };
      request.onerror = request.onabort = () => end(form.dataset.failed, false);
      request.onload = () => {
        let said = null;
        try { said = JSON.parse(request.responseText); } catch { /* a page: the session is over, or busy */ }
        if (!said) { end(form.dataset.failed, false); return; }
        end(said.refused[0] || form.dataset.ready, true);
        if (said.taken) taken += 1;
      };
      request.open('POST', form.action);
      request.setRequestHeader('Accept', 'application/json');
      request.send(data);
    });
    let taken = 0;
    let busy = false;
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
        if (one.file.size > 26214400) { one.says.textContent = form.dataset.large; one.done = true; continue; }
        await send(one);
      }
      busy = false;
      for (const input of inputs) input.value = '';
      if (taken === state.size) location.assign(form.dataset.done + '?brought=' + taken + '#m-' + form.dataset.module);
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
