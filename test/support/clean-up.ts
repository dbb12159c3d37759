/** Preloaded by bunfig.toml: `bun test` tells no "exit", and only a preloaded hook runs after the last file. */
import { afterAll } from "bun:test";
import { cleanUp } from "./temp.ts";

/** Thousands of folders take a slow disk more than a test's minute (90 s were seen), which would count as a failure. */
const REMOVAL_MS = 10 * 60_000;

afterAll(cleanUp, REMOVAL_MS);
