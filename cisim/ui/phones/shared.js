'use strict';
// What all pages of rooms use: elements with text only (never markup), what the browser keeps, and the connection to the server.
const kind = location.pathname.match(/\/([pc])(?:\/[A-Za-z]{3,4}(?:\/[a-z]+)?)?\/?$/);  // p: the game, c: the lesson
const base = location.pathname.slice(0, kind.index), site = `${base}/${kind[1]}`;
const NEEDS = ['learning', 'health', 'family', 'mentoring'];
const LETTERS = ['L', 'H', 'F', 'M'];
function el(name, given, ...inside) {
  const made = /^(svg|g|path|rect|line|text|polyline|circle|title)$/.test(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(given || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key === 'checked' || key === 'disabled' || key === 'open') made[key] = true;
    else if (key === 'value') made.value = value;
    else made.setAttribute(key, value);
  }
  for (const one of inside.flat(Infinity)) {
    if (one !== null && one !== undefined && one !== false) made.append(one instanceof Node ? one : String(one));
  }
  return made;
}
const kept = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { /* it lasts until the tab is closed */ } },
  drop(key) { try { localStorage.removeItem(key); } catch (error) { /* nothing was kept */ } },
};
function money(thousands) {
  return Math.abs(thousands) >= 1000 ? `$${(thousands / 1000).toFixed(2)}m` : `$${Math.round(thousands).toLocaleString('en')}k`;
}
function clockText(seconds) { return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`; }
function save(name, text) {
  const link = el('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/csv' })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
function qr(rows) {
  const n = rows.length, cells = [];
  rows.forEach((row, y) => [...row].forEach((one, x) => { if (one === '1') cells.push(`M${x + 4} ${y + 4}h1v1h-1z`); }));
  return el('svg', { class: 'qr', viewBox: `0 0 ${n + 8} ${n + 8}`, role: 'img', 'aria-label': 'QR code of the address' }, el('path', { d: cells.join(''), fill: '#000' }));
}
// A connection by websocket; where none comes about, single requests every second.
class Line {
  constructor(hello, heard, lost) {
    Object.assign(this, { hello, heard, lost, failed: 0, waiting: [], polling: false, number: 0 });
    this.open();
    document.addEventListener('visibilitychange', () => { if (!document.hidden && !this.polling) this.wake(); });
  }
  open() {
    this.socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${site}/ws`);
    this.socket.onopen = () => {
      this.failed = 0;
      const hello = this.hello();
      if (hello) this.socket.send(JSON.stringify(hello));
      this.waiting.splice(0).forEach((one) => this.socket.send(JSON.stringify(one)));
      this.lost(false);
    };
    this.socket.onmessage = (event) => this.heard(JSON.parse(event.data));
    this.socket.onclose = () => {
      this.failed += 1;
      this.lost(true);
      if (this.failed > 3) this.poll();
      else this.again = setTimeout(() => this.open(), 500 * this.failed + Math.random() * 500);
    };
  }
  wake() {
    if (this.socket.readyState > 1) { clearTimeout(this.again); this.open(); }
    else if (this.socket.readyState === 1) { const hello = this.hello(); if (hello) this.socket.send(JSON.stringify(hello)); }
  }
  poll() {
    this.polling = true;
    setInterval(() => { const hello = this.hello(); if (hello && !document.hidden) this.post(hello); }, 1000);
    this.waiting.splice(0).forEach((one) => this.post(one));
  }
  post(message) {
    fetch(`${site}/do`, { method: 'POST', body: JSON.stringify(message) }).then((answer) => answer.json())
      .then((found) => { this.lost(false); this.heard(found); }, () => this.lost(true));
  }
  send(message) {
    this.number += 1;
    const whole = { k: this.number, ...message };
    if (this.polling) this.post(whole);
    else if (this.socket.readyState === 1) this.socket.send(JSON.stringify(whole));
    else { this.waiting.push(whole); this.wake(); }
  }
}
// What is drawn while a finger is down waits until its tap has arrived: a button that is replaced in between hears nothing.
let pressed = null;
const later = new Map();
function release() { clearTimeout(pressed); pressed = null; const due = [...later]; later.clear(); due.forEach(([place, inside]) => replace(place, ...inside)); }
addEventListener('pointerdown', () => { clearTimeout(pressed); pressed = setTimeout(release, 2000); }, true);
for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => { if (pressed) { clearTimeout(pressed); pressed = setTimeout(release, 300); } }, true);
addEventListener('click', () => { if (pressed) { clearTimeout(pressed); pressed = null; setTimeout(release); } }, true);
function replace(place, ...inside) {
  if (pressed) { later.set(place, inside); return; }
  later.delete(place);
  const focused = document.activeElement && document.activeElement.id;
  const open = [...place.querySelectorAll('details[open]')].map((one) => one.id);
  place.replaceChildren(...inside.flat(Infinity).filter((one) => one instanceof Node));
  open.forEach((id) => { const one = id && document.getElementById(id); if (one) one.open = true; });
  if (focused) { const one = document.getElementById(focused); if (one) one.focus({ preventScroll: true }); }
}
