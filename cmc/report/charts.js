"use strict";
// What the pages' charts share: curves, axes, legends in HTML, colours that follow the reader's scheme.
const cmcCharts = (() => {
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

  function curve(label, points, key, style, x = "epoch") {
    return {
      label, colour: style.colour, dash: style.dash || [], width: style.width || 2,
      data: points.filter((point) => point[key] !== null).map((point) => ({ x: point[x], y: point[key] })),
      dataset: {
        borderWidth: style.width || 2, borderDash: style.dash || [], pointRadius: style.points || 0,
        pointHitRadius: 8, pointHoverRadius: 4, tension: 0, clip: 6,
      },
    };
  }

  function axis(text) {
    return { type: "linear", grid: {}, ticks: { maxTicksLimit: 7, maxRotation: 0 }, title: { display: true, text } };
  }

  // From 0 to the last of these epochs.
  function epochs(all) {
    const x = axis("epoch");
    x.min = 0;
    x.max = Math.max(...all);
    x.ticks.callback = (value) => Number.isInteger(value) || x.max < 3 ? String(Number(value.toPrecision(3))) : "";
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

  // Choices.

  function choice(name, act) {
    const set = document.querySelector(`[data-choice="${name}"]`);
    if (!set) return;
    set.hidden = false;
    set.addEventListener("change", (event) => act(event.target.value));
  }

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

  return { bitsPerNat, narrow, shapes, add, paint, curve, axis, epochs, lines, choice };
})();
