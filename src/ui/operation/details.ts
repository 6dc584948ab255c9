// What the panel shows for one event of the log: an operation of the kernel, a hop of a packet, or a span of the engine.
import type { WorldEvent } from '../../protocol/events.ts';
import { meaningOf, operationOf } from '../../sim/operations.ts';
import { containerOfNetns, type Operation, type World } from '../../sim/world.ts';
import { droppingRule, flagsInWords } from '../../scenes/network/words.ts';
import { argumentInWords, resultInWords } from './kernel-words.ts';

export interface Details {
  readonly title: string;
  readonly meaning: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
  readonly result?: { readonly text: string; readonly failed: boolean };
  readonly who: string;
  readonly timeNs: number;
  readonly container?: string;
  readonly step?: { readonly fn: string; readonly file: string };
  /** The engine's word, not the kernel's. */
  readonly own?: boolean;
  /** First bytes of a packet, 16 a line. */
  readonly dump?: string;
}

export function detailsOf(event: WorldEvent, world: World): Details {
  const head = { who: `${event.comm || 'kernel'}${event.pid ? `, PID ${event.pid}` : ''}`, timeNs: event.timeNs };
  if (event.kind === 'packet') return { ...head, ...packetDetails(event, world) };
  if (event.kind === 'packet.drop') return { ...head, who: 'kernel', ...dropDetails(event, world) };
  if (event.kind === 'stream.lost') return { ...head, ...lostDetails(event) };
  if (event.kind === 'span') return { ...head, ...spanDetails(event, world) };
  const operation = world.operations.findLast((kept) => kept.seq === event.seq) ?? operationOf(world, event);
  if (operation) return { ...head, ...operationDetails(operation, world) };
  const rows = Object.entries(event).filter(([key]) => !['seq', 'timeNs', 'pid', 'comm', 'kind'].includes(key));
  return {
    ...head,
    title: event.kind,
    meaning:
      event.kind === 'process.seen' ? 'It ran before this page began to watch; this is what /proc told of it.' : '',
    rows: rows.map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const),
  };
}

function operationDetails(operation: Operation, world: World): Omit<Details, 'who' | 'timeNs'> {
  const container = operation.container === undefined ? undefined : world.containers.get(operation.container);
  return {
    title: operation.name,
    meaning: meaningOf(operation.name),
    rows: Object.entries(operation.args).map(
      ([name, value]) => [name, argumentInWords(operation.name, name, value)] as const,
    ),
    ...(operation.result === undefined ? {} : { result: resultInWords(operation.result) }),
    ...(container ? { container: container.name } : {}),
    ...(operation.step ? { step: operation.step } : {}),
  };
}

function packetDetails(event: Extract<WorldEvent, { kind: 'packet' }>, world: World): Omit<Details, 'who' | 'timeNs'> {
  const { packet } = event;
  const end = (address: string, port: number | undefined): string =>
    port === undefined ? address : `${address}:${port}`;
  const containerId = containerOfNetns(world, event.netns);
  const container = containerId === undefined ? undefined : world.containers.get(containerId);
  const rows: [string, string][] = [
    ['from', end(packet.source, packet.sourcePort)],
    ['to', end(packet.destination, packet.destinationPort)],
    ['device', `${event.device} (ifindex ${event.ifindex}, net:[${event.netns}])`],
    ['length', `${event.length} bytes`],
  ];
  if (packet.flags) rows.push(['flags', flagsInWords(packet.flags)]);
  if (packet.sequence !== undefined) rows.push(['sequence', String(packet.sequence)]);
  if (packet.acknowledgement !== undefined) rows.push(['acknowledges', String(packet.acknowledgement)]);
  rows.push(['hop of', `sk_buff ${(event.skb >>> 0).toString(16)}`]);
  return {
    title: `${packet.protocol.toUpperCase()} packet, ${event.direction === 'rx' ? 'received' : 'sent'} by ${event.device}`,
    meaning:
      event.direction === 'rx'
        ? 'The device handed this packet to its network namespace.'
        : 'The network namespace handed this packet to the device.',
    rows,
    dump: hexDump(event.header),
    ...(container ? { container: container.name } : {}),
  };
}

function dropDetails(
  event: Extract<WorldEvent, { kind: 'packet.drop' }>,
  world: World,
): Omit<Details, 'who' | 'timeNs'> {
  const { packet, hook, device, outDevice } = event;
  const rows: [string, string][] = [
    ['from', packet.source],
    ['to', packet.destination],
    ['hook', hook],
    ['reason', event.reason],
  ];
  if (device) rows.push(['came in by', device]);
  if (outDevice) rows.push(['would leave by', outDevice]);
  const rule = droppingRule(world, event);
  if (rule) rows.push(['rule that fits', rule]);
  return {
    title: `${packet.protocol.toUpperCase()} packet, dropped`,
    meaning: meaningOf(event.reason),
    rows,
    dump: hexDump(event.header),
  };
}

function lostDetails({
  events,
  reason,
}: Extract<WorldEvent, { kind: 'stream.lost' }>): Omit<Details, 'who' | 'timeNs'> {
  return {
    title: 'events lost',
    meaning:
      'Here the page did not get all that the kernel recorded. From now on the picture may show what is gone, or miss what is there; a restart of the machine brings a whole one.',
    rows: [...(events > 0 ? [['events', String(events)] as const] : []), ['reason', reason]],
    own: true,
  };
}

function spanDetails(event: Extract<WorldEvent, { kind: 'span' }>, world: World): Omit<Details, 'who' | 'timeNs'> {
  const { span } = event;
  const told = world.spans.get(span.id);
  const { fn, file } = span.a ?? {};
  const rows = Object.entries({ ...span.a, ...told?.attributes }).map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as [string, string],
  );
  if (told?.endedNs !== undefined) rows.push(['took', `${((told.endedNs - told.beganNs) / 1e6).toFixed(1)} ms`]);
  return {
    title: `${span.c}: ${span.n}`,
    meaning: 'The engine’s own word for what it is doing; what happened is what the kernel reports below it.',
    rows,
    own: true,
    ...(typeof fn === 'string' && typeof file === 'string' ? { step: { fn, file } } : {}),
  };
}

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = Array.from(part, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
