/** Flags that several commands share. */

export const JSON_FLAG = { type: "boolean", description: "One JSON object on stdout, nothing else" } as const;
export const URL_FLAG = {
  type: "string",
  valueHint: "URL",
  description: "The server, when it is not the usual one",
} as const;
