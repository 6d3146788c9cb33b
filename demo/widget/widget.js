// The pretend provider's widget. It offers the calls of ImbaChat's own: ImbaChat.load(options), and on imbaApi (also imbaChat)
// openDialog(userId, 0, token), openChat(), closeChat(), on(event, callback), load(options).
// Names, messages and addresses reach the page as text and properties only, never as HTML.
(function () {
  'use strict';
  if (window.ImbaChat) return; // the script is on the page twice

  const STYLE = 'WIDGET_STYLE';
  const REFUSED = 4401; // the server will not take this token
  const MAX_TEXT = 4000; // characters of a message
  const ANSWER_TIME = 10000; // milliseconds until a request counts as lost
  const ATTEMPTS = 12; // of connecting again, about three minutes in all
  const address = new URL('socket', document.currentScript.src);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

  const listeners = new Map(); // event name -> callbacks
  let run = 0; // counts load(): what belongs to an older one is ignored
  let session = fresh();
  let former = null; // who was here before load() was called again, and in which conversation
  let loading = null; // promise of the load under way or done
  let view = null;

  function fresh() {
    return {
      state: 'off', // off, guest, connecting, on, lost, over
      me: null, contacts: new Map(), active: '', messages: [], notice: '', error: '',
      socket: null, retry: 0, waiting: new Map(), refs: 0,
    };
  }

  // ---- connection

  function load(options) {
    const settings = Object.assign({}, options);
    const mine = ++run;
    const open = view !== null && view.isOpen();
    drop();
    if (session.me) former = {me: session.me.id, active: session.active};
    session = fresh();
    if (view === null) view = createView();
    view.configure(settings);
    if (!settings.token) {
      session.state = 'guest';
      former = null;
      view.forget();
      view.draw();
      loading = Promise.resolve();
    } else {
      session.state = 'connecting';
      view.draw();
      loading = connect(mine, settings.token, 0);
    }
    if (open) view.open();
    return loading.then(() => {
      if (mine !== run) return;
      if (typeof settings.onInitSuccess === 'function') settings.onInitSuccess();
      fire('imbaChat.loaded');
    });
  }

  function drop() {
    clearTimeout(session.retry);
    if (session.socket) session.socket.close(1000);
    for (const ref of Array.from(session.waiting.keys())) settle(ref, {error: 'The chat was started anew.'});
  }

  // connect resolves when the server has let this visitor in. Later losses of the connection mend themselves.
  function connect(mine, token, attempt) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      let welcomed = false;
      session.socket = socket;
      socket.onopen = () => socket.send(JSON.stringify({type: 'hello', token}));
      socket.onmessage = (frame) => {
        if (mine !== run) return;
        const event = JSON.parse(frame.data);
        if (event.type === 'welcome') {
          welcomed = true;
          welcome(event);
          resolve();
        } else {
          receive(event);
        }
      };
      socket.onclose = (end) => {
        const error = new Error(end.code === REFUSED ? 'ImbaChat: ' + end.reason : 'ImbaChat: no connection');
        if (mine !== run) return reject(error);
        for (const ref of Array.from(session.waiting.keys())) settle(ref, {error: 'The connection was lost. Please try again.'});
        if (end.code === REFUSED) {
          session.state = 'over';
          console.warn(error.message);
        } else if (welcomed || (attempt > 0 && attempt < ATTEMPTS)) {
          session.state = 'lost';
          const next = welcomed ? 1 : attempt + 1;
          session.retry = setTimeout(() => connect(mine, token, next).catch(() => {}), Math.min(1000 * 2 ** (next - 1), 20000));
        } else {
          session.state = 'off';
        }
        view.draw();
        reject(error);
      };
    });
  }

  function welcome(event) {
    session.state = 'on';
    session.me = event.me;
    session.notice = event.notice || '';
    session.contacts = new Map((event.contacts || []).map((c) => [c.with.id, c]));
    if (session.notice) console.warn('ImbaChat: ' + session.notice);
    if (former && former.me === session.me.id) session.active = session.active || former.active; // a fresh token, the same person
    else view.forget();
    former = {me: session.me.id, active: ''};
    if (session.active) show(session.active, '').catch(() => {}); // what was said while the connection was lost
    view.draw();
  }

  function receive(event) {
    switch (event.type) {
      case 'message': arrived(event); break;
      case 'read': {
        const contact = session.contacts.get(event.with.id);
        if (contact) contact.unread = 0;
        break;
      }
      case 'error': if (!event.ref) session.error = event.error; break;
    }
    if (event.ref) settle(event.ref, event);
    view.draw();
  }

  function arrived(event) {
    const id = event.with.id;
    const reading = session.active === id && view.isOpen() && !document.hidden;
    session.contacts.delete(id); // the latest contact comes first
    session.contacts = new Map([[id, {with: event.with, last: event.message, unread: reading ? 0 : event.unread || 0}], ...session.contacts]);
    if (session.active === id) {
      session.messages.push(event.message);
      if (reading && event.unread) tell({type: 'read', with: id});
    }
    if (event.message.from !== session.me.id && !reading) view.announce('New message from ' + event.with.name);
  }

  function tell(request) {
    if (session.socket && session.socket.readyState === WebSocket.OPEN) session.socket.send(JSON.stringify(request));
  }

  function ask(request) {
    return new Promise((resolve, reject) => {
      if (session.state !== 'on') return reject(new Error('There is no connection right now.'));
      const ref = String(++session.refs);
      const timer = setTimeout(() => settle(ref, {error: 'No answer. Please try again.'}), ANSWER_TIME);
      session.waiting.set(ref, {resolve, reject, timer});
      tell(Object.assign({ref}, request));
    });
  }

  function settle(ref, event) {
    const request = session.waiting.get(ref);
    if (!request) return;
    session.waiting.delete(ref);
    clearTimeout(request.timer);
    if (event.error) request.reject(new Error(event.error));
    else request.resolve(event);
  }

  // ---- conversations

  async function show(id, token) {
    const mine = run;
    session.active = id;
    session.error = '';
    try {
      const event = await ask({type: 'open', with: id, token});
      if (mine !== run || session.active !== id) return;
      session.partner = event.with;
      session.messages = event.messages || [];
      if (event.notice) session.notice = event.notice;
      markRead();
    } catch (err) {
      if (mine === run && session.active === id) {
        if (!session.partner || session.partner.id !== id) session.active = '';
        session.error = err.message;
      }
      throw err;
    } finally {
      view.draw();
    }
  }

  // markRead clears the unread messages of the conversation the visitor is looking at.
  function markRead() {
    const contact = session.contacts.get(session.active);
    if (!contact || !contact.unread || !view.isOpen() || document.hidden) return;
    contact.unread = 0;
    tell({type: 'read', with: session.active});
    view.draw();
  }

  async function send(text) {
    session.error = '';
    try {
      await ask({type: 'send', with: session.active, text});
      return true;
    } catch (err) {
      session.error = err.message;
      return false;
    } finally {
      view.draw();
    }
  }

  function leaveConversation() {
    session.active = '';
    session.partner = null;
    session.messages = [];
    session.error = '';
    view.draw();
  }

  async function openDialog(userId, _profile, token) {
    if (!loading) throw new Error('ImbaChat: call load() first');
    await loading;
    view.open();
    if (session.state === 'guest') throw new Error('ImbaChat: sign in first');
    await show(String(userId), token || '');
    view.focusText();
  }

  // ---- events

  function on(name, callback) {
    if (typeof callback !== 'function') return;
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(callback);
  }

  function fire(name) {
    for (const callback of listeners.get(name) || []) {
      try {
        callback();
      } catch (err) {
        console.error(err); // one page's mistake must not stop the others
      }
    }
  }

  // ---- view

  function createView() {
    const host = document.createElement('div');
    host.id = 'imbachat-widget';
    const root = host.attachShadow({mode: 'open'});
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    document.body.append(host);

    const count = el('span', {className: 'count', hidden: true, ariaHidden: 'true'});
    const launcher = el('button', {className: 'launcher', type: 'button'}, icon('chat'), count);
    launcher.setAttribute('aria-controls', 'panel');
    const spoken = el('p', {className: 'unseen'});
    spoken.setAttribute('role', 'status');
    const head = el('div', {className: 'head'});
    const note = el('p', {className: 'note', hidden: true});
    note.setAttribute('role', 'alert');
    const body = el('div', {className: 'body'});
    const text = el('textarea', {rows: 1, maxLength: MAX_TEXT, placeholder: 'Write a message'});
    text.setAttribute('aria-label', 'Message');
    const submit = el('button', {type: 'submit'}, icon('send'));
    submit.setAttribute('aria-label', 'Send');
    const form = el('form', {className: 'write', hidden: true}, text, submit);
    const panel = el('section', {className: 'panel', id: 'panel', hidden: true}, head, note, body, form);
    panel.setAttribute('role', 'dialog');
    panel.setAttribute('aria-label', 'Chat');
    const chat = el('div', {className: 'chat', lang: 'en'}, launcher, spoken, panel);
    root.append(chat);

    let opener = null; // what gets the focus back
    let writingTo = ''; // whose conversation the text belongs to
    const drafts = new Map(); // what was not sent yet, by user: it must not end in another conversation
    const drawn = {head: '', body: ''};

    const isOpen = () => !panel.hidden;
    function open() {
      if (isOpen()) return;
      opener = document.activeElement === host ? launcher : document.activeElement;
      panel.hidden = false;
      draw();
      markRead();
      focusFirst();
    }
    function close() {
      if (!isOpen()) return;
      panel.hidden = true;
      draw();
      const target = opener && opener !== document.body && opener.isConnected ? opener : launcher;
      target.focus();
    }
    function focusText() {
      if (isOpen() && !form.hidden) text.focus();
    }

    launcher.addEventListener('click', () => (isOpen() ? close() : open()));
    panel.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !e.isComposing) close();
    });
    let shift = false;
    text.addEventListener('keydown', (e) => { shift = e.shiftKey; });
    text.addEventListener('beforeinput', (e) => { // not keydown: there the Enter that ends the input of a Japanese word looks the same
      if (e.inputType !== 'insertLineBreak' || shift) return;
      e.preventDefault();
      form.requestSubmit();
    });
    text.addEventListener('input', draw);
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      const said = text.value;
      const to = session.active;
      if (!said.trim()) return;
      text.value = '';
      if (await send(said)) return;
      if (writingTo === to && !text.value) text.value = said; // nothing typed is lost
      else if (writingTo !== to) drafts.set(to, said);
      draw();
    });
    document.addEventListener('visibilitychange', markRead);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    let theme = '';
    const applyTheme = () => chat.classList.toggle('dark', theme === 'dark' || (theme === '' && scheme.matches));
    scheme.addEventListener('change', applyTheme);

    // forget drops what the person who was here before had typed.
    function forget() {
      drafts.clear();
      text.value = writingTo = '';
    }

    function configure(settings) {
      theme = settings.theme === 'dark' ? 'dark' : '';
      chat.classList.toggle('left', settings.position === 'left');
      applyTheme();
    }

    function draw() {
      const unread = Array.from(session.contacts.values()).reduce((sum, c) => sum + (c.unread || 0), 0);
      count.textContent = unread > 99 ? '99+' : String(unread);
      count.hidden = unread === 0;
      launcher.setAttribute('aria-expanded', String(isOpen()));
      launcher.setAttribute('aria-label', (isOpen() ? 'Close chat' : 'Open chat') + (unread ? ', ' + unread + ' unread' : ''));
      chat.classList.toggle('open', isOpen());
      const talking = Boolean(session.active && session.partner && session.partner.id === session.active);
      form.hidden = !talking;
      const to = talking ? session.active : '';
      if (writingTo !== to) {
        drafts.set(writingTo, text.value);
        text.value = drafts.get(to) || '';
        writingTo = to;
      }
      submit.disabled = session.state !== 'on' || !text.value.trim();
      note.textContent = problem();
      note.hidden = !note.textContent;
      // Drawn anew only when something changed, so that focus and scroll position stay.
      once('head', [session.me, talking && session.partner], () => drawHead(talking));
      once('body', talking ? [session.me, session.partner, session.messages] : [session.state, session.me, [...session.contacts.values()]], () => {
        if (talking) drawConversation();
        else drawContacts();
      });
    }

    function once(part, state, render) {
      const now = JSON.stringify(state);
      if (drawn[part] === now) return;
      const focus = root.activeElement && root.activeElement.dataset.key;
      render();
      drawn[part] = now;
      const again = focus && Array.from(panel.querySelectorAll('[data-key]')).find((e) => e.dataset.key === focus);
      if (again) again.focus();
    }

    function problem() {
      if (session.error) return session.error;
      switch (session.state) {
        case 'lost': return 'The connection was lost. Connecting again …';
        case 'over': return 'Your pass into the chat has ended or was not accepted. Reload the page to get a new one.';
        case 'off': return 'The chat cannot be reached right now.';
        default: return session.notice;
      }
    }

    function drawHead(talking) {
      const shut = el('button', {type: 'button', className: 'icon', onclick: close}, icon('close'));
      shut.setAttribute('aria-label', 'Close chat');
      shut.dataset.key = 'close';
      head.classList.toggle('in', talking);
      if (!talking) {
        const title = el('h2', {className: 'title'}, 'Messages');
        if (session.me) title.append(el('small', {}, 'You are ' + session.me.name));
        head.replaceChildren(...(session.me ? [face(session.me)] : []), title, shut);
        return;
      }
      const back = el('button', {type: 'button', className: 'icon', onclick: () => { leaveConversation(); focusFirst(); }}, icon('back'));
      back.setAttribute('aria-label', 'All conversations');
      back.dataset.key = 'back';
      const partner = session.partner;
      const title = el('h2', {className: 'title'}, partner.url ? el('a', {href: partner.url}, partner.name) : partner.name);
      if (partner.badge) title.append(el('small', {}, partner.badge));
      head.replaceChildren(back, face(partner), title, shut);
    }

    function focusFirst() {
      const first = body.querySelector('.contact') || head.querySelector('.icon');
      if (first) first.focus();
    }

    function drawContacts() {
      if (session.state === 'guest') {
        body.replaceChildren(empty('Hello!', 'Sign in to the site to write to its members.'));
        return;
      }
      if (session.contacts.size === 0) {
        body.replaceChildren(session.state === 'connecting' ? empty('Connecting …', '') : empty('No conversations yet', 'Press “Write” beside a member to begin one.'));
        return;
      }
      body.replaceChildren(el('ul', {className: 'contacts'}, ...Array.from(session.contacts.values(), (contact) => {
        const own = contact.last.from === session.me.id ? 'You: ' : '';
        const line = el('button', {type: 'button', className: 'contact', onclick: () => show(contact.with.id, '').then(focusText, () => {})},
          face(contact.with),
          el('span', {className: 'what'}, el('span', {className: 'name'}, contact.with.name), el('span', {className: 'last'}, own + contact.last.text)));
        line.dataset.key = 'contact ' + contact.with.id;
        if (contact.unread) line.append(el('span', {className: 'count'}, String(contact.unread), el('span', {className: 'unseen'}, ' unread')));
        return el('li', {}, line);
      })));
    }

    function drawConversation() {
      let log = body.querySelector('.log');
      const other = JSON.stringify([session.me.id, session.partner.id]);
      const known = log && log.dataset.of === other ? log.children.length : 0;
      const last = session.messages.length ? session.messages[session.messages.length - 1].id : 0;
      if (!known || session.messages.length < known || Number(log.lastElementChild.dataset.id) > last) {
        log = el('ol', {className: 'log'});
        log.setAttribute('aria-live', 'polite'); // the role log would take the list away from its items
        log.setAttribute('aria-label', 'Conversation with ' + session.partner.name);
        log.dataset.of = other;
        body.replaceChildren(session.messages.length ? log : empty('Say hello', 'This is the beginning of your conversation.'));
        if (!session.messages.length) return;
      }
      const seen = new Set(Array.from(log.children, (li) => li.dataset.id));
      for (const message of session.messages) {
        if (!seen.has(String(message.id))) log.append(bubble(message)); // appended, so that a screen reader reads only the new one
      }
      body.scrollTop = body.scrollHeight;
    }

    function bubble(message) {
      const mine = message.from === session.me.id;
      const at = new Date(message.at);
      const said = el('li', {className: mine ? 'said mine' : 'said'},
        el('span', {className: 'unseen'}, (mine ? 'You' : session.partner.name) + ': '), message.text,
        el('time', {dateTime: at.toISOString()}, at.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})));
      said.dataset.id = message.id;
      return said;
    }

    return {isOpen, open, close, focusText, configure, forget, draw, announce: (line) => { spoken.textContent = line; }};
  }

  // el makes an element; children that are not nodes become text.
  function el(name, properties, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  function face(user) {
    const letter = el('span', {className: 'face letter c' + (Array.from(user.id).reduce((n, c) => n + c.codePointAt(0), 0) % 6)}, Array.from(user.name)[0] || '?');
    letter.setAttribute('aria-hidden', 'true');
    if (!user.avatar) return letter;
    const image = el('img', {className: 'face', alt: '', referrerPolicy: 'no-referrer', src: user.avatar});
    image.onerror = () => image.replaceWith(letter);
    return image;
  }

  function empty(title, line) {
    return el('div', {className: 'empty'}, icon('chat'), el('strong', {}, title), line);
  }

  function icon(name) {
    const paths = {
      chat: 'M5 4h14a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-7l-5 4v-4H5a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3zM7 9h10M7 12.5h6',
      send: 'M4 12 20 4l-4 16-5-6zM11 14l9-10',
      close: 'M6 6l12 12M18 6 6 18',
      back: 'M15 5l-7 7 7 7',
    };
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    for (const [key, value] of Object.entries({viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true'})) {
      svg.setAttribute(key, value);
    }
    path.setAttribute('d', paths[name]);
    svg.append(path);
    return svg;
  }

  window.ImbaChat = {load};
  window.imbaApi = window.imbaChat = {
    load, on, openDialog,
    openChat() { if (view) view.open(); },
    closeChat() { if (view) view.close(); },
  };
})();
