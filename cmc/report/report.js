"use strict";
(() => {
  const { bitsPerNat, narrow, shapes, add, curve, axis, epochs, lines, choice } = cmcCharts;
  const data = JSON.parse(document.getElementById("data").textContent);

  function negatives(ks) {
    const x = { ...axis("negatives k"), type: "logarithmic", min: Math.min(...ks), max: Math.max(...ks) };
    x.afterBuildTicks = (scale) => { scale.ticks = ks.filter((k, i) => i % 2 === 0).map((value) => ({ value })); };
    x.ticks.callback = (value) => value.toLocaleString("en");
    return x;
  }

  function curves(title, digits) {
    const all = [...data.curves.training, ...data.curves.held_out].map((point) => point.epoch);
    return lines(epochs(all), title, digits, (epoch) => `epoch ${epoch.toFixed(2)}`);
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
})();
