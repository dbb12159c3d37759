/** The month (YYYY-MM) in which the oldest of the providers' price tables was read from its vendor. */
export const PRICES_AS_OF = "2026-10";
