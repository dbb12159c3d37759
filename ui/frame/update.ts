/** The notice that another build is there than the one this page is of. */
import { toast } from "../kit/Toast.tsx";

/** Offers a reload; said once, whoever notices first. With a waiting worker, that one takes over first. */
export function offerReload(worker?: ServiceWorker): void {
  toast({
    text: "A new version of Longhouse is here.",
    stays: true,
    action: { label: "Reload", run: () => reload(worker) },
  });
}

function reload(worker?: ServiceWorker): void {
  if (!worker) return location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  worker.postMessage("update");
}
