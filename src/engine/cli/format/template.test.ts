import { describe, expect, it } from 'vitest';
import { formatList, withLabels } from './list.ts';
import { compileTemplate, TemplateError } from './template.ts';

const data = {
  Name: '/web',
  State: { Status: 'running', Pid: 12 },
  Mounts: [{ Source: 'a' }, { Source: 'b' }],
  Config: { Labels: { x: '1' }, Env: ['A=1', 'B=2'] },
  Empty: [],
};
const render = (source: string): string => compileTemplate(source)(data);

it('is tried by docker ps before there are any rows', () => {
  const list = (isTriedFirst: boolean) => (): string =>
    formatList([], { format: '{{.Nope}}', fields: { Names: 'NAMES' }, shown: ['Names'], type: 'x.rows', isTriedFirst });
  expect(list(true)).toThrow(/^failed to execute template: .*can't evaluate field Nope/);
  expect(list(false)()).toBe('');
});

describe('methods of a list’s rows', () => {
  const row = withLabels({ Name: 'web', Labels: 'com.example.some-role=front' }, { 'com.example.some-role': 'front' });
  const list = (format: string): string =>
    formatList([row], { format, fields: { Name: 'NAME', Labels: 'LABELS' }, shown: ['Name'], type: 'x.rows' });

  it('are called with what stands behind them, and are no field of JSON', () => {
    expect(list('{{.Label "com.example.some-role"}} [{{.Label "nosuch"}}]')).toBe('front []\n');
    expect(list('table {{.Name}}\\t{{.Label "com.example.some-role"}}')).toBe('NAME      some role\nweb       front\n');
    expect(list('json')).toBe('{"Labels":"com.example.some-role=front","Name":"web"}\n');
    expect(() => list('{{.Name "x"}}')).toThrow('at <.Name>: wrong number of args for Name: want 0 got 1');
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
    ['{{.Config}}', '{map[x:1] [A=1 B=2]}'],
    ['{{.Config.Labels}} {{.Config.Labels.nosuch}}', 'map[x:1] <no value>'],
    ['{{range .Config.Env}}{{.}}{{break}}{{end}}', 'A=1'],
    ['{{range $i, $e := .Config.Env}}{{if eq $i 0}}{{continue}}{{end}}{{$e}}{{end}}', 'B=2'],
    ['{{range 3}}{{.}}{{end}}', '012'],
    ['{{define "a"}}<{{.}}>{{end}}{{template "a" .Name}}{{block "b" 1}}{{.}}{{end}}', '</web>1'],
    ["{{1.5}} {{1e3}} {{0x1f}} {{'a'}} {{true}}", '1.5 1000 31 97 true'],
    ['{{.Name | }}', '/web'],
    ['{{with $x := 5}}{{$x}}{{$x = 6}}{{$x}}{{end}}', '56'],
    ['{{.Name -}}  x {{- /* hi */ -}} y', '/webxy'],
    ['{{printf "%d|%05d|%x|%q|%.3s|%T" .Name 7 91 "a" "abcdef" 1}}', '%!d(string=/web)|00007|5b|"a"|abc|int'],
    ['{{print 1 2 "x" "y" 3}} {{html "<a>"}} {{urlquery "a b"}}', '1 2xy3 &lt;a&gt; a+b'],
    ['{{.Config.ExposedPorts}} {{.Config.Healthcheck}} {{json .Config.Shell}}', 'map[] <nil> null'],
    ['{{split "a/b" "/"}}', '[a b]'],
    ['{{"}}"}}', '}}'],
  ])('%s', (source, out) => expect(render(source)).toBe(out));

  // What the real client 28.2 says to each of these.
  it.each([
    ['{{.Name', 'template: :1: unclosed action'],
    ['{{if .Name}}', 'template: :1: unexpected EOF'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['{{nope .}}', 'template: :1: function "nope" not defined'],
    ['{{$x}}', 'template: :1: undefined variable "$x"'],
    ['{{| lower}}', 'template: :1: unexpected "|" in command'],
    ['{{(.Name}}', 'template: :1: unclosed left paren'],
    ['{{"abc}}', 'template: :1: unterminated quoted string'],
    ['{{"\\q"}}', 'template: :1: invalid syntax'],
    ['{{.Name,}}', 'template: :1: unexpected "," in operand'],
    ['{{if}}x{{end}}', 'template: :1: missing value for if'],
    ['{{break}}', 'template: :1: {{break}} outside {{range}}'],
    ['{{/* c */}}{{/* x', 'template: :1: unclosed comment'],
    ['{{.Nope}}', 'template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'],
    ['{{.State.Nope}}', 'template: :1:8: executing "" at <.State.Nope>: map has no entry for key "Nope"'],
    ['{{.Name.X}}', `template: :1:7: executing "" at <.Name.X>: can't evaluate field X in type interface {}`],
    ['x\n{{index .Mounts 9}}', 'template: :2:2: executing "" at <index .Mounts 9>: error calling index: index out of range: 9'],
    ['{{index .Mounts "0"}}', 'template: :1:2: executing "" at <index .Mounts "0">: error calling index: cannot index slice/array with type string'],
    ['{{index .Config.Labels 1}}', 'template: :1:2: executing "" at <index .Config.Labels 1>: error calling index: value has type int; should be string'],
    ['{{lower .State.Pid}}', 'template: :1:14: executing "" at <.State.Pid>: wrong type for value; expected string; got json.Number'],
    ['{{lower}}', 'template: :1:2: executing "" at <lower>: wrong number of args for lower: want 1 got 0'],
    ['{{.Name .State}}', 'template: :1:2: executing "" at <.Name>: Name is not a method but has arguments'],
    ['{{1 .Name}}', `template: :1:2: executing "" at <1>: can't give argument to non-function 1`],
    ['{{nil}}', 'template: :1:2: executing "" at <nil>: nil is not a command'],
    ['{{eq .Name 1}}', 'template: :1:2: executing "" at <eq .Name 1>: error calling eq: incompatible types for comparison'],
    ['{{slice .Name 1 99}}', 'template: :1:2: executing "" at <slice .Name 1 99>: error calling slice: index out of range: 99'],
    ['{{range .Name}}{{end}}', `template: :1:8: executing "" at <.Name>: range can't iterate over /web`],
    ['{{template "x"}}', 'template: :1:11: executing "" at <{{template "x"}}>: template "x" not defined'],
  ])('refuses %s as Go does', (source, message) => {
    expect(() => render(source)).toThrow(new TemplateError(message));
  }); // prettier-ignore
});
