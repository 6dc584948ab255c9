import { describe, expect, it } from 'vitest';
import { compileTemplate } from './template.ts';

const data = {
  Name: '/web',
  State: { Status: 'running', Pid: 12 },
  Mounts: [{ Source: 'a' }, { Source: 'b' }],
  Config: { Labels: { x: '1' }, Env: ['A=1', 'B=2'] },
  Empty: [],
};
const render = (source: string): string => compileTemplate(source)(data);

describe('compileTemplate', () => {
  it.each([
    ['{{.Name}}', '/web'],
    ['{{ .State.Status | upper }} {{.State.Pid}}', 'RUNNING 12'],
    ['{{json .Mounts}}', '[{"Source":"a"},{"Source":"b"}]'],
    ['{{range .Mounts}}<{{.Source}}>{{end}}', '<a><b>'],
    ['{{range $i, $m := .Mounts}}{{$i}}={{$m.Source}} {{end}}', '0=a 1=b '],
    ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
    ['{{if eq .State.Status "running" "paused"}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .Empty}}a{{else if .Name}}b{{else}}c{{end}}', 'b'],
    ['{{with .State}}{{.Pid}}{{end}}', '12'],
    ['{{index .Config.Labels "x"}}', '1'],
    ['{{(index .Mounts 1).Source}}', 'b'],
    ['{{join .Config.Env ","}}', 'A=1,B=2'],
    ['{{len .Mounts}} {{not .Empty}} {{and .Name .Empty}} {{or .Empty .Name}}', '2 true [] /web'],
    ['{{println "a" 1}}', 'a 1\n'],
    ['{{$n := .Name}}{{ $n -}}   !', '/web!'],
    ['{{printf "%-6s|%3d" "ab" 7}}', 'ab    |  7'],
    ['{{.Config}}', 'map[Env:[A=1 B=2] Labels:map[x:1]]'],
    ['{{split "a/b" "/"}}', '[a b]'],
    ['{{"}}"}}', '}}'],
  ])('%s', (source, out) => expect(render(source)).toBe(out));

  it.each(['{{.Name', '{{if .Name}}', '{{end}}', '{{nope .}}', '{{.Nope}}', '{{index .Mounts 9}}', '{{| lower}}'])(
    'refuses %s',
    (source) => {
      expect(() => render(source)).toThrow();
    },
  );
});
