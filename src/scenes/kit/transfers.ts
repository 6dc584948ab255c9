// Layers on their way between a registry and here, in words and numbers: for the scenes that tell of them.
import { hasArrived } from '../../sim/reduce/span.ts';
import type { LayerTransfer, World } from '../../sim/world.ts';
import { bytesText } from './bytes.ts';

/** The digest's first six characters. */
export const shortDigest = ({ digest }: LayerTransfer): string => digest.replace('sha256:', '').slice(0, 6);

/** How much of it has arrived, 0 to 1. */
export function shareOf(transfer: LayerTransfer): number {
  if (hasArrived(transfer)) return 1;
  return transfer.total > 0 ? Math.min(1, transfer.current / transfer.total) : 0;
}

const WORDS: Readonly<Record<string, string>> = {
  exists: 'already there',
  complete: 'arrived',
  mounted: 'in another repository',
};

/** `downloading 3.2 of 24 MB`, `already here · 1.0 MB`. */
export function stateInWords(transfer: LayerTransfer): string {
  const { state, current, total, direction } = transfer;
  if ((state === 'downloading' || state === 'pushing') && total > 0)
    return `${state} ${bytesText(current)} of ${bytesText(total)}`;
  const words = state === 'exists' && direction === 'pull' ? 'already here' : (WORDS[state] ?? state);
  return total > 0 ? `${words} · ${bytesText(total)}` : words;
}

/** Layers that travel now, and those of the last command that moved any; the newest image only. */
export function transfersNow(world: World): readonly LayerTransfer[] {
  const all = [...world.transfers.values()];
  const newest = all.reduce<LayerTransfer | undefined>(
    (last, each) => (last && last.seq > each.seq ? last : each),
    undefined,
  );
  if (!newest) return [];
  const same = all.filter(({ direction, image }) => direction === newest.direction && image === newest.image);
  if (!same.every(hasArrived)) return same;
  let command = 0;
  for (const span of world.spans.values()) if (span.name === 'cli') command = Math.max(command, span.seq);
  const told = same.filter((each) => each.seq > command);
  return told.length > 0 ? same : [];
}
