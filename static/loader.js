// Chatpass loader. Asks the site who the visitor is and starts the chat; the same file for everybody, no user data in it.
// <script src="/chat/loader.js" async></script>
//   data-base="/chat"    where Chatpass is mounted, if not beside this file
//   data-consent="wait"  do nothing before the event chatpass:consent on document, or chatpass.start()
// Events on document: chatpass:identified, chatpass:ready, chatpass:error. None ever holds a token.
(() => {
  'use strict';
  const win = window, doc = document;
  const able = (o, method) => o && typeof o[method] === 'function' ? o : null;
  // A second tag, or Turbo running the page's scripts again.
  if (able(win.chatpass, 'start')) return;

  // Milliseconds for one request, for a provider's script to announce itself, for it to start.
  const LIMIT = 10000;
  const TRIES = 5;

  // An image or form of the page named "currentScript" hides the real one. Modules and bundles have none.
  const current = doc.currentScript instanceof HTMLScriptElement ? doc.currentScript :
    Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript').get.call(doc);
  const tag = current || doc.querySelector('script[data-base]');
  const setting = tag ? tag.dataset : {};
  const beside = /^(.*)\/loader\.js([?#]|$)/.exec(tag ? tag.src : '');
  const base = setting.base || (beside ? beside[1] : '/chat');

  const emit = (name, detail) => doc.dispatchEvent(new CustomEvent('chatpass:' + name, {detail}));
  const sleep = ms => new Promise(done => setTimeout(done, ms));

  const WAITING = 0, READY = 1, FAILED = 2;
  let state = WAITING, begun, clicked;
  const fail = (stage, message) => {
    if (state === WAITING) state = FAILED;
    emit('error', {stage, message});
  };

  // Providers announce themselves only by a global, hence polling. Looks once more after the limit: timers sleep in hidden tabs.
  const until = async probe => {
    for (const end = performance.now() + LIMIT; ; await sleep(50)) {
      const late = performance.now() > end, found = probe();
      if (found || late) return found;
    }
  };

  // Seconds as the server asks, else 1, 2, 4, 8; a little more at random so that not all visitors come back at once; 1 to 60.
  const pause = (header, tries) => {
    const asked = header ? isNaN(header) ? (Date.parse(header) - Date.now()) / 1000 : Number(header) : NaN;
    const seconds = asked >= 0 ? asked : 2 ** (tries - 1);
    return sleep(Math.min(60, Math.max(1, seconds) * (1 + Math.random() / 4)) * 1000);
  };

  const ask = async () => {
    for (let tries = 1; ; tries++) {
      const stop = new AbortController(), timer = setTimeout(() => stop.abort(), LIMIT);
      let answer, problem = 'no answer', again = true;
      try {
        answer = await fetch(new URL(base.replace(/\/+$/, '') + '/identity', location.href).href, {
          credentials: 'same-origin', cache: 'no-store', headers: {'X-Requested-With': 'chatpass'}, signal: stop.signal
        });
        if (answer.ok) return await answer.json();
        problem = 'HTTP ' + answer.status;
        again = [429, 502, 503, 504].includes(answer.status);
      } catch (err) {
        // Some page of the site answered, not Chatpass.
        if (err instanceof SyntaxError) {
          problem = 'the answer is not JSON';
          again = false;
        }
      } finally {
        clearTimeout(timer);
      }
      if (!again || tries === TRIES) throw new Error(problem);
      await pause(answer && answer.headers.get('Retry-After'), tries);
    }
  };

  const identity = async () => {
    const block = doc.querySelector('script#chatpass-data[type="application/json"]');
    const found = block ? JSON.parse(block.textContent) : await ask();
    if (!found || typeof found !== 'object') throw new Error('the answer is not an identity');
    return found;
  };

  // The provider's script: the tag already on the page (inline mode), or a new one.
  const script = url => {
    const src = new URL(url, location.href).href;
    const old = Array.from(doc.querySelectorAll('script[src]')).find(s => s.src === src);
    if (old) return old;
    const s = doc.createElement('script');
    s.src = src;
    s.async = true;
    if (tag && tag.nonce) s.nonce = tag.nonce;
    return s;
  };

  const imbachat = widget => {
    let started;
    const look = async () => {
      const chat = await until(() => able(win.ImbaChat, 'load') || able(win.imbaApi, 'load'));
      if (started) return;
      if (!chat) return fail('script', 'the script of imbachat did not announce itself');
      started = true;
      try {
        // Guests: load() without any argument. The promise may never settle, hence the race.
        await Promise.race([widget.token ? chat.load(Object.assign({}, widget.options, {token: widget.token})) : chat.load(), sleep(LIMIT)]);
      } catch (err) {
        // Its text may hold the token.
        return fail('start', 'imbachat refused to start');
      }
      state = READY;
      emit('ready', {provider: 'imbachat'});
      if (clicked) open(clicked);
      clicked = null;
    };
    const s = script(widget.script);
    s.addEventListener('error', () => fail('script', 'the script of imbachat could not be loaded'));
    // One that comes after the limit still starts the chat.
    s.addEventListener('load', look);
    if (!s.isConnected) doc.head.appendChild(s);
    look();
  };

  // <button data-chatpass-to="2" data-chatpass-token="…">: a conversation with user 2.
  const open = async button => {
    const {chatpassTo: to, chatpassAs: as, chatpassToken: token} = button.dataset;
    const id = as !== 'string' && Number.isSafeInteger(Number(to)) && String(Number(to)) === to ? Number(to) : to;
    try {
      const api = await until(() => able(win.imbaApi, 'openDialog') || able(win.imbaChat, 'openDialog'));
      await api.openDialog(id, 0, token || '');
    } catch (err) {
      fail('dialog', 'the conversation could not be opened');
    }
  };

  const click = event => {
    const button = event.target instanceof Element && event.target.closest('[data-chatpass-to]');
    if (!button) return;
    // Without preventDefault: where the button is a link, its own address still works.
    if (state === FAILED) return fail('dialog', 'the chat is not there');
    event.preventDefault();
    if (state === READY) open(button);
    else clicked = button;
  };

  const start = async () => {
    if (begun) return;
    begun = true;
    doc.addEventListener('click', click);
    let found;
    try {
      found = await identity();
    } catch (err) {
      return fail('identity', err instanceof SyntaxError ? 'the block chatpass-data is not JSON' : err.message);
    }
    emit('identified', {user_id: found.user_id, name: found.name, expires_at: found.expires_at});
    const providers = found.providers || {};
    if (!providers.imbachat) {
      state = FAILED;
      return;
    }
    try {
      imbachat(providers.imbachat);
    } catch (err) {
      fail('script', 'the script of imbachat cannot be loaded');
    }
  };

  win.chatpass = {start};
  if (setting.consent === 'wait') doc.addEventListener('chatpass:consent', start, {once: true});
  else start();
})();
