/** The clock of one process, set by a file: a small library that stands before libc's. Linux with a C compiler only. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp.ts";

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long skew(void) {
  long seconds = 0;
  FILE *f = fopen(getenv("CLOCK_SKEW_FILE"), "r");
  if (f) { if (fscanf(f, "%ld", &seconds) != 1) seconds = 0; fclose(f); }
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, t);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) t->tv_sec += skew();
  return result;
}
int gettimeofday(struct timeval *t, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(t, zone);
  t->tv_sec += skew();
  return result;
}
time_t time(time_t *out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
`;

export type ClockShim = {
  /** For the process whose clock it is. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on its clock is off by so many seconds. */
  jump(seconds: number): void;
};

/** Compiles it; null where that cannot be done. */
export function clockShim(): ClockShim | null {
  const compiler = process.platform === "linux" ? (Bun.which("cc") ?? Bun.which("gcc")) : null;
  if (!compiler) return null;
  const dir = tempDir("clock");
  const [source, library, skew] = ["shim.c", "shim.so", "skew"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(source, SOURCE);
  writeFileSync(skew, "0");
  const compiled = Bun.spawnSync([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]);
  if (compiled.exitCode !== 0) return null;
  return {
    env: { LD_PRELOAD: library, CLOCK_SKEW_FILE: skew },
    jump: (seconds) => writeFileSync(skew, String(seconds)),
  };
}
