/** Modules without types of their own, as far as we use them. */
declare module "*.css";
declare module "babel-preset-solid" {
  const preset: object;
  export default preset;
}
declare module "@babel/core" {
  export function transformAsync(code: string, options: object): Promise<{ readonly code?: string | null } | null>;
}
