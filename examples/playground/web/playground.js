// The page of the playground. The library takes the steps: wasm/main.go makes the object playground.

const $ = id => document.getElementById(id);
const go = new Go();
const binary = await (await fetch('playground.wasm')).arrayBuffer();
go.run((await WebAssembly.instantiate(binary, go.importObject)).instance);
const {Functions, Rules, Schedules, Ends, MaxSteps, MaxPaths} = JSON.parse(playground.catalogue());
const SEARCH = 3; // the kind of the rules without a rate

let settings; // as the type Settings in Go
let traces = []; // for each path: points (x, y, f, x, …), steps, end, norm, and what of it is drawn
let selected = 0, playing = false; // selected is the path whose numbers are shown

const fn = () => Functions.find(f => f.Key === settings.Function);
const rule = i => Rules.find(r => r.Key === settings.Paths[i].Rule);
const taken = () => Math.max(0, ...traces.map(t => t.steps));
const running = () => traces.some(t => t.end === 0);
const last = t => t.points.length / 3 - 1;
const short = (v, digits = 4) => Number.isFinite(v) ? String(Number(v.toPrecision(digits))).replaceAll('-', '−') : String(v);

// Settings and steps.

function query() {
	const q = new URLSearchParams();
	for (const key of ['Function', 'Condition', 'Start', 'Steps', 'Speed', 'Noise', 'Clip', 'Schedule']) q.append(key.toLowerCase(), settings[key]);
	for (const p of settings.Paths) q.append('path', [p.Rule, p.Rate, p.Momentum, p.Beta2]);
	return String(q).replaceAll('%2C', ',') + (settings.Paths.length ? '' : '&path=');
}

// begin puts the paths of a query at the start, and takes k steps. It returns the settings.
function begin(text, k) {
	const {Settings, Error} = JSON.parse(playground.load(text));
	$('error').textContent = Error && `The address is wrong: ${Error}. The page shows the default settings.`;
	traces = Settings.Paths.map(() => ({points: [], steps: 0, end: 0, norm: 0, drawn: 0, length: 0}));
	advance(k);
	return Settings;
}

// restart begins again after a change. The controls are built again if the change may affect them.
function restart(k = taken(), controls = false) {
	begin(query(), k);
	history.replaceState(null, '', '#' + query());
	if (controls) build();
	redraw();
}

// open shows the settings of a query.
function open(text) {
	play(false);
	settings = begin(text, 0);
	selected = 0;
	build();
	redraw();
}

function advance(k) {
	const data = playground.advance(k, traces.map(t => t.points.length / 3));
	let at = 0;
	for (const t of traces) {
		const total = 3 * data[at + 3];
		[t.steps, t.end, t.norm] = data.subarray(at, at += 4);
		while (t.points.length < total) t.points.push(data[at++]);
	}
}

// Controls.

// A scale has the least and the greatest value of a slider, the value at a place from 0 to 1, the place
// of a value, and the grain of the values.
const linear = (least, most) => [least, most, r => least + (most - least) * r, v => (v - least) / (most - least)];
const log = (least, most) => [least, most, r => least * (most / least) ** r, v => Math.log(v / least) / Math.log(most / least)];
const logOrZero = (low, most) => [0, most, r => r && low * (most / low) ** r, v => v && Math.log(v / low) / Math.log(most / low)];
const belowOne = digits => [0, 1 - 10 ** -digits, r => 1 - 10 ** (-digits * r), v => -Math.log10(1 - v) / digits];
const whole = ([least, most, value, place]) => [least, most, r => Math.round(value(r)), place, 1];

// slider adds a slider and a field for the number object[key].
function slider(parent, name, [least, most, value, place, grain = 'any'], object, key) {
	const box = document.createElement('div'), id = `${parent.id}-${key}`;
	box.className = 'field';
	box.innerHTML = `<label for="${id}">${name}</label><input type="range" max="1000" aria-label="${name}">
		<input type="number" step="${grain}" min="${least}" max="${most}" id="${id}">`;
	const [, range, number] = box.children;
	const show = () => {
		[number.value, range.value] = [object[key], 1000 * place(object[key])];
		range.setAttribute('aria-valuetext', short(object[key]));
	};
	const set = v => { object[key] = v; show(); restart(); };
	range.oninput = () => set(Math.min(most, Math.max(least, Number(value(range.value / 1000).toPrecision(3)))));
	number.onchange = () => number.value !== '' && number.checkValidity() ? set(Number(number.value)) : show();
	show();
	parent.append(box);
}

// build makes the controls that depend on the settings.
function build() {
	const box = $('sliders'), s = settings, [left, right, bottom, top] = fn().View;
	[$('function').value, $('schedule').value] = [s.Function, s.Schedule];
	box.replaceChildren();
	if (fn().Condition) slider(box, 'Condition number κ', log(1, 10000), s, 'Condition');
	slider(box, 'Noise in the gradient (standard deviation)', logOrZero(.001, 100), s, 'Noise');
	slider(box, 'Largest gradient norm (0: no clipping)', logOrZero(.001, 1000), s, 'Clip');
	slider(box, 'Start x', linear(left, right), s.Start, 0);
	if (fn().Variables > 1) slider(box, 'Start y', linear(bottom, top), s.Start, 1);
	slider(box, 'Steps', whole(log(1, MaxSteps)), s, 'Steps');
	slider(box, 'Steps per second', whole(log(1, 6000)), s, 'Speed');

	selected = Math.max(0, Math.min(selected, s.Paths.length - 1));
	$('list').replaceChildren(...s.Paths.map((_, i) => {
		const row = document.createElement('li');
		row.innerHTML = `<label><input type="radio" name="path"><i></i> ${rule(i).Name}</label><span class="loss"></span>
			<button type="button" aria-label="Remove path ${i + 1}, ${rule(i).Name}">×</button>`;
		const [radio, swatch] = row.firstChild.children;
		radio.checked = i === selected;
		radio.onchange = () => { selected = i; buildChosen(); redraw(); };
		swatch.style.borderTop = `3px ${i < palette.length ? 'solid' : 'dashed'} ${colour(i)}`;
		row.lastChild.onclick = () => { s.Paths.splice(i, 1); selected -= i < selected; restart(taken(), true); $('rule').focus(); };
		return row;
	}));
	$('add-path').disabled = s.Paths.length >= MaxPaths;
	buildChosen();
}

// buildChosen makes the sliders of the selected path.
function buildChosen() {
	const box = $('chosen'), p = settings.Paths[selected], r = p && rule(selected);
	box.hidden = !p;
	box.replaceChildren(box.firstChild);
	if (!p) return;
	$('chosen-title').textContent = `Path ${selected + 1}: ${r.Name}`;
	const mean = r.MomentumField === 'Beta1';
	if (r.Kind !== SEARCH) slider(box, 'Learning rate', log(1e-5, 10), p, 'Rate');
	if (r.Momentum >= 0) slider(box, mean ? 'Momentum β₁' : 'Momentum μ', belowOne(3), p, 'Momentum');
	if (r.Beta2 >= 0) slider(box, mean ? 'Averaging β₂' : 'Averaging β', belowOne(4), p, 'Beta2');
	if (r.Kind === SEARCH) box.append('A search chooses the length of each step. Noise, clipping and the schedule do not apply.');
}

// Drawing.

const palette = document.querySelector('meta[name=palette]').content.split(' ');
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colour = i => palette[i % palette.length] === '#000000' ? css('--ink') : palette[i % palette.length];

// context returns a cleared drawing context in CSS pixels, and the size of the canvas.
function context(canvas) {
	const scale = Math.min(2, devicePixelRatio), w = canvas.clientWidth, h = canvas.clientHeight;
	if (canvas.width !== Math.floor(w * scale)) [canvas.width, canvas.height] = [w * scale, h * scale];
	const c = canvas.getContext('2d');
	c.reset();
	c.scale(scale, scale);
	c.lineJoin = 'round';
	c.font = '12px system-ui, sans-serif';
	return [c, w, h];
}

// pen begins a line of path i.
function pen(c, i) {
	c.strokeStyle = c.fillStyle = colour(i);
	c.lineWidth = i === selected ? 3 : 1.75;
	c.setLineDash(i < palette.length ? [] : [6, 4]);
	c.beginPath();
}

// pixel returns where the point (x, y) is in the picture. A canvas cannot draw to points that are very far.
function pixel(x, y, w, h) {
	const [left, right, bottom, top] = fn().View, far = 1e5;
	return [(x - left) / (right - left) * w, (top - y) / (top - bottom) * h].map(v => Math.max(-far, Math.min(far, v)));
}
const place = (t, k, w, h) => pixel(t.points[3 * k], t.points[3 * k + (fn().Variables > 1 ? 1 : 2)], w, h);

// ticks returns about n round numbers from least to most.
function ticks(least, most, n) {
	const raw = (most - least) / n, unit = 10 ** Math.floor(Math.log10(raw));
	const every = unit * [1, 2, 5, 10].find(m => m * unit >= raw), all = [];
	for (let k = Math.ceil(least / every); k * every <= most; k++) all.push(k * every);
	return all;
}

let contours, contoursOf; // segments, and the function that they belong to

// drawMap draws the contours, numbers at the edges, and a ring at the start.
function drawMap() {
	const [c, w, h] = context($('map')), [left, right, bottom, top] = fn().View, of = settings.Function + settings.Condition;
	if (of !== contoursOf) [contours, contoursOf] = [playground.contours(), of];
	c.strokeStyle = css('--contour');
	c.lineWidth = fn().Variables > 1 ? 1 : 2;
	for (let i = 0; i < contours.length; i += 4) {
		c.moveTo(...pixel(contours[i], contours[i + 1], w, h));
		c.lineTo(...pixel(contours[i + 2], contours[i + 3], w, h));
	}
	c.stroke();
	c.fillStyle = css('--quiet');
	for (const y of ticks(bottom + (top - bottom) / 20, top - (top - bottom) / 20, 6)) c.fillText(short(y), 4, pixel(0, y, w, h)[1] + 4);
	c.textAlign = 'center';
	for (const x of ticks(left + (right - left) / 20, right - (right - left) / 20, 6)) c.fillText(short(x), pixel(x, 0, w, h)[0], h - 5);
	if (!traces.length) return;
	c.beginPath();
	c.arc(...place(traces[0], 0, w, h), 6, 0, 7);
	c.strokeStyle = css('--ink');
	c.lineWidth = 2;
	c.stroke();
}

// drawLines adds the new steps to the drawing of the paths. The first steps have squares.
function drawLines([c, w, h]) {
	traces.forEach((t, i) => {
		pen(c, i);
		c.lineDashOffset = t.length;
		let [x, y] = place(t, t.drawn, w, h);
		c.moveTo(x, y);
		while (t.drawn < last(t)) {
			const [nextX, nextY] = place(t, ++t.drawn, w, h);
			c.lineTo(nextX, nextY);
			if (t.drawn <= 60) c.fillRect(nextX - 2.5, nextY - 2.5, 5, 5);
			t.length += Math.hypot(nextX - x, nextY - y);
			[x, y] = [nextX, nextY];
		}
		c.stroke();
	});
}

// drawHeads draws a disc at the end of each path.
function drawHeads() {
	const [c, w, h] = context($('heads'));
	traces.forEach((t, i) => {
		pen(c, i);
		c.arc(...place(t, last(t), w, h), i === selected ? 7 : 5, 0, 7);
		c.fill();
	});
}

// drawChart draws the logarithm of the loss of up to 300 steps of each path.
function drawChart() {
	const [c, w, h] = context($('chart')), margin = 52, foot = 34, digits = 18; // digits that the axis shows at most
	const curves = traces.map(t => {
		const n = Math.min(300, t.steps) + 1, step = i => Math.round(i * t.steps / Math.max(1, n - 1));
		return Array.from({length: n}, (_, i) => [step(i), Math.log10(t.points[3 * step(i) + 2] - fn().Lowest)]);
	});
	const exponents = curves.flat().map(p => p[1]).filter(Number.isFinite), most = Math.max(20, taken()) * 1.02;
	const high = Math.max(-300, ...exponents) + .1, low = Math.max(high - digits, Math.min(high - 1, ...exponents)) - .1;
	const X = k => margin + k / most * (w - margin - 12), Y = e => 8 + (high - e) / (high - low) * (h - 8 - foot);
	c.strokeStyle = css('--faint');
	c.fillStyle = css('--quiet');
	c.textAlign = 'right';
	for (const e of ticks(low, high, 7).filter(Number.isInteger)) {
		c.moveTo(margin, Y(e));
		c.lineTo(w - 12, Y(e));
		c.fillText(Math.abs(e) < 4 ? short(10 ** e) : '1e' + short(e), margin - 6, Y(e) + 4);
	}
	c.stroke();
	c.textAlign = 'center';
	for (const k of ticks(0, most, 5)) c.fillText(k, Math.min(X(k), w - 16), h - foot + 16);
	c.fillText('steps', (margin + w) / 2, h - 4);
	c.rect(margin, 0, w, h - foot);
	c.clip();
	curves.forEach((curve, i) => {
		pen(c, i);
		for (const [k, e] of curve) c.lineTo(X(k), Number.isNaN(e) ? h : Math.max(-1e4, Math.min(1e4, Y(e))));
		c.stroke();
	});
}

// showNumbers shows the loss of each path, and the last step of the selected one. The cells have 6
// digits, and all digits in their titles.
function showNumbers() {
	traces.forEach((t, i) => {
		const f = short(t.points.at(-1));
		$('list').children[i].querySelector('.loss').textContent = `f = ${f}` + (t.end > 1 ? `, ${Ends[t.end]} after ${t.steps} steps` : '');
	});
	$('count').textContent = `Step ${taken()} of ${settings.Steps}`;
	const t = traces[selected], {Describe, Rows} = t ? JSON.parse(playground.state(selected)) : {Describe: '', Rows: []};
	if (t) Rows.push({Name: 'f', Values: [t.points.at(-1)]}, {Name: '‖g‖', Values: [t.norm]});
	$('describe').textContent = Describe;
	$('y').hidden = fn().Variables === 1;
	const cell = v => `<td title="${v}">${short(Number(v), 6)}</td>`;
	$('rows').innerHTML = Rows.map(r => `<tr><th scope="row">${r.Name}</th>${r.Values.map(cell).join('')}</tr>`).join('');
}

let lines; // the context of the paths and its size

// update shows the new steps. The chart and the numbers are too slow and too restless for every frame.
function update(all = true) {
	drawLines(lines);
	drawHeads();
	if (!all) return;
	drawChart();
	showNumbers();
}

// redraw draws everything.
function redraw() {
	drawMap();
	lines = context($('lines'));
	for (const t of traces) t.drawn = t.length = 0;
	const {Formula, Lowest, Unbounded, Name} = fn(), names = settings.Paths.map((_, i) => rule(i).Name).join(', ');
	$('formula').textContent = Formula.replace('κ', short(settings.Condition));
	$('loss-text').textContent = (Lowest ? `f minus ${short(Lowest)}, the lowest value${Unbounded ? ' in the picture' : ''}` : 'f') + '; logarithmic axis';
	$('heads').setAttribute('aria-label', `Paths on the function ${Name}: ${names}`);
	update();
}

// Playing.

let due, before, shown, work, frames; // steps that are due; times of the last frame and of the last chart; for the benchmark

function frame(now) {
	if (!playing) return;
	const start = performance.now();
	due = Math.min(due + (now - before) / 1000 * settings.Speed, settings.Speed / 4 + 1); // at most ¼ second
	before = now;
	if (due >= 1) {
		advance(Math.floor(due));
		due %= 1;
		const all = !running() || now - shown > 100;
		if (all) shown = now;
		update(all);
	}
	work += performance.now() - start;
	frames++;
	running() ? requestAnimationFrame(frame) : play(false);
}

function play(on) {
	if (on && !running()) restart(0);
	if (on && matchMedia('(prefers-reduced-motion: reduce)').matches) advance(MaxSteps);
	const changes = playing || on;
	playing = on && running();
	$('play').textContent = playing ? 'Pause' : 'Play';
	$('announcement').textContent = playing || !changes ? '' : running() ? 'Paused' : 'Finished';
	if (playing) [due, before, shown, work, frames] = [0, performance.now(), 0, 0, 0, requestAnimationFrame(frame)];
	else if (changes) update();
}

const step = () => { play(false); advance(1); update(); };
const reset = () => { play(false); restart(0); };

// startAt starts at a place in the picture, from 0 to 1 to the right and upwards.
function startAt(right, up) {
	const v = fn().View;
	settings.Start = [v[0] + (v[1] - v[0]) * right, v[2] + (v[3] - v[2]) * up].map(x => Number(x.toPrecision(4)));
	restart(0, true);
	play(true);
}

$('play').onclick = () => play(!playing);
$('step').onclick = step;
$('reset').onclick = reset;
$('heads').onclick = e => {
	const r = e.target.getBoundingClientRect();
	startAt((e.clientX - r.left) / r.width, 1 - (e.clientY - r.top) / r.height);
};
$('heads').onkeydown = e => {
	const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[e.key];
	if (!move) return;
	e.preventDefault();
	const v = fn().View, [x, y] = settings.Start;
	startAt((x - v[0]) / (v[1] - v[0]) + move[0] / 40, (y - v[2]) / (v[3] - v[2]) + move[1] / 40);
};
document.onkeydown = e => {
	const action = {' ': () => play(!playing), n: step, r: reset}[e.key.toLowerCase()];
	if (!action || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, select, button, a')) return;
	e.preventDefault();
	action();
};

for (const [id, all] of Object.entries({function: Functions, schedule: Schedules, rule: Rules})) {
	$(id).replaceChildren(...all.map(v => new Option(v.Name, v.Key)));
}
$('function').onchange = e => {
	const rules = settings.Paths.map(p => '&path=' + p.Rule).join('') || '&path=';
	open(`function=${e.target.value}&schedule=${settings.Schedule}${rules}`);
	restart(0);
};
$('schedule').onchange = e => { settings.Schedule = e.target.value; restart(); };
$('add-path').onclick = () => {
	const k = taken(), [added] = begin(`function=${settings.Function}&path=${$('rule').value}`, 0).Paths;
	selected = settings.Paths.push(added) - 1;
	restart(k, true);
};

// The benchmark plays ten paths for three seconds.
$('benchmark').onclick = async () => {
	const address = query();
	$('benchmark').disabled = true;
	open('function=rosenbrock&steps=20000&speed=600' + Rules.slice(0, MaxPaths).map(r => '&path=' + r.Key).join(''));
	play(true);
	$('measured').textContent = 'Measuring for 3 seconds …';
	const start = performance.now();
	await new Promise(done => setTimeout(done, 3000));
	const rate = frames / (performance.now() - start) * 1000;
	$('measured').textContent = `${rate.toFixed(1)} frames per second with ten paths, ${(work / frames).toFixed(2)} ms of work per frame, at step ${taken()}`;
	$('benchmark').disabled = false;
	open(address);
};

onhashchange = () => { open(location.hash.slice(1)); play(true); };
new ResizeObserver(redraw).observe($('stage'));
matchMedia('(prefers-color-scheme: dark)').onchange = () => restart(taken(), true);
open(location.hash.slice(1));
document.body.dataset.ready = 'true';
