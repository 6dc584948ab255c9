// Before the browser tests: the page with its double is built (the product's own build is made by `npm test` itself).
import { buildDouble } from './build.ts';

export default async function setup(): Promise<void> {
  await buildDouble();
}
