// Device nodes of a container and who may open them: Docker's basic set, --device, --device-cgroup-rule, --privileged.
import type { Device, DeviceRule } from '../../runc/spec.ts';
import * as sys from '../../sys/index.ts';
import { invalidParameter } from '../errors.ts';
import type { HostConfig } from './types.ts';

/** null zero full tty random urandom are runc's own; what stands here is the permission to use them. */
const DEFAULT_RULES: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...(
    [
      [1, 3],
      [1, 5],
      [1, 7],
      [1, 8],
      [1, 9],
      [5, 0],
      [5, 1],
      [5, 2],
    ] as const
  ).map(([major, minor]): DeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

export function devicesFor(host: HostConfig): { devices: Device[]; rules: readonly DeviceRule[] } {
  if (host.Privileged) return { devices: hostDevices(), rules: [{ allow: true, access: 'rwm' }] };
  const devices: Device[] = [];
  const rules = [...DEFAULT_RULES];
  for (const mapping of host.Devices) {
    const device = deviceAt(mapping.PathOnHost, mapping.PathInContainer || mapping.PathOnHost);
    if (!device) {
      throw invalidParameter(
        `error gathering device information while adding custom device ${JSON.stringify(mapping.PathOnHost)}: no such file or directory`,
      );
    }
    devices.push(device);
    rules.push({
      allow: true,
      type: device.type as 'c' | 'b',
      major: device.major ?? 0,
      minor: device.minor ?? 0,
      access: mapping.CgroupPermissions || 'rwm',
    });
  }
  for (const text of host.DeviceCgroupRules ?? []) rules.push(parseRule(text));
  return { devices, rules };
}

/** `c 42:* rmw` */
function parseRule(text: string): DeviceRule {
  const found = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (!found) throw invalidParameter(`invalid device cgroup rule format: '${text}'`);
  const [, type, major, minor, access = ''] = found;
  return {
    allow: true,
    type: type as 'a' | 'c' | 'b',
    ...(major === '*' ? {} : { major: Number(major) }),
    ...(minor === '*' ? {} : { minor: Number(minor) }),
    access,
  };
}

function deviceAt(path: string, inside: string): Device | undefined {
  const [S_IFMT, S_IFCHR, S_IFBLK] = [0o170000, 0o020000, 0o060000];
  const stat = sys.statIfExists(path);
  const kind = stat === undefined ? 0 : stat.mode & S_IFMT;
  if (!stat || (kind !== S_IFCHR && kind !== S_IFBLK)) return undefined;
  const { major, minor } = sys.devParts(stat.rdev);
  return {
    path: inside,
    type: kind === S_IFCHR ? 'c' : 'b',
    major,
    minor,
    fileMode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
  };
}

/** --privileged: every device node of the machine. */
function hostDevices(): Device[] {
  const devices: Device[] = [];
  for (const name of sys.listNames('/dev')) {
    const device = deviceAt(`/dev/${name}`, `/dev/${name}`);
    if (device && name !== 'console') devices.push(device);
  }
  return devices;
}
