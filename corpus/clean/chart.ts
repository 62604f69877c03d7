export interface Point { x: number; y: number }

const PALETTE = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"];

export function path(points: Point[], precision = 4): string {
  return points.map((p, i) => `${i === 0 ? "M" : "L"}${p.x.toFixed(precision)},${p.y.toFixed(precision)}`).join(" ");
}

export const SAMPLE: Point[] = [
  { x: 37.7749295, y: 122.4194155 },
  { x: 40.7127837, y: 74.0059413 },
  { x: 41.8781136, y: 87.6297982 },
];
