// Go's text/template, as `--format` takes it. https://pkg.go.dev/text/template
// Source → tokens (template/lex.ts) → tree (parse.ts) → text (run.ts); functions.ts has what may be called.
import { functions } from './template/functions.ts';
import { parse } from './template/parse.ts';
import { run, type DataKind } from './template/run.ts';
import type { Value } from './template/values.ts';

export { TemplateError } from './template/parse.ts';

/**
 * A template ready to run: `render(data)` answers the text. Both throw TemplateError, whose message is Go's own, whole:
 * `template: NAME:1: unclosed action`, `template: NAME:1:2: executing "NAME" at <.X>: …`.
 */
export function compileTemplate(source: string, options: DataKind & { name?: string } = {}): (data: Value) => string {
  const tree = parse(source, options.name ?? '', (name) => name in functions);
  return (data) => run(tree, data, options);
}
