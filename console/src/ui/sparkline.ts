// The shape of a sparkline: values from left to right, zero at the bottom, so that a rate that halves looks half as high.

export interface SparklineShape {
  readonly line: string;
  readonly area: string;
}

/** Undefined when there is nothing to draw. A line of one value is level; the top is the largest value. */
export function sparkline(values: readonly number[], width: number, height: number): SparklineShape | undefined {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return undefined;
  const top = Math.max(...finite);
  const step = width / (finite.length - 1);
  const points = finite.map((value, index) => {
    const share = top === 0 ? 0 : Math.max(value, 0) / top;
    return `${round(index * step)} ${round(height - 1 - share * (height - 2))}`;
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` };
}

const round = (value: number): number => Math.round(value * 10) / 10;
