"use strict";
(() => {
  const { bitsPerNat, add, paint, curve, axis, epochs, lines, choice } = cmcCharts;
  const runs = JSON.parse(document.getElementById("data").textContent);
  if (!document.getElementById("held-out-chart")) return;

  const style = (i, more) => ({ colour: `--class-${i % 10}`, dash: i % 2 ? [7, 4] : [], ...more });
  const inBits = (points, key) => points.map((point) => ({ ...point, [key]: point[key] === null ? null : point[key] * bitsPerNat }));

  // One ceiling where all runs meet as many negatives; else each has its own, which would crowd the chart.
  function ceiling(x) {
    const all = runs.flatMap((run) => run.held_out);
    const first = all.length ? all[0].ceiling : null;
    if (first === null || all.some((point) => Math.abs(point.ceiling - first) > 1e-6)) return [];
    const ends = [{ [x]: 0, ceiling: first * bitsPerNat }, { [x]: Math.max(...all.map((point) => point[x])), ceiling: first * bitsPerNat }];
    return [curve("Ceiling log(k + 1)", ends, "ceiling", { colour: "--muted", dash: [2, 4] }, x)];
  }

  const series = {
    "held-out-chart": (x) => [
      ...runs.map((run, i) => curve(run.name, inBits(run.held_out, "tight_bound"), "tight_bound", style(i, { points: run.held_out.length > 60 ? 0 : 3 }), x)),
      ...ceiling(x),
    ],
    "training-chart": (x) => runs.map((run, i) => curve(run.name, inBits(run.training, "estimate"), "estimate", style(i, { width: 1.5 }), x)),
    "loss-chart": (x) => runs.map((run, i) => curve(run.name, run.training, "loss", style(i, { width: 1.5 }), x)),
  };

  function steps(all) {
    const x = axis("step");
    x.min = 0;
    x.max = Math.max(...all);
    x.ticks.callback = (value) => value.toLocaleString("en");
    return x;
  }

  function horizontal(x) {
    const all = runs.flatMap((run) => [...run.training, ...run.held_out]).map((point) => point[x]);
    return x === "epoch" ? epochs(all) : steps(all);
  }

  const at = (x) => (value) => x === "epoch" ? `epoch ${value.toFixed(2)}` : `step ${value.toLocaleString("en")}`;
  const charts = Object.entries(series).map(([id, make]) =>
    [add(id, make("epoch"), lines(horizontal("epoch"), id === "loss-chart" ? "loss" : "bits", id === "loss-chart" ? 3 : 2, at("epoch"))), make]);

  choice("axis", (x) => {
    for (const [chart, make] of charts) {
      make(x).forEach((one, i) => { chart.data.datasets[i].data = one.data; });
      chart.options.scales.x = horizontal(x);
      chart.options.plugins.tooltip.callbacks.title = (items) => at(x)(items[0].parsed.x);
      paint(chart);
    }
  });
})();
