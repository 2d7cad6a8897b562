/** For 1…9 degrees of freedom, where the expansion below is too coarse. */
const FIRST = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/**
 * The value that Student's t exceeds in size with a chance of 5 % (two-sided 95 %), within 0.01 of the tables.
 * `degreesOfFreedom`: 1 or more. Throws a RangeError otherwise: without a spare point nothing is known of the noise.
 */
export function studentT95(degreesOfFreedom: number): number {
  if (!(degreesOfFreedom >= 1)) throw new RangeError(`no t for ${degreesOfFreedom} degrees of freedom`);
  const known = FIRST[Math.floor(degreesOfFreedom) - 1];
  if (known !== undefined) return known;
  // Cornish-Fisher expansion about the normal quantile (Abramowitz & Stegun 26.7.5).
  return 1.95996 + 2.3723 / degreesOfFreedom + 2.8225 / degreesOfFreedom ** 2;
}
