// A container keeps its hue everywhere; the lowest one that no standing container wears is given next.
import type { Container } from './world.ts';

export const HUES = 8;

/** The hue, 1 to 8, for a container that is about to stand beside these. */
export function nextHue(containers: Iterable<Container>): number {
  const worn = new Array<number>(HUES).fill(0);
  for (const container of containers) worn[container.hue - 1] = (worn[container.hue - 1] ?? 0) + 1;
  return worn.indexOf(Math.min(...worn)) + 1;
}
