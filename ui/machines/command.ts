/** What is typed on a machine that is to send its sessions here. Pure. */

/** Lets it in and keeps it sending; `origin` = this server's, as that machine reaches it. */
export const connectCommand = (origin: string): string =>
  `longhouse auth --url ${origin} && longhouse connect --install`;

/** Whether the name means whichever machine it is typed on. */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" ||
  hostname.endsWith(".localhost") ||
  /^127(\.\d+){3}$/.test(hostname) ||
  hostname === "[::1]";
