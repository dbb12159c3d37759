/** What can wait until a frame was painted. */

/** Calls after the next frame is on the screen; at once in a tab that is not seen, which gets no frames. */
export function afterPaint(run: () => void): void {
  if (document.visibilityState === "hidden") return run();
  const { port1, port2 } = new MessageChannel();
  let ran = false;
  const once = () => {
    if (!ran) run();
    ran = true;
  };
  // A message is handed on after the frame.
  port1.onmessage = once;
  requestAnimationFrame(() => port2.postMessage(null));
  // No frame comes to a tab that is hidden meanwhile.
  document.addEventListener("visibilitychange", once, { once: true });
}
