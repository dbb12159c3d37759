import { createEffect, onCleanup, onMount, type JSX } from "solid-js";
import { useNavigate } from "@solidjs/router";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { toDay } from "./links.ts";
import type { Measure } from "./range.ts";
import { measureText } from "./words.ts";

type ChartProps = {
  readonly days: readonly string[];
  /** Of each day; null = unknown, which leaves a gap. */
  readonly values: readonly (number | null)[];
  readonly measure: Measure;
  readonly onPoint: (day: string | null) => void;
};

const HEIGHT = 180;
/** Steps of the axis of days. */
const STEPS = [1, 2, 3, 7, 14, 30, 61, 91, 182, 365, 730, 1825];
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const WITH_YEAR = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric" });

/** Bars by day on a canvas. For the eye and the pointer: the table under it says the same to everybody else. */
export function Chart(props: ChartProps): JSX.Element {
  let box!: HTMLDivElement;
  let plot: uPlot | undefined;
  const navigate = useNavigate();
  const draw = () => {
    plot?.destroy();
    const points: uPlot.AlignedData = [props.days.map((_, n) => n), [...props.values]];
    plot = new uPlot(options(box, props), points, box);
  };
  onMount(() => {
    createEffect(draw);
    const resize = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: HEIGHT }));
    resize.observe(box);
    // A canvas keeps the colours it was painted with.
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    onCleanup(() => {
      resize.disconnect();
      theme.disconnect();
      dark.removeEventListener("change", draw);
      plot?.destroy();
    });
  });
  const open = () => {
    const day = props.days[plot?.cursor.idx ?? -1];
    if (day !== undefined) navigate(toDay(day));
  };
  return <div class="plot" ref={box} aria-hidden="true" onClick={open} />;
}

function options(box: HTMLElement, { days, measure, onPoint }: ChartProps): uPlot.Options {
  const paint = colours(box);
  const axis = { stroke: paint("--muted"), font: "11px system-ui, sans-serif", ticks: { show: false } };
  const grid = { stroke: paint("--line"), width: 1 };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { x: true, y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [-0.6, days.length - 0.4] }, y: { range: (_, __, most) => [0, roomy(most)] } },
    axes: [
      { ...axis, grid: { show: false }, incrs: STEPS, space: 64, size: 28, values: (_, at) => at.map(dayName(days)) },
      { ...axis, grid, size: 52, space: 36, values: (_, at) => at.map((value) => measureText(value, measure)) },
    ],
    series: [
      {},
      {
        fill: paint("--accent"),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars!({ size: [0.72, 40], radius: days.length < 100 ? 0.12 : 0 }),
      },
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx == null ? null : (days[plot.cursor.idx] ?? null))] },
  };
}

/** So that a single small day is no full bar of nothing. */
const roomy = (most: number | null): number => (most === null || most <= 0 ? 1 : most * 1.05);

function dayName(days: readonly string[]): (at: number) => string {
  return (at) => {
    const day = Number.isInteger(at) ? days[at] : undefined;
    return day === undefined ? "" : (days.length > 400 ? WITH_YEAR : SHORT).format(new Date(`${day}T12:00:00`));
  };
}

/** Tokens as colours that a canvas can paint. */
function colours(box: HTMLElement): (token: string) => string {
  const probe = document.createElement("i");
  return (token) => {
    probe.style.color = `var(${token})`;
    box.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
}
