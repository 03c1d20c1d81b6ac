/** How long something took, as people say it: ms below a second, seconds from there on. */
export const durationText = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);
