/** Compiles JSX for Solid. Babel does the JSX only; Bun strips the types after it. */
import { transformAsync } from "@babel/core";
import solid from "babel-preset-solid";
import type { BunPlugin } from "bun";

export const solidPlugin: BunPlugin = {
  name: "solid",
  setup(build) {
    build.onLoad({ filter: /\.tsx$/ }, async ({ path }) => {
      const out = await transformAsync(await Bun.file(path).text(), {
        filename: path,
        babelrc: false,
        configFile: false,
        parserOpts: { plugins: ["jsx", "typescript"] },
        presets: [[solid, { generate: "dom", hydratable: false }]],
      });
      return { contents: out?.code ?? "", loader: "ts" };
    });
  },
};
