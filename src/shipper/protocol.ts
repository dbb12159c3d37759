/** What main and the shipper's worker say to each other. Plain data. */
import type { Fields, Level } from "../lib/log.ts";
import type { ShipperSettings, ShipProgress } from "./settings.ts";

export type ToShipper = { readonly type: "start"; readonly settings: ShipperSettings } | { readonly type: "close" };

export type FromShipper =
  | { readonly type: "progress"; readonly progress: ShipProgress }
  | { readonly type: "log"; readonly level: Level; readonly message: string; readonly fields: Fields }
  | { readonly type: "closed" };
