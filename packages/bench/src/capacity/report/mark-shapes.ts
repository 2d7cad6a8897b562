/** Marks that differ in shape too, so that nothing hangs on colour alone: SVG paths around 0, 0, 5 px to each side. */
export const MARK_SHAPES = {
  circle: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",
  square: "M-4 -4H4V4H-4Z",
  diamond: "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
  up: "M0 -5L5 4H-5Z",
  down: "M0 5L5 -4H-5Z",
  bar: "M-1.5 -6H1.5V6H-1.5Z",
  plus: "M-1.5 -5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z",
} as const;

/** A part of a bar, in a legend. */
export const SWATCH = "M-6 -5H6V5H-6Z";
