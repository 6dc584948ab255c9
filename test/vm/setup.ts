// Before the tests that boot the kernel: everything the page would load must be built and current.
import { buildGuest } from '../../scripts/build-guest.ts';

export default async function setup(): Promise<void> {
  await buildGuest((line) => console.log(`guest: ${line}`));
}
