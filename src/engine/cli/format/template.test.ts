import { describe, expect, it } from 'vitest';
import { formatList, withLabels } from './list.ts';
import { compileTemplate } from './template.ts';

const data = {
  Name: '/web',
  State: { Status: 'running', Pid: 12 },
  Mounts: [{ Source: 'a' }, { Source: 'b' }],
  Config: { Labels: { x: '1' }, Env: ['A=1', 'B=2'] },
  Empty: [],
};
const render = (source: string): string => compileTemplate(source)(data);

describe('methods of a list’s rows', () => {
  const row = withLabels({ Name: 'web', Labels: 'com.example.some-role=front' }, { 'com.example.some-role': 'front' });
  const list = (format: string): string =>
    formatList([row], { format, fields: { Name: 'NAME', Labels: 'LABELS' }, shown: ['Name'] });

  it('are called with what stands behind them, and are no field of JSON', () => {
    expect(list('{{.Label "com.example.some-role"}} [{{.Label "nosuch"}}]')).toBe('front []\n');
    expect(list('table {{.Name}}\\t{{.Label "com.example.some-role"}}')).toBe('NAME      some role\nweb       front\n');
    expect(list('json')).toBe('{"Labels":"com.example.some-role=front","Name":"web"}\n');
    expect(() => list('{{.Name "x"}}')).toThrow('Name is not a method but has arguments');
    expect(() => list('{{.Label}}')).toThrow('wrong number of args for Label: want 1 got 0');
  });
});

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
