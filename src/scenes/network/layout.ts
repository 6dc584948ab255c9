// Network, from the top: a room for every network namespace, the cables (veth pairs) down to the bridges, and the VM's
// outer wall with eth0 and the published ports. A packet stands at the device that the kernel saw it at last, so it travels
// as it travelled.
import type { World } from '../../sim/world.ts';
import { emptyPicture } from '../kit/empty.ts';
import type { Picture } from '../kit/figure.ts';
import { bridges, loose, looseDevices, sockets, wall } from './ground.ts';
import { flight, listHeight, packetList } from './packets.ts';
import { MARGIN, planOf, PLUG_H } from './plan.ts';
import { hosted, HOSTED_H, rooms, roomsHeight } from './rooms.ts';

/** From the bridges' upper edge to the outer wall. */
const GROUND = 30 + 60 + PLUG_H;
const CABLE = { shortest: 96, longest: 190 };

/** The picture of all network namespaces. */
export function layout(world: World, width: number, height: number): Picture {
  const plan = planOf(world, width);
  if (plan.links.length === 0)
    return emptyPicture(
      'The machine’s network appears as soon as it runs.',
      'docker run -d -p 8080:80 nginx',
      width,
      height,
    );
  const high = roomsHeight(plan);
  const list = listHeight(world);
  const looseRow = looseDevices(plan).length > 0 ? PLUG_H + 36 : 0;
  const hostedRow = plan.hosted.length > 0 ? HOSTED_H + 16 : 0;
  const free = height - MARGIN - high - looseRow - hostedRow - GROUND - 34 - list;
  const gap = Math.max(CABLE.shortest, Math.min(CABLE.longest, free));
  const roomsTop = MARGIN + Math.max(0, (free - gap) / 3);
  const bridgeY = roomsTop + high + gap;
  const wallY = bridgeY + GROUND + looseRow + hostedRow;
  rooms(plan, roomsTop);
  bridges(plan, bridgeY);
  sockets(plan, bridgeY);
  if (looseRow > 0) loose(plan, bridgeY + 30 + 28);
  if (hostedRow > 0) hosted(plan, wallY - PLUG_H - 2 - hostedRow);
  wall(plan, wallY, bridgeY);
  flight(plan);
  const listTop = Math.max(wallY + 34, height - list);
  packetList(plan, listTop);
  return { figures: plan.figures, height: listTop + list };
}
