/** Set by build.ts; absent when run from source. */
declare const BUILD_VERSION: string | undefined;

/** The product's version: of the build, or `dev` when run from source. */
export const VERSION = typeof BUILD_VERSION === "string" ? BUILD_VERSION : "dev";
