/* global document, getComputedStyle, matchMedia, ResizeObserver, uPlot */
/*
 * Draws what `data-chart` of a figure holds: the figures of a table on the same page. Without this script the page lacks nothing but the drawing. Colours
 * are those of the sheet, read from elements, because a canvas knows no custom properties; lines differ by dashes, too.
 */
(() => {
  'use strict';
  const HEIGHT = 260;
  const DASHES = [[], [6, 3], [2, 3], [10, 4], [8, 3, 2, 3]];
  const language = document.documentElement.lang;
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

  function colorOf(figure, name) {
    const probe = document.createElement('span');
    probe.className = name;
    figure.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  function draw(figure) {
    const { span, unit, labels, series } = JSON.parse(figure.dataset.chart);
    figure.replaceChildren();
    const shown = unit === 'share' ? (value) => (value === null ? '–' : percent.format(value)) : (value) => (value === null ? '–' : number.format(value));
    const axis = { stroke: colorOf(figure, 'ink'), grid: { stroke: colorOf(figure, 'rule'), width: 1 }, ticks: { stroke: colorOf(figure, 'rule'), width: 1 }, font: '12px system-ui, sans-serif' };
    const options = {
      width: Math.max(240, figure.clientWidth || figure.parentElement.clientWidth),
      height: HEIGHT,
      padding: [10, 30, 0, 0],
      cursor: { y: false },
      scales: { x: { time: false }, y: { range: (_chart, least, most) => (unit === 'share' ? [0, 1] : [Math.min(0, least || 0), most || 1]) } },
      axes: [
        { ...axis, values: (_chart, places) => places.map((place) => labels[place] ?? ''), incrs: [1, 2, 4, 8, 13, 26, 52], space: 70 },
        { ...axis, size: 60, values: (_chart, values) => values.map(shown) },
      ],
      series: [
        { label: span, value: (_chart, place) => (place === null ? '' : (labels[place] ?? '')) },
        ...series.map(({ name }, index) => ({ label: name, stroke: colorOf(figure, `s${(index % 5) + 1}`), width: 2, dash: DASHES[index % DASHES.length], spanGaps: false, points: { show: labels.length < 40, size: 5 }, value: (_chart, value) => shown(value) })),
      ],
    };
    return new uPlot(options, [labels.map((_label, place) => place), ...series.map(({ values }) => values)], figure);
  }

  for (const figure of document.querySelectorAll('[data-chart]')) {
    // Drawn first, shown then: an empty figure takes no room.
    figure.append(document.createElement('span'));
    let chart = draw(figure);
    new ResizeObserver(() => {
      const width = Math.max(240, figure.clientWidth);
      if (Math.abs(width - chart.width) > 1) chart.setSize({ width, height: HEIGHT });
    }).observe(figure);
    // Another appearance has other colours.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      chart.destroy();
      chart = draw(figure);
    });
  }
})();
