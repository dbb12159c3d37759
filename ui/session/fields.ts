/** Looks into tool inputs, which are any JSON. Pure; own fields only: `constructor` is no field. */

/** The first of these fields that is there. */
export function field(value: unknown, ...names: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const name = names.find((one) => Object.hasOwn(value, one));
  // A parse boundary: own property of an object, any JSON.
  return name === undefined ? undefined : (value as Record<string, unknown>)[name];
}

/** The first of these fields that is text and not empty. */
export function textOf(value: unknown, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = field(value, name);
    if (typeof found === "string" && found !== "") return found;
  }
  return null;
}
