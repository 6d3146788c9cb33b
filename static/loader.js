// Chatpass loader. Asks the site who the visitor is and keeps their chat in the page; the same file for everybody, no user data in it.
// docs/loader.md says what a site owner can set on the tag, which events there are, and why this file does what it does.
(() => {
  const win = window, doc = document;
  // A second tag, or Turbo running the page's scripts again; or a browser older than 2022.
  if (win.chatpass && win.chatpass.start || !win.BroadcastChannel) return;

  // Milliseconds for one request, for a provider's script to announce itself, for it to start; and the least age of a page that is loaded again.
  const LIMIT = 1e4;

  // An image of the page named "currentScript" hides the real one. Modules and bundles have none.
  const tag = doc.currentScript instanceof HTMLScriptElement ? doc.currentScript : doc.querySelector('script[data-base],script[src*="/loader.js"]') || {dataset: {}};
  const setting = tag.dataset;
  const root = new URL(setting.base ? setting.base.replace(/\/*$/, '/') : /^.*\/(?=loader\.js)|$/.exec(tag.src)[0] || '/chat/', location.href).href;
  // Of "/cart,/checkout/*" everything but * stands for itself.
  const hideOn = new RegExp('^(' + (setting.hideOn || '').replace(/\W/g, c => ({'*': '.*', ',': '|', ' ': ' *'})[c] || '\\' + c) + ')$', 'i');

  // wanted: there is consent. me: the visitor's id as text, '' for a guest, undefined while unknown. running: whom the provider was started as.
  // widget: what it is started with. clicked: the button that waits for it. gone: its user has changed. leaving: the page is to be
  // loaded again. typed: there is text in it that nobody has sent.
  let ready, failed, wanted, me, running, widget, clicked, gone, leaving, typed, unread = 0;

  // Returns false if the page prevents the default.
  const emit = (name, detail) => doc.dispatchEvent(new CustomEvent('chatpass:' + name, {cancelable: true, detail: detail}));
  const fail = (stage, message) => {
    failed = !ready;
    dress();
    emit('error', {stage: stage, message: message});
  };
  const on = (target, types, work) => types.split(' ').forEach(type => target.addEventListener(type, work));
  const each = (selector, work) => doc.querySelectorAll(selector).forEach(work);
  const sleep = ms => new Promise(done => setTimeout(done, ms));
  // Providers announce themselves only by globals, hence polling: LIMIT in all, more in hidden tabs, where timers sleep.
  const until = async probe => {
    for (let left = 200; ; left--) {
      const found = probe();
      if (found || !left) return found;
      await sleep(50);
    }
  };
  const able = method => [win.ImbaChat, win.imbaApi, win.imbaChat].find(api => api && typeof api[method] === 'function');
  const shown = () => wanted && !gone && !hideOn.test(location.pathname);

  // What the provider put into the page: what came when it was called, what bears its name, and its place in the page. What else comes while
  // it works may be the site's own.
  const added = new Set();
  const own = body => [...body ? body.children : []].filter(part => added.has(part) || part.matches(setting.parts || '[id*=imba i],[class*=imba i],[src*=imba i]'));
  const parts = () => [...own(doc.body), ...doc.querySelectorAll('[data-chat-holder]')];
  const watch = work => {
    const before = new Set(doc.body.children);
    const end = work();
    for (const part of doc.body.children) if (!before.has(part)) added.add(part);
    return end;
  };
  const styles = new Map();
  const veil = hide => {
    styles.forEach((css, part) => part.style.cssText = css);
    styles.clear();
    if (hide) parts().forEach(part => {
      styles.set(part, part.style.cssText);
      part.style.setProperty('display', 'none', 'important');
    });
  };

  // "Write" buttons are for users with a chat, and not for writing to oneself.
  const NATIVE = 'button,[href],input', NAMED = '[aria-label],[aria-labelledby],[title],[alt]';
  const dress = () => {
    each('[data-chat-with]', button => {
      button.hidden = !shown() || !me || !widget || button.dataset.chatWith === me || failed && !button.href;
      if (!button.matches(NATIVE)) {
        button.tabIndex = 0;
        button.setAttribute('role', 'button');
      }
      if (button.textContent.trim() || button.matches(NAMED) || button.querySelector(NAMED)) return;
      const label = button.dataset.label || 'Write';
      if (button.children.length) button.setAttribute('aria-label', label);
      else button.textContent = label;
    });
    each('[data-chat-unread]', part => {
      const text = String(unread || '');
      if (part.textContent !== text) part.textContent = text;
    });
  };

  // Returns the answer and its text, which may hang, too.
  const ask = async path => {
    const stop = new AbortController(), timeout = setTimeout(() => stop.abort(), LIMIT);
    try {
      const answer = await fetch(root + path, {
        cache: 'no-store', headers: {'X-Requested-With': 'chatpass'}, signal: stop.signal
      });
      return [answer, await answer.text()];
    } finally {
      clearTimeout(timeout);
    }
  };

  // last: when identity was asked last. hold: not before then, after a failure. By the clock, since other timers stop while a laptop sleeps.
  let timer, asked = 0, last = 0, hold = 0, tries = 0;
  const plan = ms => {
    clearTimeout(timer);
    timer = setTimeout(check, Math.max(ms, hold - Date.now()));
  };
  const check = async () => {
    if (gone) return leave();
    if (!shown()) return;
    // The newest question counts: what made us ask may have happened after an older one.
    const mine = ++asked;
    last = Date.now();
    const block = me === undefined && doc.querySelector('script#chatpass-data');
    let answer, text, found;
    try {
      if (block) text = block.textContent;
      else [answer, text] = await ask('identity');
      found = JSON.parse(text);
    } catch (err) {
      // What is missing tells what went wrong.
    }
    if (mine !== asked) return;
    const status = answer ? answer.status : block ? 200 : 0;
    const header = name => answer && answer.headers.get(name);
    if (status === 200 && found && found.providers) {
      tries = hold = 0;
      return settle(found, Date.parse(header('Date')) || Date.now());
    }
    tries++;
    const refused = status % 429 && status < 502;
    if (refused || tries === 5) fail('identity', status ? 'HTTP ' + status : 'no answer');
    // Seconds as the server asks, up to an hour, else 1, 2, 4 up to 60; a little more at random so that not all visitors come back at once.
    // Whoever refuses will do so for a while.
    const seconds = refused ? 600 : Math.min(3600, header('Retry-After')) || Math.min(60, 2 ** tries / 2);
    hold = Date.now() + seconds * (1 + Math.random() / 4) * 1000;
    plan(0);
  };

  // Other tabs, and asks at once.
  let channel;
  const listen = () => {
    channel = new BroadcastChannel('chatpass');
    channel.onmessage = event => {
      if (me !== undefined && event.data !== me) plan(0);
    };
    plan(0);
  };

  // now is the server's clock; the visitor's may be wrong by hours.
  const settle = (found, now) => {
    const id = found.user_id === null ? '' : String(found.user_id);
    widget = (id || setting.guests !== 'off') && found.providers.imbachat;
    // At about 80 % of the token's life, never twice in 30 s, at least once a day.
    const life = found.expires_at * 1000 - now;
    if (life) plan(Math.min(864e5, Math.max(3e4, life * (0.75 + Math.random() / 10))));
    if (running !== undefined && running !== id) return reset();
    if (id === me) {
      if (ready && setting.renew === 'load') load().catch(() => 0);
    } else {
      me = id;
      channel.postMessage(me);
      emit('identified', {user_id: found.user_id, name: found.name, expires_at: found.expires_at});
    }
    place();
  };

  // The former user's chat ends. What its script remembers only ends with the page, so the page is loaded again, but not under somebody's
  // hands.
  const reset = () => {
    gone = failed = true;
    ready = unread = 0;
    (async () => able('closeChat').closeChat())().catch(() => 0);
    parts().forEach(part => part.remove());
    dress();
    leaving = emit('reset');
    leave();
  };
  const leave = () => {
    if (!leaving) return;
    if (typed || performance.now() < LIMIT) plan(1000);
    // reload() could send a form again, and an address with a # would only be scrolled to.
    else location.replace(location.href.split('#')[0]);
  };

  // Starts, shows or hides the chat as this address wants it.
  const place = () => {
    veil(!shown());
    dress();
    if (!shown()) return;
    if (me === undefined) plan(0);
    else if (!widget) failed = true;
    else if (script) begin();
    else insert().catch(lost);
  };

  // The provider's script: the tag already on the page (inline mode), or a new one.
  let script, looking;
  const lost = () => fail('script', 'not loaded');
  const insert = async () => {
    const src = widget.script;
    script = doc.querySelector('script[src="' + src + '"]');
    if (!script) {
      script = doc.createElement('script');
      script.src = win.trustedTypes ? win.trustedTypes.createPolicy('chatpass', {createScriptURL: url => url}).createScriptURL(src) : src;
      if (tag.nonce) script.nonce = tag.nonce;
      doc.head.append(script);
    }
    on(script, 'error', lost);
    // One that comes after the limit still starts the chat.
    on(script, 'load', begin);
    begin();
  };

  // Guests: load() without any argument. The promise may never settle, hence the race.
  const load = async () => Promise.race([
    widget.token ? able('load').load(Object.assign({}, widget.options, {token: widget.token})) : able('load').load(), sleep(LIMIT)
  ]);
  const begin = async () => {
    if (looking || running !== undefined) return;
    looking = true;
    const api = await until(() => doc.body && able('load'));
    looking = false;
    if (!api) return fail('script', 'silent');
    // Much may have changed meanwhile.
    if (!widget || !shown()) return;
    running = me;
    each('[data-chat-holder]', part => part.dataset.imbachat_chat_ph = 1);
    try {
      await watch(load);
    } catch (err) {
      // Its text may hold the token.
      return fail('start', 'refused');
    }
    if (gone) return;
    ready = true;
    failed = false;
    dress();
    emit('ready', {provider: 'imbachat'});
    if (clicked) open(clicked);
    if (await until(() => win.tabSignal && win.tabSignal.on)) win.tabSignal.on('imbaChat.newMessagesUpdate', event => {
      if (gone) return;
      unread = event.newMessagesSum | 0;
      emit('unread', {count: unread});
      dress();
    });
  };

  // <button data-chatpass-to="2" data-chatpass-token="…">, or data-chat-with="2" on anything: a conversation with user 2.
  const open = async button => {
    clicked = button;
    let {chatWith: to, chatpassTo: id, chatpassAs: as, chatpassToken: token} = button.dataset;
    try {
      if (!id) {
        const [answer, text] = await ask('button?to=' + encodeURIComponent(id = to));
        [, token, as] = /data-chatpass-token="([^"]*)"( data-chatpass-as)?/.exec(text) || [];
        if (answer.ok && !token) button.setAttribute('aria-disabled', true);
        if (!token) throw 0;
      }
      const api = await until(() => able('openDialog'));
      // Only the last wish counts, and none of a former user.
      if (gone || clicked !== button) return;
      if (!as && Number.isSafeInteger(+id) && +id + '' === id) id = +id;
      await watch(() => api.openDialog(id, 0, token || ''));
    } catch (err) {
      fail('dialog', 'not opened');
    }
  };

  const pressed = event => wanted && event.target instanceof Element && event.target.closest('[data-chatpass-to],[data-chat-with]');
  on(doc, 'click', event => {
    const button = pressed(event);
    if (!button || button.matches('[aria-disabled=true]')) return;
    // Without preventDefault: where the button is a link, its own address still works.
    if (failed) return fail('dialog', 'no chat');
    event.preventDefault();
    if (ready) open(button);
    else clicked = button;
  });
  on(doc, 'keydown', event => {
    const button = pressed(event);
    if (button !== event.target || button.matches(NATIVE) || !/^( |Enter)$/.test(event.key)) return;
    event.preventDefault();
    if (!event.repeat) button.click();
  });
  on(doc, 'input', event => typed = typed || !parts().some(part => part.contains(event.target)));

  // Other addresses without a new page (Turbo, PJAX, pushState), and elements that come later. Whoever moves may have signed in or out.
  let href = location.href, body, pending;
  const look = () => {
    pending = 0;
    const swapped = body && body !== doc.body;
    if (swapped) doc.body.append(...own(body));
    body = doc.body;
    if (swapped || href !== location.href) {
      href = location.href;
      typed = false;
      place();
      plan(last + 1000 - Date.now());
    }
    dress();
  };
  new MutationObserver(() => {
    pending = pending || setTimeout(look, 100);
  }).observe(doc, {childList: true, subtree: true});
  on(win.navigation || win, 'currententrychange popstate', look);

  // Other tabs, and sleep. The difference is negative where the clock was set back.
  on(win, 'focus online visibilitychange', () => {
    if (!doc.hidden && Math.abs(Date.now() - last) > 15e3) plan(0);
  });
  // The back button shows a page as it was left: without the chat, until it is known who is there now. An open channel would keep the
  // browser from keeping the page.
  on(win, 'pagehide', () => {
    veil(true);
    channel.close();
  });
  on(win, 'pageshow', event => event.persisted && listen());

  const turn = value => async () => {
    if (wanted === value) return;
    wanted = value;
    place();
  };
  const start = turn(true);
  win.chatpass = {start: start, stop: turn(false), check: () => plan(0)};
  listen();
  look();
  if (setting.consent === 'wait') on(doc, 'chatpass:consent', start);
  else start();
})();
