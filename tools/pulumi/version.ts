// The Pulumi CLI that the set-up builds when none is installed, with the host of YAML programs, and the oldest that the
// provider works with: 3.176 is the first whose engine takes view resources, which the node and wire rows of a preview are.

export const pulumiCliVersion = "3.259.0";
export const pulumiCliVersionMin = "3.176.0";
export const pulumiYamlVersion = "1.38.1";

/** Compares the three numbers of two versions; a suffix such as `-alpha.1` or `rc2` does not count. */
export function atLeastVersion(version: string, minimum: string): boolean {
  const [have, need] = [numbersOf(version), numbersOf(minimum)];
  const different = need.findIndex((number, place) => have[place] !== number);
  return different === -1 || have[different]! > need[different]!;
}

function numbersOf(version: string): number[] {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return parts === null ? [0, 0, 0] : parts.slice(1).map((part) => Number(part ?? 0));
}
