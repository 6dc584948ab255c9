// The `format` files under /sys/kernel/tracing/events describe each event's record: names, offsets and sizes of its fields.
// Parsed once for this very kernel, so that no offset of a record stands in our source. See Documentation/trace/events.rst.
import { cString } from './text.ts';
import { protocolError, type ProtocolError } from './protocol-error.ts';

export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** `at`: the value lies there. `loc`, `rel`: a word says where (from the record's start, from the word's end). */
  readonly place: 'at' | 'loc' | 'rel';
  /** Bytes of one element; smaller than `size` for an array. */
  readonly elementBytes: number;
}

export interface EventFormat {
  readonly id: number;
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
}

/** Parses one format file. */
export function parseFormat(text: string): EventFormat | ProtocolError {
  const name = /^name: (\S+)$/m.exec(text)?.[1];
  const id = Number(/^ID: (\d+)$/m.exec(text)?.[1] ?? NaN);
  if (name === undefined || !Number.isInteger(id)) return protocolError(`no event format: ${text.slice(0, 40)}`);
  const fields = new Map<string, Field>();
  for (const match of text.matchAll(/^\s*field:([^;]+);\s*offset:(\d+);\s*size:(\d+);\s*signed:([01]);/gm)) {
    const field = parseField(match[1] ?? '', Number(match[2]), Number(match[3]), match[4] === '1');
    fields.set(field.name, field);
  }
  return { id, name, fields };
}

function parseField(declaration: string, offset: number, size: number, signed: boolean): Field {
  // `__data_loc char[] path`, `u64 argv[32]`, `char comm[16]`, `const void * skbaddr`
  const [, prefix, name = '', count] =
    /^(__data_loc |__rel_loc )?.*?([A-Za-z_]\w*)(?:\[([^\]]*)\])?$/.exec(declaration) ?? [];
  const place = prefix === undefined ? 'at' : prefix.startsWith('__data_loc') ? 'loc' : 'rel';
  const elements = Number(count);
  const elementBytes = Number.isInteger(elements) && elements > 1 && size > 0 ? size / elements : size;
  return { name, offset, size, signed, place, elementBytes };
}

/** Reads fields of one record. A field that is missing or lies outside reads as 0 or '', and marks the record damaged. */
export class TraceRecord {
  damaged = false;
  readonly #view: DataView;

  constructor(
    readonly format: EventFormat,
    private readonly bytes: Uint8Array,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int(name: string): number {
    const field = this.#field(name);
    if (!field) return 0;
    const view = this.#view;
    const { offset, signed } = field;
    switch (field.elementBytes) {
      case 1:
        return signed ? view.getInt8(offset) : view.getUint8(offset);
      case 2:
        return signed ? view.getInt16(offset, true) : view.getUint16(offset, true);
      case 4:
        return signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
      case 8:
        return (
          view.getUint32(offset, true) +
          (signed ? view.getInt32(offset + 4, true) : view.getUint32(offset + 4, true)) * 2 ** 32
        );
      default:
        this.damaged = true;
        return 0;
    }
  }

  /** Text up to its NUL; the kernel writes "(fault)" for none, as a text of no bytes. */
  text(name: string): string {
    return cString(this.array(name));
  }

  /** The field's bytes; of a field without a size (trace_marker's text) all that is left of the record. */
  array(name: string): Uint8Array {
    const field = this.#field(name);
    if (!field) return this.bytes.subarray(0, 0);
    if (field.place === 'at')
      return this.bytes.subarray(field.offset, field.size === 0 ? undefined : field.offset + field.size);
    const word = this.#view.getUint32(field.offset, true);
    const start = (word & 0xffff) + (field.place === 'rel' ? field.offset + field.size : 0);
    const end = start + (word >>> 16);
    if (end > this.bytes.byteLength) this.damaged = true;
    return this.bytes.subarray(start, Math.min(end, this.bytes.byteLength));
  }

  #field(name: string): Field | undefined {
    const field = this.format.fields.get(name);
    if (field && field.offset + field.size <= this.bytes.byteLength) return field;
    this.damaged = true;
    return undefined;
  }
}
