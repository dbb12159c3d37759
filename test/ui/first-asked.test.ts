import { describe, expect, test } from "bun:test";
import { firstAsked } from "../../ui/frame/first-asked.ts";

const at = (address: string, state: object | null = null) => {
  const { pathname, search } = new URL(address, "http://localhost");
  return firstAsked({ pathname, search }, state);
};
const ONE = "/api/agents/sessions/7e57-1";

describe("what a page asks first", () => {
  test("the timeline's first page and who waits, unless filters ask for another", () => {
    expect(at("/timeline").paths).toEqual([
      "/api/agents/sessions?limit=50",
      "/api/agents/sessions?state=waiting&limit=100",
    ]);
    expect(at("/timeline?project=loom").paths).toEqual([]);
  });

  test("a session's end, or what is around the event that the address names", () => {
    expect(at("/sessions/7e57-1")).toEqual({ isSession: true, paths: [`${ONE}/events?before=end&limit=100`, ONE] });
    expect(at("/sessions/7e57-1?event=a%26b").paths[0]).toBe(`${ONE}/events?around=a%26b&limit=100`);
  });

  test("not the end of a session that was left further up", () => {
    expect(at("/sessions/7e57-1", { reading: { y: 3 } }).paths).toEqual([ONE]);
  });

  test("nothing for other pages, and nothing with a path of its own in the address", () => {
    for (const path of ["/settings", "/sessions/", "/sessions/a%2Fb", "/sessions/a/b"])
      expect(at(path)).toEqual({ isSession: false, paths: [] });
  });
});
