import { expect, test } from "vitest";
import { RememberedRights } from "../../src/accounts/remembered-rights.js";

/** Rights that count how often they are asked for, and a clock to turn. */
function remembering(most?: number) {
  const clock = { at: 1, now: () => clock.at };
  const rights = new RememberedRights<{ readonly may: boolean }>(most, clock);
  const asked: string[] = [];
  return {
    clock,
    asked,
    of: (credentials: string, what: string, answer: () => { may: boolean } = () => ({ may: true })) =>
      rights.of(credentials, what, async () => {
        asked.push(`${credentials} ${what}`);
        return answer();
      }),
  };
}

test("an answer about rights holds for 30 s from when it was asked for, used or not, and then it is asked for again", async () => {
  const { clock, asked, of } = remembering();
  await of("token", "acme");
  clock.at += 29_999;
  await of("token", "acme");
  expect(asked).toHaveLength(1);
  clock.at += 2;
  expect(await of("token", "acme", () => ({ may: false }))).toEqual({ may: false });
  expect(asked).toHaveLength(2);
});

test("an answer is one caller's and one object's alone", async () => {
  const { asked, of } = remembering();
  await of("token", "acme");
  await of("token", "rival");
  await of("other", "acme");
  await of("token acme", "");
  expect(asked).toHaveLength(4);
});

test("however many callers come, memory holds so many answers and no more", async () => {
  const { asked, of } = remembering(3);
  for (const token of ["one", "two", "three", "four", "three", "four"]) await of(token, "acme");
  expect(asked).toHaveLength(4);
  await of("one", "acme");
  expect(asked).toHaveLength(5);
});

test("who asks meanwhile shares the answer, and a failure is not remembered", async () => {
  const { asked, of } = remembering();
  const failing = () => {
    throw new Error("nobody answers");
  };
  const both = [of("token", "acme", failing), of("token", "acme", failing)];
  for (const one of both) await expect(one).rejects.toThrow("nobody answers");
  expect(asked).toHaveLength(1);
  expect(await of("token", "acme")).toEqual({ may: true });
});
