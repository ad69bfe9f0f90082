// Runs in the report page. Plain script without imports: it is inlined as it stands, so that the build needs no bundler.
// Server-side rendering has made everything but the charts; this adds charts, zoom and crosshair.
{
  const score = document.getElementById('score');
  const packed = document.getElementById('packed')?.textContent;

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  };

  const pad = 16;
  const hidden = new Set();
  let data;
  let gutter;
  let view;
  let profile = 0;
  let plots = [];

  const colour = (name) => getComputedStyle(score).getPropertyValue(`--${name}`).trim();
  const number = (n) =>
    n >= 100 ? Math.round(n).toLocaleString('en').replaceAll(',', '\u202f') : String(Number(n.toPrecision(3)));
  const duration = (ms) =>
    ms >= 1000 ? `${number(ms / 1000)} s` : ms >= 1 ? `${number(ms)} ms` : `${number(ms * 1000)} µs`;
  const moment = (s) => `${s < 0 ? '−' : '+'}${Math.abs(s).toFixed(2)} s`;

  const steps = (from, to, wanted = 10) => {
    const raw = (to - from) / wanted;
    const power = 10 ** Math.floor(Math.log10(raw));
    const by = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
    const [first, last] = [Math.ceil(from / by), Math.floor((to + 1e-9) / by)];
    return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * by).toFixed(6)));
  };

  const isPower = (v) => v !== null && Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6;
  /** A value between two gaps makes no line: it is drawn as a point. */
  const alone = (u, i) => {
    const values = u.data[i];
    return [...values.keys()].filter((k) => values[k] !== null && values[k - 1] == null && values[k + 1] == null);
  };

  const charts = [
    {
      id: 'latency',
      keys: ['p50', 'p99', 'max'],
      colours: ['p50', 'p99', 'max'],
      show: duration,
      height: 210,
      scale: {
        distr: 3,
        range: (_, min, max) =>
          min > 0 ? [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max) + 1e-9)] : [0.1, 10],
      },
      // A log axis has a split at every step of a power; only the powers themselves are worth a line and a label.
      grid: (_, splits) => splits.map((v) => (isPower(v) ? v : null)),
      ticks: (_, splits) => splits.map((v) => (isPower(v) ? duration(v) : '')),
      series: () => [{ width: 1.25 }, { width: 1.75 }, { width: 1 }],
    },
    {
      id: 'rate',
      keys: ['ok', 'fail', 'unknown'],
      colours: ['ok', 'fail', 'unknown'],
      show: (n) => `${number(n)}/s`,
      height: 150,
      scale: { range: (_, __, max) => [0, Math.max(1, max * 1.08)] },
      grid: (_, splits) => splits,
      ticks: (_, splits) => splits.map((v) => `${number(v)}/s`),
      series: () =>
        ['ok', 'fail', 'unknown'].map((c) => ({
          width: 1.25,
          paths: uPlot.paths.stepped({ align: 0 }),
          fill: fade(colour(c), c === 'ok' ? 0.16 : 0.4),
        })),
    },
  ];

  const fade = (hex, alpha) => {
    const n = Number.parseInt(hex.replace('#', ''), 16);
    return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha})`;
  };

  const rows = (chart) => [
    data.x,
    ...chart.keys.map((k) =>
      k === 'fail' || k === 'unknown' ? rare(data.series[profile][k]) : data.series[profile][k],
    ),
  ];
  /** A line that lies on zero all day says nothing and hides the axis. */
  const rare = (values) => values.map((v, i) => (v === 0 && !values[i - 1] && !values[i + 1] ? null : v));

  const build = (chart) => {
    const host = document.getElementById(chart.id);
    if (!host) return undefined;
    host.replaceChildren();
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const grid = { stroke: colour('line'), width: 1 };
    const styles = chart.series();
    const plot = new uPlot(
      {
        width: host.clientWidth,
        height: chart.height,
        padding: [10, pad, 6, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false },
          sync: { key: 'score' },
          points: { size: 6 },
          bind: { dblclick: () => () => zoom(data.from, data.to) },
        },
        scales: { x: { time: false, range: () => view }, y: chart.scale },
        axes: [
          { size: 0, grid, ticks: { show: false }, values: (_, s) => s.map(() => ''), splits: () => steps(...view) },
          {
            size: gutter,
            gap: 8,
            stroke: colour('ink-2'),
            font,
            grid: { ...grid, filter: chart.grid },
            ticks: { show: false },
            values: chart.ticks,
          },
        ],
        series: [
          {},
          ...chart.keys.map((label, i) => ({
            label,
            stroke: colour(chart.colours[i]),
            spanGaps: false,
            points: { show: chart.id === 'latency', size: 4, filter: alone },
            show: !hidden.has(`${chart.id} ${i + 1}`),
            ...styles[i],
          })),
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              zoom(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
              u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            },
          ],
          setCursor: [(u) => read(chart, u)],
          draw: chart.id === 'latency' ? [thresholds] : [],
        },
      },
      rows(chart),
      host,
    );
    return plot;
  };

  /** Limits of latency objectives, each over the window it speaks of. */
  const thresholds = (u) => {
    const { ctx } = u;
    for (const t of data.thresholds) {
      const [a, b, y] = [
        u.valToPos(Math.max(t.from, view[0]), 'x', true),
        u.valToPos(Math.min(t.to, view[1]), 'x', true),
        u.valToPos(t.value, 'y', true),
      ];
      if (b <= a || y < u.bbox.top || y > u.bbox.top + u.bbox.height) continue;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour('limit');
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(a, y);
      ctx.lineTo(b, y);
      ctx.stroke();
      // Drawing the axes leaves the alignment changed.
      ctx.textAlign = 'right';
      ctx.textBaseline = 'bottom';
      ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.fillText(t.label, b - 4 * devicePixelRatio, y - 3 * devicePixelRatio);
      ctx.restore();
    }
  };

  /** Values under the cursor, in the keys above each chart. */
  const read = (chart, u) => {
    const at = u.cursor.idx;
    for (const key of document.querySelectorAll(`.key[data-chart="${chart.id}"]`)) {
      const value =
        at === null || at === undefined || u.cursor.left < 0
          ? undefined
          : data.series[profile][chart.keys[Number(key.dataset.series) - 1]][at];
      key.querySelector('output').textContent = value === undefined ? '' : value === null ? 'none' : chart.show(value);
    }
  };

  const zoom = (from, to) => {
    view = [Math.max(data.from, from), Math.min(data.to, to)];
    if (view[1] - view[0] < (data.bucket * 4) / 1000) return;
    score.style.setProperty('--x0', view[0]);
    score.style.setProperty('--x1', view[1]);
    for (const p of plots) p.setScale('x', { min: view[0], max: view[1] });
    document.getElementById('ticks').replaceChildren(
      ...steps(...view).map((t) => {
        const tick = document.createElement('span');
        tick.style.setProperty('--a', t);
        tick.textContent = `${Number(t.toFixed(3))} s`;
        return tick;
      }),
    );
    const near = (a, b) => Math.abs(a - b) < 1e-6;
    for (const b of document.querySelectorAll('[data-zoom]')) {
      const [a, z] = b.dataset.zoom === 'all' ? [data.from, data.to] : data.recovery;
      b.setAttribute('aria-pressed', String(near(a, view[0]) && near(z, view[1])));
    }
  };

  const draw = () => {
    for (const p of plots) p.destroy();
    plots = charts.map(build).filter(Boolean);
  };

  const listen = () => {
    for (const b of document.querySelectorAll('[data-zoom]'))
      b.addEventListener('click', () => (b.dataset.zoom === 'all' ? zoom(data.from, data.to) : zoom(...data.recovery)));
    for (const b of document.querySelectorAll('[data-profile]'))
      b.addEventListener('click', () => {
        profile = Number(b.dataset.profile);
        for (const o of document.querySelectorAll('[data-profile]')) o.setAttribute('aria-pressed', String(o === b));
        draw();
      });
    for (const b of document.querySelectorAll('.key'))
      b.addEventListener('click', () => {
        const name = `${b.dataset.chart} ${b.dataset.series}`;
        const off = !hidden.delete(name);
        if (off) hidden.add(name);
        b.setAttribute('aria-pressed', String(!off));
        plots[charts.findIndex((c) => c.id === b.dataset.chart)]?.setSeries(Number(b.dataset.series), { show: !off });
      });
  };

  /** One line through everything, wherever the pointer is. */
  const follow = () => {
    const hair = document.getElementById('crosshair');
    score.addEventListener('pointermove', (event) => {
      const box = score.getBoundingClientRect();
      const left = event.clientX - box.left - gutter;
      const width = box.width - gutter - pad;
      hair.hidden = left < 0 || left > width;
      if (hair.hidden) return;
      const t = view[0] + (left / width) * (view[1] - view[0]);
      hair.style.left = `${gutter + left}px`;
      hair.classList.toggle('flip', left > width - 170);
      hair.firstElementChild.textContent = `${moment(t)}  ${new Date(data.wallAtOrigin + t * 1000).toISOString().slice(11, 23)}`;
    });
    score.addEventListener('pointerleave', () => {
      hair.hidden = true;
    });
  };

  const start = (unpacked) => {
    data = unpacked;
    gutter = Number.parseFloat(getComputedStyle(score).getPropertyValue('--gutter-px')) || 148;
    view = [data.from, data.to];
    listen();
    follow();
    draw();
    let width = score.clientWidth;
    new ResizeObserver(() => {
      if (score.clientWidth === width) return;
      width = score.clientWidth;
      for (const p of plots) p.setSize({ width: p.root.parentElement.clientWidth, height: p.height });
    }).observe(score);
    // A canvas keeps the colours it was painted with.
    for (const query of ['(prefers-color-scheme: dark)', 'print']) matchMedia(query).addEventListener('change', draw);
  };

  if (score && packed)
    unpack().then(start, (error) => {
      score.querySelector('.plot')?.append(`The charts could not be drawn: ${error}`);
    });
}
