/**
 * Terminal output as lines of runs. Colours and weights become our own classes; everything else a terminal obeys is
 * dropped: cursor moves, links, titles, clipboard writes, replies. One pass over the characters, no regular expressions.
 */
import type { Line, Run } from "./lines.ts";
import { plainLines, visible } from "./lines.ts";

type Pen = { fg: number | null; bg: number | null; readonly on: Set<string> };

/** More runs than this are text without colours: a million colour changes must not become a million elements. */
const MAX_RUNS = 4000;

const ESC = 0x1b;
const BEL = 0x07;

/** The lines of what a program printed. Of a line rewritten by carriage return only the last version stays. */
export function ansiLines(text: string): Line[] {
  if (!hasControls(text)) return plainLines(text);
  const screen = createScreen();
  let at = 0;
  while (at < text.length) at = step(text, at, screen);
  return screen.end();
}

/** Any control but newline and tab. */
function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (isControl(text.charCodeAt(at))) return true;
  return false;
}

const isControl = (code: number): boolean =>
  (code < 0x20 && code !== 0x0a && code !== 0x09) || (code >= 0x7f && code <= 0x9f);

/** Takes one piece of text or one control sequence; returns where the next begins. */
function step(text: string, at: number, screen: Screen): number {
  const code = text.charCodeAt(at);
  if (code === 0x0a) return (screen.newline(), at + 1);
  if (code === 0x0d) return (screen.rewind(), at + 1);
  if (code === 0x08) return (screen.back(), at + 1);
  if (code === ESC) return escape(text, at + 1, screen);
  if (code === 0x9b) return control(text, at + 1, screen);
  if (isString(code)) return skipString(text, at + 1);
  if (isControl(code)) return at + 1;
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== 0x0a && !isControl(text.charCodeAt(end))) end++;
  screen.write(text.slice(at, end));
  return end;
}

/** The 8-bit openers of DCS, SOS, OSC, PM and APC. */
const isString = (code: number): boolean => code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f);

function escape(text: string, at: number, screen: Screen): number {
  const code = text.charCodeAt(at);
  if (code === 0x5b) return control(text, at + 1, screen);
  if ("PX]^_".includes(text[at] ?? " ")) return skipString(text, at + 1);
  // Intermediates (0x20-0x2f), as in "ESC ( B", then one final character.
  while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x2f) at++;
  return at < text.length && text.charCodeAt(at) !== 0x0a ? at + 1 : at;
}

/** Passes over a string up to BEL or ST. One that never ends takes its own line along, not the rest of the output. */
function skipString(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BEL || code === 0x9c) return at + 1;
    if (code === ESC) return text[at + 1] === "\\" ? at + 2 : at;
    if (code === 0x0a) return at;
  }
  return at;
}

/** A CSI sequence: parameters, intermediates, a final character. Only `m` is obeyed. */
function control(text: string, from: number, screen: Screen): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x3f) at++;
  const final = text.charCodeAt(at);
  // Broken off: what follows is text again.
  if (!(final >= 0x40 && final <= 0x7e)) return at;
  if (final === 0x6d && at - from < 64) screen.paint(text.slice(from, at));
  return at + 1;
}

type Screen = ReturnType<typeof createScreen>;

function createScreen() {
  const lines: Line[] = [];
  let line: Run[] = [];
  let rewound = false;
  let runs = 0;
  let pen = plainPen();
  let look = "";
  return {
    write(text: string) {
      if (rewound) line = [];
      rewound = false;
      const last = line.at(-1);
      if (last && last.look === look) line[line.length - 1] = { text: last.text + visible(text), look };
      else line.push({ text: visible(text), look: ++runs > MAX_RUNS ? (look = "") : look });
    },
    newline() {
      lines.push(line);
      line = [];
      rewound = false;
    },
    rewind: () => void (rewound = true),
    back() {
      const last = line.pop();
      if (last && last.text.length > 1) line.push({ text: last.text.slice(0, -1), look: last.look });
    },
    paint(parameters: string) {
      pen = repaint(pen, parameters);
      look = runs > MAX_RUNS ? "" : lookOf(pen);
    },
    end(): Line[] {
      if (line.length > 0) lines.push(line);
      return lines;
    },
  };
}

const plainPen = (): Pen => ({ fg: null, bg: null, on: new Set() });

function lookOf({ fg, bg, on }: Pen): string {
  const classes = [...on];
  if (fg !== null) classes.push(`f${fg}`);
  if (bg !== null) classes.push(`b${bg}`);
  return classes.join(" ");
}

const ON: Readonly<Record<number, string>> = { 1: "bold", 2: "dim", 3: "ital", 4: "under", 7: "inv", 9: "strike" };
const OFF: Readonly<Record<number, readonly string[]>> = {
  22: ["bold", "dim"],
  23: ["ital"],
  24: ["under"],
  27: ["inv"],
  29: ["strike"],
};

function repaint(pen: Pen, parameters: string): Pen {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code === 0 || Number.isNaN(code)) pen = plainPen();
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(i + 1, i + 6));
      if (code === 38) pen.fg = colour;
      else pen.bg = colour;
      i += used;
    } else simple(pen, code);
  }
  return pen;
}

function simple(pen: Pen, code: number): void {
  const on = ON[code];
  if (on) pen.on.add(on);
  OFF[code]?.forEach((name) => pen.on.delete(name));
  if (code >= 30 && code <= 37) pen.fg = code - 30;
  if (code >= 40 && code <= 47) pen.bg = code - 40;
  if (code >= 90 && code <= 97) pen.fg = code - 82;
  if (code >= 100 && code <= 107) pen.bg = code - 92;
  if (code === 39) pen.fg = null;
  if (code === 49) pen.bg = null;
}

/** A colour of 256 or of 16 million as the nearest of our 16, and how many codes it took. */
function extended([mode, a = 0, b = 0, c = 0]: readonly number[]): readonly [colour: number | null, used: number] {
  if (mode === 2) return [nearest(a, b, c), 4];
  if (mode !== 5) return [null, mode === undefined ? 0 : 1];
  if (a < 16) return [a, 2];
  if (a >= 232) return [a < 238 ? 0 : a < 244 ? 8 : a < 250 ? 7 : 15, 2];
  const level = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const cube = a - 16;
  return [nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), 2];
}

function nearest(red: number, green: number, blue: number): number {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high - low < 40) return high < 64 ? 0 : high < 128 ? 8 : high < 216 ? 7 : 15;
  const middle = (high + low) / 2;
  const hue = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
  return high > 200 ? hue + 8 : hue;
}
