import { Problem, type ProblemCode } from "@orderwatch/shared/problem.ts";
import { expect } from "vitest";
import type { Answer } from "./shop-server.ts";

/** The problem document that a refusal must be. */
export function problemOf(answer: Answer, code: ProblemCode, status: number): Problem {
  expect(answer.headers.get("content-type"), answer.text).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const problem = Problem.parse(answer.body);
  expect([problem.code, problem.status, answer.status]).toEqual([code, status, status]);
  expect(answer.headers.get("x-request-id")).toBe(problem.requestId);
  return problem;
}
