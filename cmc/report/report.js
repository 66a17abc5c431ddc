"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const bitsPerNat = 1 / Math.LN2;
  const charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const font = () => getComputedStyle(document.body).fontFamily;
  const narrow = () => window.innerWidth < 640;

  // Legends are HTML: they wrap, take the keyboard and are read aloud, which what Chart.js draws does not.

  const shapes = {
    circle: "M8 4a4 4 0 1 0 .01 0z",
    triangle: "M8 3.5 12.5 12h-9z",
    rect: "M4.5 4.5h7v7h-7z",
    rectRot: "M8 3 13 8 8 13 3 8z",
    crossRot: "M4 4 12 12M12 4 4 12",
  };

  function svg(width, attributes) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("width", width);
    picture.setAttribute("height", 16);
    picture.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(space, "path");
    for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
    picture.append(path);
    return picture;
  }

  function swatch(series) {
    const stroke = `var(${series.colour})`;
    if (series.shape) {
      const open = series.shape === "crossRot";
      return svg(16, { d: shapes[series.shape], stroke, "stroke-width": open ? 2 : 0, fill: open ? "none" : stroke });
    }
    return svg(28, { d: "M0 8H28", stroke, "stroke-width": series.width, "stroke-dasharray": series.dash.join(" ") });
  }

  function addLegend(chart, allSeries) {
    const list = document.querySelector(`[data-legend="${chart.canvas.id}"]`);
    allSeries.forEach((series, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.append(swatch(series), series.label);
      button.addEventListener("click", () => {
        const shown = !chart.isDatasetVisible(i);
        chart.setDatasetVisibility(i, shown);
        button.setAttribute("aria-pressed", String(shown));
        chart.update();
      });
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    });
  }

  // Charts take their colours from the style sheet, so that both follow the reader's scheme.

  function paint(chart) {
    const { scales, plugins } = chart.options;
    for (const scale of Object.values(scales)) {
      scale.grid.color = colour("--rule");
      scale.grid.borderColor = colour("--rule");
      scale.ticks.color = colour("--muted");
      scale.title.color = colour("--muted");
      scale.ticks.font = { family: font(), size: 12 };
      scale.title.font = { family: font(), size: 12 };
    }
    Object.assign(plugins.tooltip, {
      backgroundColor: colour("--surface"), titleColor: colour("--ink"), bodyColor: colour("--ink"),
      borderColor: colour("--rule"), borderWidth: 1, titleFont: { family: font() }, bodyFont: { family: font() },
    });
    for (const dataset of chart.data.datasets) {
      dataset.borderColor = colour(dataset.series.colour);
      dataset.backgroundColor = colour(dataset.series.colour);
    }
    chart.update();
  }

  function add(id, allSeries, configuration) {
    const canvas = document.getElementById(id);
    configuration.data = { datasets: allSeries.map((series) => ({ ...series.dataset, series, label: series.label, data: series.data })) };
    const chart = new Chart(canvas, configuration);
    charts.push(chart);
    addLegend(chart, allSeries);
    paint(chart);
    return chart;
  }

  // Curves over epochs.

  function curve(label, points, key, style) {
    return {
      label, colour: style.colour, dash: style.dash || [], width: style.width || 2,
      data: points.filter((point) => point[key] !== null).map((point) => ({ x: point.epoch, y: point[key] })),
      dataset: {
        borderWidth: style.width || 2, borderDash: style.dash || [], pointRadius: style.points || 0,
        pointHitRadius: 8, pointHoverRadius: 4, tension: 0, clip: 6,
      },
    };
  }

  function axis(text) {
    return { type: "linear", grid: {}, ticks: { maxTicksLimit: 7, maxRotation: 0 }, title: { display: true, text } };
  }

  function epochs() {
    const x = axis("epoch");
    const all = [...data.curves.training, ...data.curves.held_out];
    x.min = 0;
    x.max = Math.max(...all.map((point) => point.epoch));
    x.ticks.callback = (value) => Number.isInteger(value) || x.max < 3 ? String(Number(value.toPrecision(3))) : "";
    return x;
  }

  function negatives(ks) {
    const x = { ...axis("negatives k"), type: "logarithmic", min: Math.min(...ks), max: Math.max(...ks) };
    x.afterBuildTicks = (scale) => { scale.ticks = ks.filter((k, i) => i % 2 === 0).map((value) => ({ value })); };
    x.ticks.callback = (value) => value.toLocaleString("en");
    return x;
  }

  function lines(x, title, digits, at) {
    return {
      type: "line",
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x, y: axis(title) },
        plugins: {
          legend: { display: false },
          tooltip: {
            callbacks: {
              title: (items) => at(items[0].parsed.x),
              label: (item) => `${item.dataset.label}: ${item.parsed.y.toFixed(digits)}`,
            },
          },
        },
      },
    };
  }

  function curves(title, digits) {
    return lines(epochs(), title, digits, (epoch) => `epoch ${epoch.toFixed(2)}`);
  }

  // What training minimises. Held-out samples have another loss, of one direction among other negatives: what both say
  // of information can be compared, their losses can't.
  function lossChart({ training }) {
    add("loss-chart", [curve("Training", training, "loss", { colour: "--accent", width: 1.5 })], curves("loss", 3));
  }

  // What labels said on the way.
  function progressChart({ probes }) {
    const series = [curve("Linear probe", probes, "linear", { colour: "--accent", width: 2, points: 3 })];
    if (probes[0].neighbours !== null) {
      series.push(curve("Nearest neighbours", probes, "neighbours", { colour: "--held-out", width: 1.5, points: 3 }));
    }
    add("progress-chart", series, curves(probes[0].neighbours === null ? "R²" : "%", probes[0].neighbours === null ? 3 : 1));
  }

  // One ceiling where training and held-out samples meet as many negatives, else one each.
  function ceilings({ training, held_out }) {
    const style = { colour: "--muted", dash: [2, 4], width: 2 };
    if (!training.length) return [curve("Ceiling log(k + 1)", held_out, "ceiling", style)];
    const same = held_out.every((point) => Math.abs(point.ceiling - training[training.length - 1].ceiling) < 1e-6);
    if (same) return [curve("Ceiling log(k + 1)", training, "ceiling", style)];
    return [
      curve("Ceiling log(k + 1), training", training, "ceiling", style),
      curve("Ceiling log(k + 1), held-out", held_out, "ceiling", { ...style, dash: [8, 4] }),
    ];
  }

  function informationChart(points) {
    const { training, held_out } = points;
    const series = [];
    if (training.length) series.push(curve("Training estimate log(k + 1) − L", training, "estimate", { colour: "--accent", width: 1.5 }));
    if (held_out.length) {
      series.push(curve("Held-out bound log(k + 1) − L", held_out, "tight_bound", { colour: "--held-out", width: 2.5, points: 3 }));
      series.push(curve("Held-out bound log k − L", held_out, "bound", { colour: "--held-out", width: 1.5, dash: [6, 4] }));
    }
    series.push(...ceilings(points));
    const chart = add("information-chart", series, curves("bits", 2));
    const inNats = series.map((s) => s.data);
    const show = (unit) => {
      const factor = unit === "bits" ? bitsPerNat : 1;
      chart.data.datasets.forEach((dataset, i) => {
        dataset.data = inNats[i].map((point) => ({ x: point.x, y: Math.round(point.y * factor * 1e6) / 1e6 }));
      });
      const values = chart.data.datasets.flatMap((dataset) => dataset.data.map((p) => p.y));
      chart.options.scales.y.min = Math.floor(Math.min(0, ...values));
      chart.options.scales.y.title.text = unit;
      chart.update();
    };
    show("bits");
    choice("unit", show);
  }

  // The bound by the number of negatives.

  function sharedChart({ curves: all, ceiling }) {
    const line = (label, points, style) => ({
      label, colour: style.colour, dash: style.dash, width: 2, data: points,
      dataset: { borderWidth: 2, borderDash: style.dash, pointRadius: style.points, pointHitRadius: 8, tension: 0, clip: 6 },
    });
    const series = all.map((one, i) => line(one.label, one.points, { colour: `--class-${i % 10}`, dash: i % 2 ? [6, 4] : [], points: 3 }));
    series.push(line("Ceiling log(k + 1)", ceiling, { colour: "--muted", dash: [2, 4], points: 0 }));
    const ks = ceiling.map((point) => point.x);
    add("shared-chart", series, lines(negatives(ks), "bits", 2, (k) => `k = ${k.toLocaleString("en")}`));
  }

  // The map.

  function mapChart(classes) {
    const styles = Object.keys(shapes);
    const series = classes.map((one, i) => {
      const shape = styles[(i + Math.floor(i / 10)) % styles.length];
      return {
        label: one.class, colour: `--class-${i % 10}`, shape, data: one.points,
        dataset: { clip: false, pointStyle: shape, pointRadius: narrow() ? 2.25 : 3, borderWidth: shape === "crossRot" ? 1.5 : 0 },
      };
    });
    const hidden = () => ({ type: "linear", display: false, grid: {}, ticks: {}, title: {} });
    add("map-chart", series, {
      type: "scatter",
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
        layout: { padding: 8 },
        scales: { x: hidden(), y: hidden() },
        plugins: {
          legend: { display: false },
          tooltip: { callbacks: { label: (item) => item.dataset.label } },
        },
      },
    });
  }

  // Choices.

  function choice(name, act) {
    const set = document.querySelector(`[data-choice="${name}"]`);
    if (!set) return;
    set.hidden = false;
    set.addEventListener("change", (event) => act(event.target.value));
  }

  function showView(id) {
    for (const figure of document.querySelectorAll(".bars")) figure.hidden = figure.dataset.view !== id;
  }

  const bars = document.querySelector(".bars");
  if (bars) {
    showView(bars.dataset.view);
    choice("view", showView);
  }
  if (data.curves) {
    informationChart(data.curves);
    lossChart(data.curves);
    if (data.curves.probes.length) progressChart(data.curves);
  }
  if (data.information) sharedChart(data.information);
  if (data.map) mapChart(data.map);

  const repaint = () => charts.forEach(paint);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  // On paper: light, with every table open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
    charts.forEach((chart) => chart.resize());
    repaint();
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    charts.forEach((chart) => chart.resize());
    repaint();
  });
})();
