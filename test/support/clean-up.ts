/** Preloaded by bunfig.toml: `bun test` tells no "exit", and only a preloaded hook runs after the last file. */
import { afterAll } from "bun:test";
import { cleanUp } from "./temp.ts";

afterAll(cleanUp);
