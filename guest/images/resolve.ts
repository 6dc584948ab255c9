// Which packages a step needs beyond the steps below it, asked of apt's own resolver as if the machine were an empty i386 one.
// Called with --relock only; the answer is kept in lock.json.

import { execFileSync } from 'node:child_process';
import { lockPackage, type LockedPackage } from '../rootfs/deb.ts';
import type { Step } from './images.ts';

const APT = [
  ...['-o', 'Dir::State::status=/dev/null', '-o', 'APT::Architecture=i386', '-o', 'APT::Install-Recommends=0'],
  ...['-o', 'Dir::Cache::pkgcache=', '-o', 'Dir::Cache::srcpkgcache='],
];

function closure(packages: readonly string[]): LockedPackage[] {
  const output = execFileSync('apt-get', [...APT, 'install', '--print-uris', '-y', ...packages], { encoding: 'utf8' });
  return [...output.matchAll(/^'[^']+' ([^_ ]+)_([^_ ]+)_[^_ ]+\.deb /gm)].map(([, name = '', version = '']) =>
    lockPackage(name, decodeURIComponent(version)),
  );
}

export type Lock = Readonly<Record<string, readonly LockedPackage[]>>;

/** By step name, in apt's order of unpacking. */
export function resolve(steps: readonly Step[]): Lock {
  const lock: Record<string, LockedPackage[]> = { busybox: [lockPackage('busybox-static')] };
  const wanted = new Map<string, readonly string[]>();
  for (const step of steps) {
    const below = step.from === undefined ? [] : (wanted.get(step.from) ?? []);
    const all = [...below, ...step.packages];
    wanted.set(step.name, all);
    const present = new Set<string>();
    for (let at: Step | undefined = step; at?.from !== undefined;) {
      const from: string = at.from;
      for (const locked of lock[from] ?? []) present.add(locked.name);
      at = steps.find((candidate) => candidate.name === from);
    }
    lock[`${step.name}/extract`] = (step.extract ?? []).map((from) => lockPackage(from.package));
    lock[step.name] = closure(all).filter((locked) => !present.has(locked.name));
  }
  return lock;
}
