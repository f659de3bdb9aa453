// The page of the playground. The library takes the steps: see wasm/main.go for the object playground.

const $ = id => document.getElementById(id);
const go = new Go();
const binary = await (await fetch('playground.wasm')).arrayBuffer();
go.run((await WebAssembly.instantiate(binary, go.importObject)).instance);
const {Functions, Rules, Schedules, Ends, MaxSteps, MaxPaths} = JSON.parse(playground.catalogue());
const SEARCH = 3; // the kind of rules without a rate

let settings; // as in Go, type Settings
let traces = []; // for each path: points (x, y, f, x, …), steps, end, norm, and what of it is drawn
let selected = 0; // index of the path whose numbers are shown
let playing = false;

const find = (all, key) => all.find(v => v.Key === key);
const fn = () => find(Functions, settings.Function);
const rule = i => find(Rules, settings.Paths[i].Rule);
const taken = () => Math.max(0, ...traces.map(t => t.steps));
const running = () => traces.some(t => t.end === 0);
const short = v => Number.isFinite(v) ? String(Number(v.toPrecision(4))).replace('-', '−') : String(v);

// Settings and the address.

function query() {
	const s = settings;
	const q = new URLSearchParams({
		function: s.Function, condition: s.Condition, start: s.Start, steps: s.Steps, speed: s.Speed,
		noise: s.Noise, clip: s.Clip, schedule: s.Schedule,
	});
	for (const p of s.Paths) q.append('path', [p.Rule, p.Rate, p.Momentum, p.Beta2]);
	if (!s.Paths.length) q.append('path', '');
	return String(q).replaceAll('%2C', ',');
}

// load starts the paths of a query, and takes their first k steps.
function load(text, k = 0) {
	const {Settings, Error} = JSON.parse(playground.load(text));
	$('error').textContent = Error && `The address is wrong: ${Error}. The page shows its defaults.`;
	settings = Settings;
	selected = Math.min(selected, Math.max(0, settings.Paths.length - 1));
	traces = settings.Paths.map(() => ({points: [], steps: 0, end: 0, norm: 0, drawn: 0, length: 0, low: Infinity, high: 0}));
	advance(k);
}

// restart loads the settings after a change, with as many steps as before.
function restart(k = taken()) {
	load(query(), k);
	history.replaceState(null, '', '#' + query());
	redraw();
}

function advance(k) {
	const data = playground.advance(k, traces.map(t => t.points.length / 3));
	let at = 0;
	for (const t of traces) {
		const had = t.points.length;
		[t.steps, t.end, t.norm] = data.subarray(at, at + 3);
		const total = 3 * data[at + 3];
		at += 4;
		for (let i = had; i < total; i++) t.points.push(data[at++]);
		for (let i = had + 2; i < total; i += 3) {
			const loss = t.points[i] - fn().Lowest;
			if (loss > 0) t.low = Math.min(t.low, loss);
			if (loss < Infinity) t.high = Math.max(t.high, loss);
		}
	}
}

// Controls.

// slider adds a slider and a field for one number. With log, equal distances are equal factors; if
// the least value is 0, the left end is 0 and the next value is log.
function slider(parent, name, [least, most], log, get, set) {
	const box = document.createElement('div'), id = 'n-' + name.replace(/\W+/g, '-');
	box.className = 'field';
	box.innerHTML = '<label></label><input type="range" min="0" max="1000"><input type="number" step="any">';
	const [label, range, number] = box.children;
	label.textContent = name;
	label.htmlFor = number.id = id;
	range.id = 'r' + id;
	range.setAttribute('aria-label', name);
	[number.min, number.max] = [least, most];
	const low = least || log, ratio = Math.log(most / low);
	const toValue = r => !log ? least + (most - least) * r : r || least ? low * Math.exp(ratio * r) : 0;
	const toPlace = v => !log ? (v - least) / (most - least) : v < low ? 0 : Math.log(v / low) / ratio;
	const whole = Number.isInteger(log || .5) && least >= 1;
	const show = v => { range.value = 1000 * toPlace(v); range.setAttribute('aria-valuetext', short(v)); };
	range.oninput = () => {
		const v = toValue(range.value / 1000), rounded = whole ? Math.round(v) : Number(v.toPrecision(3));
		number.value = Math.min(most, Math.max(least, rounded));
		show(get(number.value));
		apply();
	};
	const apply = () => { set(Number(number.value)); show(Number(number.value)); restart(); };
	number.onchange = () => number.value !== '' && number.checkValidity() ? apply() : number.value = get();
	number.value = get();
	show(get());
	parent.append(box);
}

function options(select, all, set) {
	select.replaceChildren(...all.map(v => new Option(v.Name, v.Key)));
	select.onchange = () => { set(select.value); build(); };
}

// build makes the controls that depend on the settings.
function build() {
	$('function').value = settings.Function;
	$('schedule').value = settings.Schedule;
	$('formula').textContent = fn().Formula.replace('κ', short(settings.Condition));
	const field = (name, range, log, key) => slider($('sliders'), name, range, log, () => settings[key], v => { settings[key] = v; });
	$('sliders').replaceChildren();
	if (fn().Condition) field('Condition number κ', [1, 10000], 1, 'Condition');
	field('Noise in the gradient', [0, 100], .001, 'Noise');
	field('Largest gradient norm (0: no clipping)', [0, 1000], .001, 'Clip');
	field('Steps', [1, MaxSteps], 1, 'Steps');
	for (let i = 0; i < fn().Variables; i++) {
		const [least, most] = fn().View.slice(2 * i, 2 * i + 2);
		slider($('sliders'), 'Start ' + 'xy'[i], [least, most], 0, () => settings.Start[i], v => { settings.Start[i] = v; });
	}
	$('speed').replaceChildren();
	slider($('speed'), 'Steps per second', [1, 6000], 1, () => settings.Speed, v => { settings.Speed = v; });
	buildList();
}

function buildList() {
	$('list').replaceChildren(...settings.Paths.map((p, i) => {
		const row = document.createElement('li');
		row.innerHTML = '<label><input type="radio" name="path"><i></i><span></span></label><output></output><button type="button">×</button>';
		const [radio, swatch, name] = row.firstChild.children;
		radio.checked = i === selected;
		radio.onchange = () => { selected = i; buildChosen(); redraw(); };
		swatch.style.borderTop = `3px ${i < palette.length ? 'solid' : 'dashed'} ${colour(i)}`;
		name.textContent = rule(i).Name;
		row.lastChild.setAttribute('aria-label', `Remove path ${i + 1}, ${rule(i).Name}`);
		row.lastChild.onclick = () => { settings.Paths.splice(i, 1); if (selected > i) selected--; restart(); buildList(); $('add-path').focus(); };
		return row;
	}));
	$('add-path').disabled = settings.Paths.length >= MaxPaths;
	buildChosen();
}

// buildChosen makes the sliders of the selected path.
function buildChosen() {
	const p = settings.Paths[selected];
	$('chosen').hidden = !p;
	$('chosen').replaceChildren($('chosen').firstChild);
	if (!p) return;
	const r = rule(selected), field = (name, range, log, key) => slider($('chosen'), name, range, log, () => p[key], v => { settings.Paths[selected][key] = p[key] = v; });
	$('chosen-title').textContent = `Path ${selected + 1}: ${r.Name}`;
	if (r.Kind !== SEARCH) field('Learning rate', [1e-5, 10], 1e-5, 'Rate');
	if (r.Momentum >= 0) field(r.Beta2 >= 0 && r.Key !== 'rmsprop' ? 'Momentum β₁' : 'Momentum μ', [0, .999], 0, 'Momentum');
	if (r.Beta2 >= 0) field(r.Key === 'rmsprop' ? 'Averaging β' : 'Averaging β₂', [0, .9999], 0, 'Beta2');
	if (r.Kind === SEARCH) $('chosen').append('A search chooses the length of each step. Noise, clipping and the schedule do not apply.');
}

// Drawing.

const palette = document.querySelector('meta[name=palette]').content.split(' ');
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = i => palette[i % palette.length] === '#000000' ? css('--ink') : palette[i % palette.length];

// context returns a cleared drawing context in CSS pixels, and the size of the canvas.
function context(canvas) {
	const scale = Math.min(2, devicePixelRatio), w = canvas.clientWidth, h = canvas.clientHeight;
	if (canvas.width !== Math.round(w * scale) || canvas.height !== Math.round(h * scale)) {
		canvas.width = Math.round(w * scale);
		canvas.height = Math.round(h * scale);
	}
	const c = canvas.getContext('2d');
	c.setTransform(scale, 0, 0, scale, 0, 0);
	c.clearRect(0, 0, w, h);
	c.lineJoin = 'round';
	c.font = '12px system-ui, sans-serif';
	return [c, w, h];
}

// place returns the pixel of a point of a trace. Far points are moved to the edge of what a canvas can draw.
function place(t, i, w, h) {
	const [left, right, bottom, top] = fn().View;
	const y = t.points[3 * i + (fn().Variables === 1 ? 2 : 1)], limit = v => Math.max(-1e5, Math.min(1e5, v));
	return [limit((t.points[3 * i] - left) / (right - left) * w), limit((top - y) / (top - bottom) * h)];
}

// ticks returns about n round numbers from least to most.
function ticks(least, most, n = 6) {
	const raw = (most - least) / n, unit = 10 ** Math.floor(Math.log10(raw));
	const every = unit * [1, 2, 5, 10].find(m => m * unit >= raw), all = [];
	for (let k = Math.ceil(least / every); k * every <= most; k++) all.push(k * every);
	return all;
}

let contours, contoursOf; // segments, and the settings that they belong to

function drawMap() {
	const [c, w, h] = context($('map')), [left, right, bottom, top] = fn().View;
	const key = settings.Function + settings.Condition;
	if (key !== contoursOf) [contours, contoursOf] = [playground.contours(), key];
	const X = x => (x - left) / (right - left) * w, Y = y => (top - y) / (top - bottom) * h;
	c.strokeStyle = css('--contour');
	c.lineWidth = fn().Variables === 1 ? 2 : 1;
	c.beginPath();
	for (let i = 0; i < contours.length; i += 4) {
		c.moveTo(X(contours[i]), Y(contours[i + 1]));
		c.lineTo(X(contours[i + 2]), Y(contours[i + 3]));
	}
	c.stroke();
	c.fillStyle = css('--quiet');
	c.textAlign = 'center';
	for (const x of ticks(left, right)) if (X(x) > 24 && X(x) < w - 24) c.fillText(short(x), X(x), h - 5);
	c.textAlign = 'left';
	for (const y of ticks(bottom, top)) if (Y(y) > 16 && Y(y) < h - 24) c.fillText(short(y), 4, Y(y) + 4);
}

// drawLines adds the new steps to the drawing of the paths.
function drawLines(c, w, h) {
	traces.forEach((t, i) => {
		const last = t.points.length / 3 - 1;
		if (t.drawn >= last) return;
		c.strokeStyle = c.fillStyle = colour(i);
		c.lineWidth = i === selected ? 3 : 1.75;
		c.setLineDash(i < palette.length ? [] : [6, 4]);
		c.lineDashOffset = t.length;
		c.beginPath();
		let [x, y] = place(t, t.drawn, w, h);
		c.moveTo(x, y);
		for (let k = t.drawn + 1; k <= last; k++) {
			const [nx, ny] = place(t, k, w, h);
			c.lineTo(nx, ny);
			t.length += Math.hypot(nx - x, ny - y);
			[x, y] = [nx, ny];
		}
		c.stroke();
		for (let k = t.drawn + 1; k <= Math.min(last, 60); k++) c.fillRect(place(t, k, w, h)[0] - 2.5, place(t, k, w, h)[1] - 2.5, 5, 5);
		t.drawn = last;
	});
}

let lines; // the context of the paths

function drawHeads() {
	const [c, w, h] = context($('heads'));
	c.strokeStyle = c.fillStyle = css('--ink');
	c.lineWidth = 2;
	traces.forEach((t, i) => {
		const [x, y] = place(t, t.points.length / 3 - 1, w, h);
		c.beginPath();
		c.arc(x, y, i === selected ? 7 : 5, 0, 7);
		c.fillStyle = colour(i);
		c.fill();
	});
	if (!traces.length) return;
	c.beginPath();
	c.arc(...place(traces[0], 0, w, h), 6, 0, 7);
	c.stroke();
}

function drawChart() {
	const [c, w, h] = context($('chart')), margin = 52, foot = 34, ink = css('--quiet');
	const high = Math.log10(Math.max(1e-300, ...traces.map(t => t.high))) + .1;
	const low = Math.max(high - 18, Math.min(high - 1, ...traces.map(t => Math.log10(t.low)))) - .1;
	const span = ticks(0, Math.max(20, taken()), 1).concat(0), right = Math.max(20, ...span, taken() * 1.02);
	const X = k => margin + k / right * (w - margin - 12), Y = e => 8 + (high - e) / (high - low) * (h - 8 - foot);
	c.strokeStyle = css('--faint');
	c.fillStyle = ink;
	c.lineWidth = 1;
	c.textAlign = 'right';
	const every = Math.max(1, Math.ceil((high - low) / 7)); // powers of ten from one label to the next
	for (let e = Math.ceil(low / every) * every; e <= high; e += every) {
		c.beginPath();
		c.moveTo(margin, Y(e));
		c.lineTo(w - 12, Y(e));
		c.stroke();
		c.fillText(e >= -3 && e <= 4 ? short(10 ** e) : '1e' + short(e), margin - 6, Y(e) + 4);
	}
	c.textAlign = 'center';
	for (const k of ticks(0, right, 5)) c.fillText(k, Math.min(X(k), w - 16), h - foot + 16);
	c.fillText('steps', margin + (w - margin) / 2, h - 4);
	c.save();
	c.beginPath();
	c.rect(margin, 0, w, h - foot);
	c.clip();
	traces.forEach((t, i) => {
		const n = t.points.length / 3, stride = Math.ceil(n / 500);
		c.strokeStyle = colour(i);
		c.lineWidth = i === selected ? 3 : 1.75;
		c.setLineDash(i < palette.length ? [] : [6, 4]);
		c.beginPath();
		for (let k = 0; k < n; k = k < n - 1 ? Math.min(n - 1, k + stride) : n) {
			const loss = t.points[3 * k + 2] - fn().Lowest;
			c.lineTo(X(k), loss > 0 ? Math.max(-1e4, Y(Math.log10(loss))) : h);
		}
		c.stroke();
	});
	c.restore();
}

// cell returns a cell of the table: a number with 7 digits, and with all digits in its title.
function cell(text) {
	const td = document.createElement('td');
	td.textContent = Number.isFinite(Number(text)) ? String(Number(Number(text).toPrecision(7))).replace('-', '−') : text;
	td.title = text;
	return td;
}

function showNumbers() {
	traces.forEach((t, i) => {
		const out = $('list').children[i].querySelector('output'), f = t.points.at(-1);
		out.textContent = `f = ${short(f)}` + (t.end > 1 ? `, ${Ends[t.end]} (step ${t.steps})` : '');
		out.title = f;
	});
	$('count').textContent = `Step ${taken()} of ${settings.Steps}`;
	if (!traces.length) return $('rows').replaceChildren();
	const {Describe, Rows} = JSON.parse(playground.state(selected)), t = traces[selected];
	$('describe').textContent = Describe;
	$('head').innerHTML = '<td></td>' + ['x', 'y'].slice(0, fn().Variables).map((_, i) => `<th scope="col">${i + 1}</th>`).join('');
	const numbers = [...Rows, {Name: 'f(x)', Values: [String(t.points.at(-1))]}, {Name: '‖g‖', Values: [String(t.norm)]}];
	$('rows').replaceChildren(...numbers.map(r => {
		const tr = document.createElement('tr'), th = document.createElement('th');
		th.scope = 'row';
		th.textContent = r.Name;
		tr.append(th, ...r.Values.map(cell));
		return tr;
	}));
}

// update shows the steps that are new.
function update() {
	drawLines(lines, $('lines').clientWidth, $('lines').clientHeight);
	drawHeads();
	drawChart();
	showNumbers();
}

// redraw draws everything.
function redraw() {
	drawMap();
	[lines] = context($('lines'));
	for (const t of traces) t.drawn = t.length = 0;
	const lowest = fn().Lowest, least = fn().Key === 'wave' || fn().Key === 'cube' ? 'the lowest value in the picture' : 'the minimum';
	$('loss-text').textContent = lowest ? `f minus ${short(lowest)}, ${least}; logarithmic axis` : 'f; logarithmic axis';
	update();
	$('heads').setAttribute('aria-label', `Paths of ${settings.Paths.map((_, i) => rule(i).Name).join(', ')} on the function ${fn().Name}, from ${settings.Start.slice(0, fn().Variables).map(short).join(', ')}`);
	$('chart').setAttribute('aria-label', 'Loss of each path against the number of steps');
}

// Playing.

let due = 0, before = 0, work = 0, frames = 0; // steps that are due; time of the last frame; for the benchmark

function frame(now) {
	if (!playing) return;
	due = Math.min(due + (now - before) / 1000 * settings.Speed, settings.Speed / 4 + 1);
	before = now;
	const start = performance.now();
	if (due >= 1) {
		advance(Math.floor(due));
		due %= 1;
		update();
	}
	work += performance.now() - start;
	frames++;
	running() ? requestAnimationFrame(frame) : play(false);
}

function play(on) {
	if (on && !running()) restart(0);
	const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
	if (on && still) {
		advance(MaxSteps);
		update();
	}
	playing = on && !still && running();
	$('play').textContent = playing ? 'Pause' : 'Play';
	$('announcement').textContent = playing ? '' : running() ? 'Paused.' : 'Finished.';
	[due, before] = [0, performance.now()];
	if (playing) requestAnimationFrame(frame);
}

function step() { play(false); advance(1); update(); }

function reset() { play(false); $('announcement').textContent = ''; restart(0); }

function startAt(x, y) {
	settings.Start = [x, y].map(v => Number(v.toPrecision(4)));
	build();
	restart(0);
	play(true);
}

$('play').onclick = () => play(!playing);
$('step').onclick = step;
$('reset').onclick = reset;
$('heads').onclick = e => {
	const [left, right, bottom, top] = fn().View, r = e.target.getBoundingClientRect();
	startAt(left + (right - left) * (e.clientX - r.left) / r.width, top - (top - bottom) * (e.clientY - r.top) / r.height);
};
$('heads').onkeydown = e => {
	const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[e.key];
	if (!move) return;
	e.preventDefault();
	const [left, right, bottom, top] = fn().View;
	startAt(settings.Start[0] + move[0] * (right - left) / 40, settings.Start[1] + move[1] * (top - bottom) / 40);
};
document.onkeydown = e => {
	const action = {' ': () => play(!playing), n: step, r: reset}[e.key.toLowerCase()];
	if (!action || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, select, button, a')) return;
	e.preventDefault();
	action();
};

options($('function'), Functions, key => {
	const q = new URLSearchParams({function: key, schedule: settings.Schedule});
	for (const p of settings.Paths) q.append('path', p.Rule);
	load(String(q));
	restart(0);
});
options($('schedule'), Schedules, key => { settings.Schedule = key; restart(); });
$('rule').replaceChildren(...Rules.map(v => new Option(v.Name, v.Key)));
$('add-path').onclick = () => {
	const one = JSON.parse(playground.load(new URLSearchParams({function: settings.Function, path: $('rule').value})));
	const k = taken();
	selected = settings.Paths.push(one.Settings.Paths[0]) - 1;
	restart(k);
	buildList();
	showNumbers();
};

// The benchmark plays ten paths for three seconds.
$('benchmark').onclick = async () => {
	const address = query();
	const ten = Rules.slice(0, MaxPaths).map(r => '&path=' + r.Key).join('');
	open('function=rosenbrock&steps=20000&speed=600' + ten);
	$('measured').textContent = 'Measuring for 3 seconds …';
	[work, frames] = [0, 0];
	const start = performance.now();
	play(true);
	await new Promise(done => setTimeout(done, 3000));
	const seconds = (performance.now() - start) / 1000;
	$('measured').textContent = `${(frames / seconds).toFixed(1)} frames per second with ten paths, ${(work / frames).toFixed(2)} ms of work per frame, at step ${taken()}`;
	open(address);
};

function open(text) {
	play(false);
	load(text);
	build();
	redraw();
}

onhashchange = () => { open(location.hash.slice(1)); play(true); };
new ResizeObserver(redraw).observe($('stage'));
matchMedia('(prefers-color-scheme: dark)').onchange = () => { buildList(); redraw(); };
open(location.hash.slice(1));
document.body.dataset.ready = 'true';
