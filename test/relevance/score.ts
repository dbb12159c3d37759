/** How well lists of sessions answer judged questions. */
import type { Question } from "./questions.ts";

/** Of one class: how many questions, and of them answered first, among the first five; the mean of 1/place. */
export type Score = { readonly asked: number; readonly first: number; readonly five: number; readonly mrr: number };

/** `find` gives sessions' keys, the best first. */
export function scoreOf(questions: readonly Question[], find: (query: string) => readonly string[]): Score {
  const places = questions.map(([query, ...wanted]) => 1 + find(query).findIndex((key) => wanted.includes(key)));
  const within = (most: number) => places.filter((place) => place > 0 && place <= most).length;
  const sum = places.reduce((all, place) => all + (place > 0 ? 1 / place : 0), 0);
  return { asked: places.length, first: within(1), five: within(5), mrr: sum / Math.max(1, places.length) };
}

/** Classes taken together. */
export function total(scores: readonly Score[]): Score {
  const asked = scores.reduce((sum, score) => sum + score.asked, 0);
  return {
    asked,
    first: scores.reduce((sum, score) => sum + score.first, 0),
    five: scores.reduce((sum, score) => sum + score.five, 0),
    mrr: scores.reduce((sum, score) => sum + score.mrr * score.asked, 0) / Math.max(1, asked),
  };
}
