// The scenes in the switcher's order: one line each.
import { build } from './build/index.ts';
import { cgroups } from './cgroups/index.ts';
import { layers } from './layers/index.ts';
import { network } from './network/index.ts';
import { processes } from './processes/index.ts';
import { request } from './request/index.ts';
import type { Scene } from './scene.ts';

export const scenes: readonly Scene[] = [request, processes, layers, build, cgroups, network];
