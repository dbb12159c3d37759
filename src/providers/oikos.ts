/** Conversations with our own assistant: written by the server itself, in the JSON form, so no folder holds them. */
import type { Provider } from "../domain/provider.ts";
import { event } from "./event.ts";

export const oikos: Provider = { ...event, name: "oikos", label: "Oikos", mark: "O" };
