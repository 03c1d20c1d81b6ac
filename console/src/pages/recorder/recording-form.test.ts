import { expect, test } from "vitest";
import { parseTags } from "./recording-form.ts";

test("tags are parted by commas, and what is empty is left out", () => {
  expect(parseTags(" boiler/+/temp, ,pump/# ,")).toEqual(["boiler/+/temp", "pump/#"]);
});
