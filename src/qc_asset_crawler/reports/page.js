'use strict';
(() => {
  const HEIGHT = 30;
  const SPARE = 6;
  const MOST_FOLDERS = 2000;
  const FOLDER = 0, NAME = 1, KIND = 2, STATE = 3, REASONS = 4, FRAMES = 5, COUNT = 6, HOLES = 7;
  const STRIP = 8, FILES = 9, BYTES = 10, TIME = 11, PLACE = 12, VERDICTS = 13, ESCAPED = 14;
  const VERDICT_FIELDS = 4;
  const CELLS = ['present', 'gap', 'damaged', 'partly'];
  const LEGEND = ['present', 'missing', 'damaged', 'partly present'];
  const SVG = 'http://www.w3.org/2000/svg';

  const at = (id) => document.getElementById(id);
  const data = JSON.parse(at('data').textContent);
  const rows = data.rows;
  const words = data.words;
  const grid = at('grid'), spacer = at('spacer'), detail = at('detail'), search = at('search');

  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const pathOf = (row) => data.folders[row[FOLDER]].replace(/\/$/, '') + '/' + row[NAME];
  // Folders are shown below the one that holds them all.
  const base = data.folders.reduce((one, other) => {
    const parts = other.split('/');
    return one.filter((part, i) => one.slice(0, i + 1).every((p, k) => p === parts[k]));
  }, (data.folders[0] || '').split('/')).join('/');
  const below = data.folders.map((folder) => folder.slice(base.length).replace(/^\//, '') || folder);
  const stateOf = (row) => data.states[row[STATE]];
  const whoOf = (row) => (row[VERDICTS] ? words[row[VERDICTS][row[VERDICTS].length - 3]] : '');
  const rankOf = (row) => (row[REASONS] ? row[REASONS][0] : data.concerns.length);
  const number = (value) => value.toLocaleString('en');
  const size = (count) => {
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let unit = 0;
    while (count >= 999.95 && unit < units.length - 1) { count /= 1000; unit += 1; }
    return (unit ? count.toFixed(1) : count) + ' ' + units[unit];
  };

  // The strip of a sequence: cells of one kind are one path.
  const strip = (row) => {
    const runs = row[STRIP];
    if (runs === 0) return null;
    const svg = document.createElementNS(SVG, 'svg');
    const paths = CELLS.map(() => []);
    let x = 0;
    for (let i = 0; i < runs.length; i += 2) {
      paths[runs[i]].push('M' + x + ' 0h' + runs[i + 1] + 'v8h-' + runs[i + 1] + 'z');
      x += runs[i + 1];
    }
    svg.setAttribute('class', 'strip');
    svg.setAttribute('viewBox', '0 0 ' + x + ' 8');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', number(row[COUNT]) + ' frames, ' + number(row[HOLES]) + ' missing');
    paths.forEach((parts, kind) => {
      if (!parts.length) return;
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('class', CELLS[kind]);
      path.setAttribute('d', parts.join(''));
      svg.append(path);
    });
    return svg;
  };

  // What is shown, and in which order.
  const wanted = { text: '', folder: '', states: new Set(), urgent: false, hidePassed: false };
  const PASSED = data.states.indexOf('pass');
  let haystacks = null;
  let view = [];
  let order = 'worst', descending = false;
  let current = -1;

  const haystack = (row) => {
    const parts = [pathOf(row), stateOf(row)];
    for (let i = 1; row[REASONS] && i < row[REASONS].length; i += 2) parts.push(words[row[REASONS][i]]);
    for (let i = 0; row[VERDICTS] && i < row[VERDICTS].length; i += VERDICT_FIELDS) {
      parts.push(words[row[VERDICTS][i + 1]], words[row[VERDICTS][i + 3]]);
    }
    return parts.join(' ').toLowerCase();
  };
  const ORDERS = {
    worst: (a, b) => rankOf(a) - rankOf(b),
    state: (a, b) => a[STATE] - b[STATE] || rankOf(a) - rankOf(b),
    name: (a, b) => (a[NAME] < b[NAME] ? -1 : a[NAME] > b[NAME] ? 1 : 0),
    folder: () => 0,
    strip: (a, b) => (b[STRIP] ? b[STRIP].length : 0) - (a[STRIP] ? a[STRIP].length : 0),
    holes: (a, b) => b[HOLES] - a[HOLES],
    size: (a, b) => b[BYTES] - a[BYTES],
    who: (a, b) => (whoOf(a) < whoOf(b) ? -1 : whoOf(a) > whoOf(b) ? 1 : 0),
    time: (a, b) => (a[TIME] < b[TIME] ? 1 : a[TIME] > b[TIME] ? -1 : 0),
  };

  const foldersWanted = () => {
    if (!wanted.folder) return null;
    const inside = wanted.folder.replace(/\/$/, '') + '/';
    return data.folders.map((folder) => folder === wanted.folder || folder.startsWith(inside));
  };
  const select = () => {
    const terms = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    if (terms.length && !haystacks) haystacks = rows.map(haystack);
    const inside = foldersWanted();
    view = [];
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i];
      if (wanted.states.size && !wanted.states.has(row[STATE])) continue;
      if (wanted.hidePassed && row[STATE] === PASSED && !row[REASONS]) continue;
      if (wanted.urgent && !row[REASONS]) continue;
      if (inside && !inside[row[FOLDER]]) continue;
      if (terms.length && !terms.every((term) => haystacks[i].includes(term))) continue;
      view.push(i);
    }
    const compare = ORDERS[order], sign = descending ? -1 : 1;
    view.sort((a, b) => sign * (compare(rows[a], rows[b]) || a - b));
  };
  const refresh = () => {
    const kept = current >= 0 ? view[current] : -1;
    select();
    current = view.indexOf(kept);
    at('count').textContent = number(view.length) + ' of ' + number(rows.length);
    spacer.style.height = Math.max(view.length, 1) * HEIGHT + 'px';
    if (current < 0) grid.scrollTop = 0;
    paint();
  };

  // Only the rows on screen are in the document.
  const pool = [];
  const blank = () => {
    const element = make('div', undefined, 'row');
    element.setAttribute('role', 'option');
    const badge = make('span');
    badge.append(make('span', '', 'badge'));
    element.append(badge, make('span'), make('span', '', 'quiet'), make('span'));
    element.append(make('span', '', 'number'), make('span', '', 'number'), make('span'), make('span', '', 'quiet'));
    element.addEventListener('click', () => { move(element.index); open(); });
    spacer.append(element);
    return element;
  };
  const fill = (element, index) => {
    const row = rows[view[index]];
    element.index = index;
    element.id = 'row-' + view[index];
    element.hidden = false;
    element.style.transform = 'translateY(' + index * HEIGHT + 'px)';
    element.setAttribute('aria-selected', String(index === current));
    const [badge, name, folder, frames, holes, bytes, who, time] = element.children;
    badge.firstChild.textContent = stateOf(row);
    badge.firstChild.className = 'badge ' + stateOf(row);
    name.textContent = row[NAME];
    name.title = row[NAME];
    folder.textContent = below[row[FOLDER]];
    folder.title = data.folders[row[FOLDER]];
    const drawn = strip(row);
    frames.replaceChildren(...(drawn ? [drawn] : []));
    frames.title = row[FRAMES];
    holes.textContent = row[HOLES] ? number(row[HOLES]) : '';
    bytes.textContent = row[FILES] ? size(row[BYTES]) : '';
    who.textContent = whoOf(row);
    time.textContent = row[TIME];
  };
  const nothing = make('p', 'Nothing matches.', 'empty');
  const paint = () => {
    const first = Math.max(0, Math.floor(grid.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(view.length, Math.ceil((grid.scrollTop + grid.clientHeight) / HEIGHT) + SPARE);
    while (pool.length < last - first) pool.push(blank());
    pool.forEach((element, i) => {
      if (first + i < last) fill(element, first + i);
      else element.hidden = true;
    });
    if (view.length) nothing.remove();
    else spacer.append(nothing);
    if (current >= 0) grid.setAttribute('aria-activedescendant', 'row-' + view[current]);
    else grid.removeAttribute('aria-activedescendant');
  };

  const move = (index) => {
    if (!view.length) return;
    current = Math.min(Math.max(index, 0), view.length - 1);
    const top = current * HEIGHT;
    if (top < grid.scrollTop) grid.scrollTop = top;
    if (top + HEIGHT > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + HEIGHT - grid.clientHeight;
    paint();
    if (!detail.hidden) open();
  };

  // One asset, with everything that is known of it.
  const list = (title, texts) => {
    if (!texts.length) return [];
    const items = make('ul');
    texts.forEach((text) => items.append(make('li', text)));
    return [make('h3', title), items];
  };
  const legend = (runs) => {
    const line = make('p', undefined, 'legend');
    LEGEND.forEach((text, kind) => {
      if (!runs.some((value, i) => i % 2 === 0 && value === kind)) return;
      const one = make('span');
      const key = [];
      key[STRIP] = [kind, 1];
      key[COUNT] = key[HOLES] = 0;
      one.append(strip(key), text);
      line.append(one);
    });
    return line;
  };
  const button = (text, act) => {
    const element = make('button', text);
    element.type = 'button';
    element.addEventListener('click', act);
    return element;
  };
  const copying = (text, what) => button(text, (event) => {
    const said = (word) => () => { event.target.textContent = word; };
    if (navigator.clipboard) navigator.clipboard.writeText(what()).then(said('Copied'), said('Not allowed'));
    else said('Not possible here')();
  });
  const said = (row) => {
    const texts = [];
    for (let i = 0; row[VERDICTS] && i < row[VERDICTS].length; i += VERDICT_FIELDS) {
      const [result, who, when, note] = row[VERDICTS].slice(i, i + VERDICT_FIELDS);
      texts.unshift(words[result] + ' by ' + words[who] + ' on ' + when + (words[note] ? ': ' + words[note] : ''));
    }
    return texts;
  };
  const facts = (row) => {
    const lines = make('dl');
    const place = row[PLACE] === 0 ? '.qc/' + row[NAME] + '.qc.json' : row[PLACE];
    const known = [
      ['folder', data.folders[row[FOLDER]]], ['kind', data.kinds[row[KIND]]], ['frames', row[FRAMES]],
      ['', row[COUNT] ? number(row[COUNT]) + ' frames, ' + number(row[HOLES]) + ' missing between them' : ''],
      ['files', row[FILES] ? number(row[FILES]) + ', ' + size(row[BYTES]) : ''], ['recorded', row[TIME]], ['sidecar', place],
    ];
    known.forEach(([name, value]) => { if (value) lines.append(make('dt', name), make('dd', value)); });
    return lines;
  };
  const open = () => {
    if (current < 0) return;
    const row = rows[view[current]];
    const reasons = [];
    for (let i = 1; row[REASONS] && i < row[REASONS].length; i += 2) reasons.push(words[row[REASONS][i]]);
    const drawn = strip(row);
    const buttons = make('p', undefined, 'buttons');
    if (!row[ESCAPED]) buttons.append(copying('Copy path', () => pathOf(row)));
    buttons.append(copying('Copy link', () => location.href));
    buttons.append(button('Only this folder', () => only(data.folders[row[FOLDER]])), button('Close', close));
    const many = row[VERDICTS].length / VERDICT_FIELDS >= data.most_verdicts;
    const title = 'What was said, the last first' + (many ? ' (the last ' + data.most_verdicts + ')' : '');
    const parts = [make('h2', row[NAME]), make('span', stateOf(row), 'badge ' + stateOf(row))];
    parts.push(...list('Needs attention', reasons), ...(drawn ? [make('h3', 'Frames'), drawn, legend(row[STRIP])] : []));
    parts.push(facts(row), ...list(title, said(row)), buttons);
    detail.replaceChildren(...parts);
    detail.hidden = false;
    history.replaceState(null, '', '#' + encodeURIComponent(pathOf(row)));
  };
  const close = () => {
    detail.hidden = true;
    history.replaceState(null, '', '#');
    grid.focus({ preventScroll: true });
  };

  // A link to one asset wins over every filter that would hide it.
  const follow = () => {
    let path = '';
    try { path = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    if (!path) return;
    const found = rows.findIndex((row) => pathOf(row) === path);
    if (found < 0) return;
    if (!view.includes(found)) { clear(); refresh(); }
    move(view.indexOf(found));
    open();
  };

  const clear = () => {
    Object.assign(wanted, { text: '', folder: '', urgent: false, hidePassed: false });
    wanted.states.clear();
    search.value = '';
    at('folder').value = '';
    at('urgent').checked = at('hide-passed').checked = false;
    at('states').querySelectorAll('button').forEach((one) => one.setAttribute('aria-pressed', 'false'));
  };
  const only = (folder) => {
    const options = at('folder');
    if (![...options.options].some((one) => one.value === folder)) options.append(new Option(folder, folder));
    options.value = wanted.folder = folder;
    refresh();
  };

  // The folders, and those above them that have no assets of their own.
  const choosable = () => {
    const all = new Set();
    data.folders.forEach((folder) => {
      for (let path = folder; path.length >= base.length && path && !all.has(path);) {
        all.add(path);
        path = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      }
    });
    return [...all].sort();
  };

  const arrange = () => {
    const columns = [
      ['state', 'State'], ['name', 'Asset'], ['folder', 'Folder'], ['strip', 'Frames'],
      ['holes', 'Missing'], ['size', 'Size'], ['who', 'Said by'], ['time', 'Recorded (UTC)'],
    ];
    columns.forEach(([key, title]) => {
      const sort = button(title, () => {
        if (order === key && descending) { order = 'worst'; descending = false; }
        else { descending = order === key; order = key; }
        [...at('head').children].forEach((one, i) => {
          const mine = columns[i][0] === order;
          one.textContent = columns[i][1] + (mine ? (descending ? ' ↑' : ' ↓') : '');
        });
        grid.scrollTop = 0;
        refresh();
      });
      if (key === 'holes' || key === 'size') sort.className = 'number';
      at('head').append(sort);
    });
    data.states.forEach((state, index) => {
      const count = data.counts[index];
      if (!count) return;
      const chip = button(state + ' ' + number(count), () => {
        const on = !wanted.states.delete(index);
        if (on) wanted.states.add(index);
        chip.setAttribute('aria-pressed', String(on));
        refresh();
      });
      chip.className = state;
      chip.setAttribute('aria-pressed', 'false');
      at('states').append(chip);
    });
    at('folder').append(new Option('all folders', ''));
    choosable().slice(0, MOST_FOLDERS).forEach((folder) => at('folder').append(new Option(folder, folder)));
  };

  const KEYS = {
    j: () => move(current + 1), k: () => move(current - 1),
    ArrowDown: () => move(current + 1), ArrowUp: () => move(current - 1),
    PageDown: () => move(current + Math.floor(grid.clientHeight / HEIGHT)),
    PageUp: () => move(current - Math.floor(grid.clientHeight / HEIGHT)),
    Home: () => move(0), End: () => move(view.length - 1), Enter: open,
  };
  const escape = () => {
    if (!detail.hidden) close();
    else if (wanted.text) { search.value = wanted.text = ''; refresh(); }
    else document.activeElement.blur();
  };
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target === search;
    if (event.key === 'Escape') escape();
    else if (typing && (event.key === 'Enter' || event.key === 'ArrowDown')) { grid.focus(); move(Math.max(current, 0)); }
    else if (event.target.closest('input, select, button, a')) return;
    else if (event.key === '/') search.focus();
    else if (event.key === 'j' || event.key === 'k' || (event.target === grid && KEYS[event.key])) {
      grid.focus({ preventScroll: event.target === grid });
      KEYS[event.key]();
    } else if (!detail.hidden && KEYS[event.key] && event.key.startsWith('Arrow')) KEYS[event.key]();
    else return;
    event.preventDefault();
  };

  arrange();
  at('all').hidden = false;
  at('tools').addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', () => { wanted.text = search.value; refresh(); });
  at('folder').addEventListener('change', (event) => { wanted.folder = event.target.value; refresh(); });
  at('urgent').addEventListener('change', (event) => { wanted.urgent = event.target.checked; refresh(); });
  at('hide-passed').addEventListener('change', (event) => { wanted.hidePassed = event.target.checked; refresh(); });
  grid.addEventListener('scroll', paint, { passive: true });
  addEventListener('resize', paint);
  addEventListener('keydown', press);
  addEventListener('hashchange', follow);
  refresh();
  follow();
})();
