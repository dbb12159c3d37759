/** Tags as text in a field. Pure. */

/** Tags as a person types them: by comma, without a leading # or the minus that filters use. */
export const tagsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) =>
        tag
          .replace(/[\s\p{Cc}]+/gu, " ")
          .trim()
          .replace(/^[#-]+/, "")
          .slice(0, 64),
      )
      .filter((tag) => tag !== ""),
  ),
];
