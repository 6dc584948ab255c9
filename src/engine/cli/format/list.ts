// `--format` for every list: the default table, `table TEMPLATE`, `json`, or a Go template for each row.
import { CommandError, messageOf } from '../command.ts';
import { table } from './table.ts';
import { compileTemplate } from './template.ts';

/** A column: its field's name in templates, and its head. */
export type Columns = Readonly<Record<string, string>>;
/** A null shows in JSON only. */
export type Row = Readonly<Record<string, string | null>>;
export type Labels = Readonly<Record<string, string>> | null | undefined;

/** A row to whose labels a template comes by name, as `{{.Label "com.example"}}`; JSON has them as text only. */
export function withLabels(row: Row, labels: Labels): Row {
  const methods = { Label: (name: string): string => labels?.[name] ?? '' };
  return Object.assign(Object.create(methods) as object, row);
}

/** The labels' own column, as text. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** The head of a label's column is the last word of its name. */
const headOfLabel = { Label: (name: string): string => (name.split('.').at(-1) ?? '').replace(/[-_]/g, ' ') };

interface ListOptions {
  readonly format: string;
  /** The field that -q prints alone. */
  readonly quiet?: string | undefined;
  /** The heads of all fields that a template may name. */
  readonly fields: Columns;
  /** Those of the default table. */
  readonly shown: readonly string[];
  /** How the real client calls a row in its messages: `formatter.imageContext`. */
  readonly type: string;
  /** docker ps tries a template before it has any rows, and has words of its own for what is wrong with it. */
  readonly isTriedFirst?: boolean;
}

/** The text of a list. Throws CommandError for a template that cannot be read. */
export function formatList(rows: readonly Row[], options: ListOptions): string {
  const { fields, shown, quiet, type, isTriedFirst = false } = options;
  if (quiet !== undefined) return rows.map((row) => `${row[quiet]}\n`).join('');
  const format = options.format === '' ? 'table' : options.format;
  if (format === 'json' || format === '{{json .}}')
    return rows.map((row) => `${escapeHtml(JSON.stringify(sorted(row)))}\n`).join('');
  if (format === 'table')
    return table(
      [shown.map((name) => fields[name] ?? name), ...rows.map((row) => shown.map((name) => row[name] ?? ''))],
      3,
      10,
    );
  const asTable = format.startsWith('table ');
  const source = (asTable ? `      ${format.slice(6)}` : format).replace(/\\t/g, '\t').replace(/\\n/g, '\n');
  const wrong = (error: unknown, what: string): CommandError =>
    new CommandError(`${isTriedFirst ? `failed to ${what} template` : 'template parsing error'}: ${messageOf(error)}`);
  let render: (data: unknown) => string;
  try {
    render = compileTemplate(source, { type: `*${type}` });
  } catch (error) {
    throw wrong(error, 'parse');
  }
  try {
    if (isTriedFirst) render(withLabels(Object.fromEntries(Object.keys(fields).map((name) => [name, ''])), undefined));
    if (!asTable) return rows.map((row) => `${render(row)}\n`).join('');
    const heads = Object.assign(Object.create(headOfLabel) as object, fields);
    const cells = (row: object): string[] => render(row).replace(/^ {6}/, '').split('\t');
    return table([cells(heads), ...rows.map(cells)], 3, 10);
  } catch (error) {
    throw wrong(error, 'execute');
  }
}

/** As Go's encoding/json does it, for pages that have JSON in them. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);
}

/** Go writes the names of a map in their order. */
function sorted(row: Row): Row {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface ObjectOptions {
  /** The template's name in messages. */
  readonly name?: string;
  /** The Go type of what is shown where it is no JSON. */
  readonly type?: string;
}

/** `--format` of inspect: a template run on each object, or indented JSON of them all. */
export function formatObjects(objects: readonly unknown[], format: string, options: ObjectOptions = {}): string {
  if (format === '') return `${JSON.stringify(objects, null, 4)}\n`;
  if (format === 'json') return `${JSON.stringify(objects)}\n`;
  let render: (value: unknown) => string;
  try {
    render = compileTemplate(format.replace(/\\t/g, '\t').replace(/\\n/g, '\n'), options);
  } catch (error) {
    throw new CommandError(`template parsing error: ${messageOf(error)}`, 64);
  }
  try {
    return objects.map((object) => `${render(object)}\n`).join('');
  } catch (error) {
    const prefix = options.type?.startsWith('system.') ? '' : 'template parsing error: ';
    throw new CommandError(`\n${prefix}${messageOf(error)}`);
  }
}

/** The flags that most lists share. */
export const listFlags = [
  { name: 'filter', short: 'f', type: 'filter', help: 'Only what meets these conditions' },
  { name: 'format', type: 'string', help: "Format: 'table', 'table TEMPLATE', 'json' or a Go template" },
  { name: 'quiet', short: 'q', type: 'bool', help: 'Only IDs' },
  { name: 'no-trunc', type: 'bool', help: "Don't truncate output" },
] as const;
