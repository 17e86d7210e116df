"""Renders the templates below with jinja2 and writes golden.json, which the tests hold the interpreter to.

    /usr/bin/python3 make_golden.py > golden.json      (Debian's python3-jinja2; the file says which version)

The environment is set up as transformers sets up its own: the immutable sandbox, trim_blocks, lstrip_blocks, loop
controls, tojson without escapes, raise_exception, strftime_now (with a fixed clock here).
"""
import datetime
import json
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

NOW = datetime.datetime(2024, 7, 26, 15, 4, 9, 123000)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


env = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
env.filters["tojson"] = tojson
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = NOW.strftime

VARIABLES = {
    "n": 7, "m": -3, "f": 2.5, "s": "Hello World", "u": "Grüße, 世界 🦙!", "e": "", "t": True, "z": None, "big": 123456789012345678901234567890,
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "d": {"b": 1, "a": 2, "C": 3}, "nested": {"x": {"y": [10, 20, {"k": "v"}]}, "items": "shadowed"},
    "users": [
        {"name": "Ann", "age": 30, "city": "Oslo", "admin": True},
        {"name": "bob", "age": 25, "city": "Rome", "admin": False},
        {"name": "Cyd", "age": 30, "city": "oslo", "admin": True, "nick": "C"},
    ],
    "html": "<b>\"quoted\"</b> & 'more'", "lines": "one\ntwo\n\nthree\r\nfour", "spaced": "  a  b\tc \n", "mixed": [1, "two", 3.0, None, True, [4], {"five": 5}],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello"},
        {"role": "user", "content": [{"type": "text", "text": "look: "}, {"type": "image"}, {"type": "text", "text": "?"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": {"a": 1, "b": [True, None, "x\ny"]}}}]},
        {"role": "tool", "content": "{\"ok\": 1}", "tool_call_id": "call_1", "name": "f"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "description": "Does \"f\"", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]}}}],
}

# Each line an expression, printed.
EXPRESSIONS = r"""
1
-1
+n
- n
--n
not n
not not n
1 + 2 * 3 - 4 / 2
(1 + 2) * 3
7 // 2
-7 // 2
7 // -2
7.5 // 2
-7.5 // 2
7 % 3
-7 % 3
7 % -3
-7.5 % 2
7.5 % -2
0.0 % -3
2 ** 10
2 ** -1
2 ** 0.5
2 ** 3 ** 2
-2 ** 2
(-2) ** 3
0 ** 0
10 ** 20
10 ** 25 // 7
-(10 ** 25) // 7
-(10 ** 25) % 7
9223372036854775807 + 1
-9223372036854775808 - 1
9223372036854775807 * 2
3037000500 * 3037000500
big + 1
big * big
big / 3
big % 97
big // 1000
-big
big > 10 ** 29
1 / 3
10 / 5
1e3
1.5e-7
1e16
123456789.123456789
1e22
1e21
0.1 + 0.2
100000.0
1e5
1e15
12345678901234567.0
5e-324
1.7976931348623157e308
1e308 * 10
-(1e308 * 10)
2.5 + 1
1 + 2.5
True + 1
true * 3
1_000_000
0x1F
0b101
0o17
0XfF
1_0.5_0
.5 is defined
n + m
n - f
n * f
'a' + 'b'
'a' 'b' "c"
'a' ~ 1 ~ none ~ true ~ 1.0
'ab' * 3
3 * 'ab'
'ab' * 0
'ab' * -1
[1, 2] * 2
2 * (1, 2)
[1] + [2, 3]
(1,) + (2,)
'%s and %s' % ('a', 1)
'%s' % 'x'
'%s' % [1, 2]
'%d %i %5d|%-5d|%05d|%+d|% d' % (1, 2, 3, 4, 5, 6, 7)
'%x %X %o %#x %#o' % (255, 255, 8, 255, 8)
'%.2f %8.3f|%-8.1f|%08.2f|%+.1f' % (3.14159, 2.71828, 1.5, -1.5, 2.25)
'%.0f %.0f %.0f %.1f' % (0.5, 1.5, 2.5, 0.25)
'%e %.2e %E %g %g %g %G' % (12345.678, 0.00012, 1.0, 100000.0, 1000000.0, 0.0001, 1e-10)
'%#g %#.3g' % (1.0, 2.0)
'%c%c' % ('a', 98)
'%r %r' % ('it\'s', "q\"q")
'%5s|%-5s|%.2s' % ('ab', 'cd', 'efgh')
'%%'
'100%%' % ()
'%(a)s %(b)05d' % {'a': 'x', 'b': 42}
'%*d|%-*d' % (5, 42, 5, 42)
'%d' % 3.99
'%s %s' % (1,)
'%d' % 'x'
'%s' % ()
'x' % 1
1 == 1.0
1 == true
'1' == 1
[1, 2] == [1, 2.0]
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
none == none
none == false
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
1 == 1 in [1, true]
'a' < 'b'
'a' < 'B'
'Z' < 'a'
[1, 2] < [1, 3]
(1, 2) < (1, 2, 0)
1 < 'a'
none < 1
{} < {}
1 in [1, 2]
'1' in [1, 2]
'ell' in s
'' in ''
1 not in [2]
not 1 in [2]
'b' in d
1 in d
1 in range(3)
5 in range(0, 10, 2)
4 in range(0, 10, 2)
n in (7, 8)
1 in 'abc'
1 in 5
none in none
x in [1]
'a' in x
true and false
n and 'yes'
0 and 'yes'
'' or 'fallback'
n or 'fallback'
none or 0 or ''
not true or true
1 if n else 2
1 if e else 2
1 if e
'a' if e else 'b' if t else 'c'
(1 if false) is defined
[1, 2, 3][0]
[1, 2, 3][-1]
[1, 2, 3][5]
[1, 2, 3][1:]
[1, 2, 3][:-1]
[1, 2, 3][::-1]
[1, 2, 3][::2]
[1, 2, 3, 4, 5][3:0:-1]
[1, 2, 3, 4, 5][-2:]
[1, 2, 3, 4, 5][10:]
[1, 2, 3, 4, 5][-10:2]
[1, 2, 3, 4, 5][4:1:-2]
[1, 2, 3, 4, 5][none:none:none]
(1, 2, 3)[1:]
s[0]
s[-1]
s[1:4]
s[::-1]
s[100:]
s[100]
u[0]
u[11]
u[-2]
u[::-1]
u[7:9]
u[10:13]
u|length
range(5)[1:3]
range(10)[::-3]
range(5)[-1]
range(5)[9]
range(1, 2)
range(0, 10, 3)
range(10, 0, -3)|list
range(0)|list
range(3) == range(3)
range(0)|length
range(2.5)
range('x')
range(1, 2, 0)
range(100001)|length
range(100000)|length
l.0
l.5
d.a
d['a']
d.missing
d['missing']
d[1]
d[[1]]
d.missing.deeper
d.items
nested.items
nested['items']
nested.x.y[2].k
nested.x['y'].0
nested['x'].y.1
s.upper
s.missing
s['upper']()
n.missing
z.missing
z['missing']
l['a']
missing
missing.x
missing['x']
missing()
missing + 1
1 + missing
missing ~ 'x'
missing == missing
missing == none
missing != 1
missing < 1
-missing
missing|length
missing|upper
missing|list
missing|join(',')
missing|first
missing|int
missing|tojson
missing|default('d')
missing|d('d')
missing or 'x'
missing is defined
missing is undefined
missing.x is defined
d.x is defined
d.x.y is defined
d.__class__
s.__class__.__mro__
''.__class__.__mro__[1].__subclasses__()
d._private
l._x is defined
missing._x is defined
{'_x': 5}._x
{'__class__': 5}.__class__
(1, 2)
(1,)
()
[]
{}
{'a': 1, 'b': [1, {'c': none}]}
{1: 'a', 1.0: 'b', true: 'c'}
{'a': 1, 'a': 2}
{(1, 2): 3}[(1, 2)]
{[1]: 2}
{none: 1, 2.5: 'x'}
[1, 'a', 2.0, none, true, (1,), {'k': 'v'}]
['it\'s', "dq\"", 'both\'"', 'nl\n', 'tab\t', 'back\\', 'é', '\x00', '\x7f', '\u200b', '🦙', '\xa0']
mixed
d
d.items()
d.keys()
d.values()
d.items()|list
d.keys()|list
d.values()|sum
d.items()|length
d.get('a')
d.get('q')
d.get('q', 5)
d.copy() == d
'a' in d.keys()
dict(a=1, b=2)
dict({'x': 1}, y=2)
dict([('p', 1), ('q', 2)])
dict()
dict(1)
namespace(a=1).a
namespace({'b': 2}).b
namespace(a=1).missing
namespace(a=1)['a']
namespace(a=1)
'a' in namespace(a=1)
namespace(items=5).items
s.upper()
s.lower()
s.title()
s.capitalize()
s.swapcase()
'straße ǆ ŉ ﬁ'.upper()
'ΑΣ ΑΣΑ Σ'.lower()
'İ'.lower()|length
'ß ǆ ﬁ'.title()
'ßa'.capitalize()
'hello wORLD it\'s 3rd'.title()
'hello wORLD it\'s-a (b) [c] 3rd'|title
'ÉCOLE été'|title
'hELLO'|capitalize
s.split()
s.split('o')
s.split('o', 1)
s.rsplit('o', 1)
s.split(maxsplit=0)
spaced.split()
spaced.split(none, 1)
spaced.rsplit(none, 1)
spaced.split(' ')
'a,b,,c'.split(',')
'a,b,,c'.rsplit(',', 2)
'aXXbXXc'.split('XX')
'abc'.split('')
''.split()
''.split(',')
lines.splitlines()
lines.splitlines(true)
''.splitlines()
'a\x0bb\x1cc\u2028d'.splitlines()
spaced.strip()
spaced.lstrip()
spaced.rstrip()
'xxabxx'.strip('x')
'xyabyx'.lstrip('xy')
'xyabyx'.rstrip('yx')
'\x1f a\x85\u3000'.strip()
'🦙a🦙'.strip('🦙')
s.startswith('Hell')
s.startswith(('x', 'H'))
s.startswith('e', 1)
s.startswith('World', 6, 11)
s.startswith('World', 6, 10)
s.endswith('ld')
s.endswith(('x', 'd'))
s.endswith('lo', 0, 5)
s.startswith(1)
s.startswith('')
s.find('o')
s.find('o', 5)
s.find('zz')
s.rfind('o')
s.rfind('o', 0, 6)
u.find('世')
u.find('!')
u.rfind('🦙')
s.index('W')
s.index('zz')
s.rindex('l')
s.count('l')
s.count('l', 4)
s.count('')
'aaaa'.count('aa')
s.replace('o', '0')
s.replace('o', '0', 1)
s.replace('', '-')
s.replace('', '-', 3)
s.replace('zz', 'y')
''.replace('', 'x')
'aaa'.replace('a', 'b', 0)
', '.join(['a', 'b'])
', '.join([1])
''.join(s)
'-'.join(d)
'-'.join([])
'x'.center(5)
'x'.center(6, '*')
'xy'.center(5, '*')
'xy'.center(1)
'x'.ljust(3, '.')
'x'.rjust(3)
'-5'.zfill(5)
'+5'.zfill(4)
'abc'.zfill(2)
'a\tb'.expandtabs()
'a\tbc\td'.expandtabs(4)
'abc'.isalpha()
'ab1'.isalpha()
''.isalpha()
'123'.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
'½'.isdigit()
'٣'.isdigit()
'ab1'.isalnum()
' \t'.isspace()
''.isspace()
'ABC'.isupper()
'ABc'.isupper()
'123'.isupper()
'abc1'.islower()
'Abc Def'.istitle()
'Abc def'.istitle()
'abc_1'.isidentifier()
'1abc'.isidentifier()
'abc'.isascii()
'é'.isascii()
'a b'.isprintable()
'a\nb'.isprintable()
'prefix-x'.removeprefix('prefix-')
'prefix-x'.removeprefix('y')
'x.txt'.removesuffix('.txt')
'a.b.c'.partition('.')
'a.b.c'.rpartition('.')
'abc'.partition('.')
'abc'.rpartition('.')
'{} {}'.format(1, 'a')
'{1} {0}'.format('a', 'b')
'{a} {b!r}'.format(a=1, b='x')
'{0[1]} {0[0]}'.format([1, 2])
'{0.a}'.format({'a': 5})
'{:>8}|{:<8}|{:^8}|{:*^9}'.format('ab', 'cd', 'ef', 'gh')
'{:5d}|{:<5d}|{:05d}|{:+d}|{: d}'.format(1, 2, 3, 4, 5)
'{:,} {:_} {:,.2f}'.format(1234567, 1234567, 1234567.891)
'{:x} {:X} {:o} {:b} {:#x} {:#b} {:c}'.format(255, 255, 8, 5, 255, 5, 97)
'{:.2f} {:.0f} {:e} {:g} {:%} {:.1%}'.format(3.14159, 2.5, 12345.678, 0.0001, 0.25, 0.256)
'{:10.3f}|{:<10.3f}|{:^10.3f}|{:+.1f}|{:010.2f}'.format(3.14159, 3.14159, 3.14159, 2.0, -3.14159)
'{:.3} {:.5}'.format('abcdef', 3.14159265)
'{!s} {!r}'.format('a', 'a')
'{{}} {{{}}}'.format(1)
'{:{}}|{:{w}}'.format('a', 5, 'b', w=4)
'{:08,d}'.format(1234)
'{:=+6d}'.format(5)
'{:6}|{:6}'.format(1, 'a')
'{}'.format([1, 'a'])
'{} {0}'.format(1)
'{'.format(1)
'{x}'.format()
'{2}'.format(1)
'{:d}'.format('a')
'{:s}'.format(1)
l.index(1)
l.index(9)
l.count(1)
l.copy()
(1, 2, 1).count(1)
(1, 2, 1).index(2)
f.is_integer()
(4.0).is_integer()
n.bit_length()
l|sort
l|sort(reverse=true)
w|sort
w|sort(case_sensitive=true)
w|sort(reverse=true)
[1, 'a']|sort
['b', 'a', none]|sort
users|sort(attribute='age')|map(attribute='name')|list
users|sort(attribute='age,name')|map(attribute='name')|list
users|sort(reverse=true, attribute='age')|map(attribute='name')|list
users|sort(attribute='missing')|length
d|sort
d|dictsort
d|dictsort(true)
d|dictsort(by='value')
d|dictsort(false, 'value', true)
d|dictsort(by='x')
l|first
l|last
e|first
[]|last
'abc'|last
range(3)|last
d|first
d|last
l|map('string')|last
l|length
s|length
d|length
5|length
(l|map('string'))|length
l|count
l|sum
[]|sum
[1.5, 2]|sum
users|sum(attribute='age')
[[1], [2]]|sum(start=[])
['a']|sum
[1, 2]|sum(start=10)
l|min
l|max
w|min
w|max
w|max(case_sensitive=true)
[]|min
users|max(attribute='age')|attr('name')
(users|max(attribute='age')).name
l|join
l|join('-')
l|join(1)
users|join(', ', attribute='name')
s|join('.')
d|join(',')
[none, true, 1.0]|join(' ')
l|reverse|list
s|reverse
u|reverse
d|reverse|list
range(3)|reverse|list
l|map('string')|reverse
5|reverse
l|list
s|list
d|list
u|list
5|list
d|items|list
missing|items|list
l|items
w|unique|list
w|unique(true)|list
[1, 1.0, true, 2]|unique|list
users|unique(attribute='city')|map(attribute='name')|list
[[1]]|unique|list
l|batch(2)|list
l|batch(2, 'x')|list
range(7)|batch(3)|list
range(7)|slice(3)|list
range(7)|slice(3, 'x')|list
range(2)|slice(5)|list
l|slice(0)|list
users|groupby('city')|length
users|groupby('city')|map('first')|list
users|groupby('city', case_sensitive=true)|map(attribute=0)|list
users|groupby('nick', default='-')|map(attribute='grouper')|list
(users|groupby('age'))[0].list|map(attribute='name')|join('+')
users|groupby('age')|map('last')|map('length')|list
l|map('string')|join('+')
w|map('upper')|list
users|map(attribute='name')|list
users|map(attribute='nick')|list
users|map(attribute='nick', default='none')|list
users|map(attribute='name.0')|list
[[1, 2], [3, 4]]|map(attribute=1)|list
[[1, 2], [3, 4]]|map('sum')|list
l|map('default', 5)|list
w|map('replace', 'a', 'x')|list
l|map
l|map('nosuch')|list
l|map(attribute='x', wrong=1)|list
none|map('string')|list
missing|map('string')|list
l|select('odd')|list
l|select|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
l|reject('odd')|list
l|select('greaterthan', 1)|list
l|select('>', 1)|list
l|select('in', [1, 3])|list
users|selectattr('admin')|map(attribute='name')|list
users|rejectattr('admin')|map(attribute='name')|list
users|selectattr('age', 'equalto', 30)|map(attribute='name')|list
users|selectattr('age', '==', 25)|list|length
users|selectattr('nick', 'defined')|map(attribute='name')|join
users|selectattr('name', 'in', ['Ann', 'bob'])|map(attribute='age')|list
users|selectattr
users|selectattr('name', 'nosuch')|list
(users|selectattr('admin'))|first
'yes' if users|selectattr('nosuch') else 'no'
'yes' if users|selectattr('nosuch')|list else 'no'
s|upper
s|lower
s|title
s|capitalize
5|upper
none|upper
l|upper
spaced|trim
'xxaxx'|trim('x')
5|trim
s|replace('o', '0')
s|replace('o', '0', 1)
5|replace('5', '6')
s|replace('l', 1)
s|center(21)
s|center
n|string
none|string
l|string
'42'|int
'42.9'|int
' 42 '|int
'abc'|int
'abc'|int(5)
'0x1f'|int(0, 16)
'1f'|int(base=16)
'0b11'|int(0, 2)
'1_000'|int
'12e3'|int
''|int
none|int
none|int(default=7)
3.99|int
-3.99|int
true|int
[1]|int
'1.5'|float
'x'|float
'x'|float(2.5)
'inf'|float
'-Infinity'|float
'nan'|float
'1e400'|float
5|float
none|float
'1_0.5'|float
42.55|round
42.55|round(1)
42.45|round(1)
2.675|round(2)
2.5|round
3.5|round
-2.5|round
42.55|round(1, 'floor')
42.51|round(1, 'ceil')
42.4|round(method='ceil')
5|round
1234|round(-2)
1250|round(-2)
1350|round(-2)
1234.5|round(-2)
'x'|round
2.5|round(0, 'bad')
-5|abs
-5.5|abs
true|abs
'x'|abs
z|default('d')
z|default('d', true)
e|default('d')
e|default('d', true)
e|default('d', boolean=true)
0|d(1, true)
missing|default(none)
missing|default
html|e
html|escape
html|forceescape
html|safe
html|e|e
html|e|forceescape
5|e
html|e|upper
html|safe + '<'
'<' + html|safe
html|safe ~ '<'
'%s' % html|safe
('%s'|safe) % html
('<i>'|safe).join(['<', '>'])
', '.join([html|safe])
[html|safe, '<']|join('&')
html|e|replace('&', '+')
(html|safe).replace('b', '<')
(html|safe).split('>')|first + '<'
(html|safe)[:3] + '<'
html|safe|trim + '<'
html|safe|string + '<'
html|safe|title + '<'
html|safe|format
[html|safe]
html|safe is escaped
html is escaped
html|safe == html
html|safe in [html]
(html|safe * 2) + '<'
('{}'|safe).format('<')
html|safe|tojson
html|striptags
'a <!-- x --> b\n <b>c</b> &amp; &lt;'|striptags
'%s-%s'|format(1, 2)
'%(a)s'|format(a=3)
'%s'|format(1, a=2)
lines|indent
lines|indent(2)
lines|indent(2, true)
lines|indent(2, true, true)
lines|indent('> ', first=true)
lines|indent(width=3)
''|indent
'a\n'|indent
5|indent
'foo bar baz qux'|truncate(9)
'foo bar baz qux'|truncate(9, true)
'foo bar baz qux'|truncate(11)
'foo bar baz qux'|truncate(11, false, '...', 0)
'foobarbazqux'|truncate(5, leeway=0)
'foo bar'|truncate(2)
s|wordcount
u|wordcount
'a-b c_d é1'|wordcount
'a b/c?d=é&'|urlencode
{'a b': 'c&d', 'e': 1}|urlencode
[('x', 'y z')]|urlencode
5|urlencode
{'class': 'a b', 'id': none, 'x': '<'}|xmlattr
{'a': 1}|xmlattr(false)
{'a b': 1}|xmlattr
1000|filesizeformat
1|filesizeformat
999|filesizeformat
1234567|filesizeformat
1234567|filesizeformat(true)
1e30|filesizeformat
'x'|filesizeformat
d|pprint
users|pprint
'x'|pprint
(range(40)|list)|pprint
s|attr('upper')
d|attr('a')
d|attr('items')
tools|tojson
d|tojson
d|tojson(sort_keys=true)
d|tojson(indent=2)
tools|tojson(indent=4)
mixed|tojson(indent=1)
mixed|tojson(separators=(',', ':'))
mixed|tojson(separators=[',', ':'], indent=2)
mixed|tojson(indent=0)
mixed|tojson(indent='--')
[]|tojson(indent=2)
{}|tojson(indent=2)
[[], {}, [[]]]|tojson(indent=2)
u|tojson
u|tojson(ensure_ascii=true)
u|tojson(true)
html|tojson
'\x00\x1f\x7f\u2028\\/"\b\f\n\r\t'|tojson
1.0|tojson
1e100|tojson
(1, 2)|tojson
{1: 'a', 2.5: 'b', none: 'c', true: 'd'}|tojson
{(1, 2): 3}|tojson
[1, missing]|tojson
range(3)|tojson
(l|map('string'))|tojson
namespace(a=1)|tojson
d.items()|tojson
'nan'|float|tojson
[big, -0.0, 1e16]|tojson
d|tojson(wrong=1)
n is defined
n is number
f is number
t is number
s is number
n is integer
t is integer
f is float
n is float
t is boolean
n is boolean
t is true
n is true
f is false
z is none
e is none
s is string
n is string
d is mapping
l is mapping
d is iterable
s is iterable
n is iterable
z is iterable
missing is iterable
l|map('string') is iterable
s is sequence
l is sequence
d is sequence
(1,) is sequence
range(3) is sequence
d.items() is sequence
missing is sequence
n is sequence
l|map('string') is sequence
namespace() is mapping
range is callable
d.get is callable
dict is callable
n is callable
missing is callable
n is sameas 7
n is sameas 7.0
t is sameas true
n is sameas true
l is sameas l
[] is sameas []
n is eq 7
n is equalto 7.0
n is ne 8
n is lt 8
n is le 7
n is gt 7
n is ge 7
n is lessthan 8
n is greaterthan(3)
n is in [7]
n is in([8])
'e' is in s
n is odd
n is even
m is odd
f is odd
n is divisibleby 7
n is divisibleby(2)
n is divisibleby 0
s is odd
'abc' is lower
'ABC' is upper
'Abc' is lower
n is lower
'upper' is filter
'nosuch' is filter
'odd' is test
'nosuch' is test
n is not odd
n is not none and t
n is defined and n is odd or z
not n is odd
n is odd is even
users[0].name
users[0]['name'].upper()[:2]
users|map(attribute='name')|map('upper')|map('lower')|join(',')
(1, 2, 3)|select('odd')|map('string')|join
-1|abs
-n|abs
(-n)|abs
-n.missing|default(3)
2 * n|string
n + l|length
1 ~ 2|string ~ 3
'a' ~ 'b' == 'ab'
1 + 1 ~ 1 + 1
1 in [1] and 2 in [2]
not 1 == 2
1 == 1 if t else 2
[1, 2,]
{'a': 1,}
(1, 2,)
range(*[1, 5])|list
dict(**{'a': 1})
range(*l)|list
cycler('a', 'b').next()
cycler('a').current
cycler()
joiner()()
strftime_now('%Y-%m-%d')
strftime_now('%d %b %Y %H:%M:%S')
strftime_now('%A %B %j %y %m %I %p %U %W %w %u %V %G %e %D %F %T %R %C %h %%')
strftime_now('%-d/%-m %c|%x|%X|%f|%z|%Z|')
strftime_now('no directives')
raise_exception('stop here')
raise_exception('with ' ~ n)
'a\
b'
'\a\b\f\v\0\101\x41\u0041\U00000041\q\''
"\"'"
'\é'
'\u00e9\U0001f999'
''
'🦙'|length
'🦙🦙x'[2]
'é' == 'é'
x.y.z
(n)
((n))
n.__add__(1)
l.__len__()
s.format.__globals__
{}.__init__
loop
caller
messages[-1].content
messages[3].content|selectattr('type', 'equalto', 'text')|map(attribute='text')|join
messages|map(attribute='role')|unique|list
messages|selectattr('role', 'ne', 'system')|list|length
messages[4].tool_calls[0].function.arguments|tojson
messages[4]['tool_calls'][0]['function']|tojson(indent=2)
messages[2].content.split('</think>')[-1].lstrip('\n')
messages[2]['content'].split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
messages[0]['role'] == 'system' and messages[0].content is string
tools[0].function.parameters.properties|items|list|length
tools[0].function.parameters.properties.items()|map('first')|join
tools[0].function.parameters.required|join(', ')
'a' not in tools[0].function.parameters.required
(messages|last).name
messages|rejectattr('content')|list|length
(messages[1:]|first).role
messages[::-1][0].role
messages|length > 3 and messages|length is divisibleby 2
loop.index is defined
none.x is defined
true.x
1.5.x
'a'.b.c
"""

# Each one a template of its own.
TEMPLATES = [
    # Output and white space
    "", "plain", "a\n", "a\n\n", "\n", "a\r\nb\rc\n", "{{ n }}\n", "{{ n }}\n{{ n }}\n", " {{ n }} ", "{{- n -}}", " \n {{- n -}} \n x", "a {{+ n }} b",
    "{#c#}x", "  {# c #}\nx", "a  {#- c -#}  b", "a\n  {# c #}\n  b", "a\n  {#+ c +#}\n  b", "{# {{ x }} {% if %} #}y", "{#-#}x", "{#--#} x", "{# a\nb #}\nc",
    "  {% if true %}\n  a\n  {% endif %}\nb", "x  {% if true %}\n  a\n  {% endif %}\nb", "  {%+ if true %}\n  a\n  {%+ endif +%}\nb", "  {%- if true -%}\n  a\n  {%- endif -%}\nb",
    "\t{% if true %}\ta{% endif %}", "a\n\n  {% if true %}\n\n  b{% endif %}\n\n", "{% if true %} \n a{% endif %}", "{{ n }}  {% if true %}x{% endif %}", "{{ n }}\n  {% if true %}x{% endif %}",
    "a{% raw %}{{ x }}{% if %}{% endraw %}b", "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb", "a {%- raw -%}  {{ x }}  {%- endraw -%}  b", "{% raw %}{% endraw %}", "{%raw%}x{%endraw%}\ny", "{%+ raw %} x {%+ endraw +%}\ny",
    "{% raw %}a", "{# a", "{{ a", "{% if", "{{ 'a }}", "{{ } }}", "{{ (1] }}", "{{ ) }}", "{{ ! }}", "{{ a ? b }}", "{{ }}", "{% %}", "{{ 1 2 }}", "{{ 'a\nb' }}", "{{ {'a': {'b': 1}}.a.b }}", "{{ {} }}{{{}}}",
    "{{ '}}' }}", "{{ \"%}\" }}", "{% if '%}' %}x{% endif %}", "{{ 1\n+\n2 }}", "a } b }} c %} d", "{ { n } }", "{", "a {", "{{ 007 }}", "{{ 1.e }}", "{%if t%}x{%endif%}", "{% if t : %}x{% endif %}",
    # If
    "{% if n > 5 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "{% if false %}a{% elif t %}b{% else %}c{% endif %}", "{% if e %}a{% elif z %}b{% elif l %}c{% endif %}", "{% if missing %}a{% else %}b{% endif %}",
    "{% if 1, 2 %}a{% endif %}", "{% if %}a{% endif %}", "{% if t %}a", "{% if t %}a{% endfor %}", "{% else %}", "{% endif %}", "{% if t %}{% else %}{% elif t %}{% endif %}", "{% unknown %}", "{% if t %}{% unknown %}{% endif %}", "{% do l.append(1) %}",
    # For
    "{% for x in l %}{{ x }}{% endfor %}", "{% for x in l %}{{ x }},{% else %}none{% endfor %}", "{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "{% for x in missing %}{{ x }}{% else %}none{% endfor %}", "{% for x in none %}{% endfor %}", "{% for x in 5 %}{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in d|dictsort %}{{ k }}={{ v }};{% endfor %}", "{% for c in u %}[{{ c }}]{% endfor %}", "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1,)] %}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{% for a, b in [1] %}{% endfor %}", "{% for a, b in ['xy'] %}{{ b }}{{ a }}{% endfor %}", "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}", "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}|{% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }};{% endfor %}", "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }};{% endfor %}", "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}", "{% for x in [1, 1.0, true] %}{{ loop.changed(x, 'k') }} {% endfor %}",
    "{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nosuch }}{{ loop }}{% endfor %}", "{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}", "{% for x in l if x > 1 %}{{ x }}{{ '' if loop.last else ',' }}{% endfor %}", "{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}", "{% for x in l|select('odd') %}{{ loop.index }}/{{ loop.length }} {{ loop.last }} {% endfor %}",
    "{% for x in l %}{% for y in l %}{{ loop.index }}{{ x }}{{ y }} {% endfor %}{{ loop.index }}|{% endfor %}", "{% for x in l %}{% set outer = loop %}{% for y in 'ab' %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}", "{{ loop }}", "{% for x in l %}{{ loop.index }}{% endfor %}{{ loop is defined }}{{ x is defined }}",
    "{% for x in range(10) %}{% if x == 3 %}{% continue %}{% endif %}{% if x == 6 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in [1] %}{% break %}{% else %}e{% endfor %}", "{% for x in [1] %}{% continue %}{% else %}e{% endfor %}", "{% break %}", "{% for x in l %}{% for y in l %}{% break %}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}", "{% for loop in l %}{% endfor %}", "{% for x in l if x in [1, 2] and loop is defined %}{{ x }}{% endfor %}", "{% for true in l %}{% endfor %}", "{% for 1 in l %}{% endfor %}", "{% for x l %}{% endfor %}", "{% for x in l recursive %}{{ x }}{% endfor %}", "{% for x in 'abc'|reverse %}{{ x }}{% endfor %}",
    "{% for x in [[1, [2, [3]]], 4] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth }}{{ loop.depth0 }}{% endif %}{% if not loop.last %},{% endif %}{% endfor %}", "{% for x in l %}{{ loop(l) }}{% endfor %}", "{% for n in [{'v': 1, 'c': [{'v': 2}, {'v': 3, 'c': [{'v': 4}]}]}] recursive %}<{{ n.v }}{% if n.c %}{{ loop(n.c) }}{% endif %}>{% else %}-{% endfor %}",
    "{% for x in l %}{{ x }}{% set x = 9 %}{{ x }} {% endfor %}", "{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}", "{% for i in l %}{{ q }}{% set q = i %}{{ q }} {% endfor %}{{ q }}", "{% for n in [1] %}{{ n }}{% endfor %}{{ n }}", "{% set ns = namespace(go=true) %}{% for x in range(5) if ns.go %}{{ x }}{% if x == 2 %}{% set ns.go = false %}{% endif %}{% endfor %}",
    "{% for u in users %}{{ u.name }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% for group in users|groupby('city') %}{{ group.grouper }}:{% for u in group.list %}{{ u.name }} {% endfor %}{% endfor %}", "{% for city, us in users|groupby('city') %}{{ city }}={{ us|map(attribute='name')|join(',') }};{% endfor %}", "{% for row in range(7)|batch(3, '-') %}{{ row|join(' ') }}\n{% endfor %}",
    "{% for x in l %}{{ loop.length }}{% endfor %}{% for x in l|map('string') %}{{ loop.length }}{{ loop.revindex }}{% endfor %}", "{% for x in d.keys() %}{{ x }}{{ loop.last }}{% endfor %}", "{% for x in l -%}\n  {{ x }}\n{%- endfor %}", "{% for x in l %}\n  {{ x }}\n{% endfor %}\nend",
    # Set and scopes
    "{% set x = 1 %}{{ x }}", "{% set x, y = 1, 2 %}{{ x }}{{ y }}", "{% set (x, y) = [1, 2] %}{{ x }}{{ y }}", "{% set x, y = 1 %}", "{% set x = 1, 2 %}{{ x }}", "{% set x %}a{{ n }}b{% endset %}{{ x }}{{ x|length }}", "{% set x | upper %}abc{% endset %}{{ x }}", "{% set x | replace('a', 'b') | trim %} aaa {% endset %}[{{ x }}]", "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% set none = 1 %}", "{% set 1 = 1 %}", "{% set x.y = 1 %}", "{% set d.a = 1 %}", "{% set x %}", "{% set x = %}", "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{% set ns.b = 3 %}{{ ns.a }}{{ ns.b }}", "{% set ns = namespace() %}{% for x in l %}{% set ns.last = x %}{% endfor %}{{ ns.last }}", "{% set ns = namespace(t='') %}{% set ns.t %}x{{ n }}{% endset %}{{ ns.t }}", "{% set ns = namespace(l=[]) %}{% for x in l %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% if t %}{% set x = 1 %}{% endif %}{{ x }}", "{% if e %}{% set n = 1 %}{% endif %}{{ n }}", "{% if e %}{% set q = 1 %}{% endif %}{{ q is defined }}", "{% if e %}{% set n = 1 %}{% else %}{% set n = 2 %}{% endif %}{{ n }}", "{% if e %}{% set n = 1 %}{% elif t %}{% set n = 3 %}{% endif %}{{ n }}", "{% if not n is defined %}{% set n = 0 %}{% endif %}{{ n }}", "{% for i in [1] %}{{ n }}{% endfor %}{% set n = 5 %}{{ n }}", "{% set n = n + 1 %}{{ n }}",
    "{% for i in [1, 2] %}{% if i == 1 %}{% set n = 'in' %}{% endif %}{{ n }} {% endfor %}{{ n }}", "{% for i in [1, 2] %}{% if i == 1 %}{% set q = 'in' %}{% endif %}{{ q }} {% endfor %}{{ q }}", "{% for i in [1] %}{% for j in [1] %}{% set n = 0 %}{% endfor %}{{ n }}{% endfor %}", "{% with x = 1, y = n %}{{ x }}{{ y }}{% endwith %}{{ x is defined }}", "{% with x = 1, y = x %}{{ y is defined }}{% endwith %}", "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}", "{% with a, b = (1, 2) %}{{ a }}{{ b }}{% endwith %}", "{% with n = 1 %}{{ n }}{% set n = 2 %}{{ n }}{% endwith %}{{ n }}",
    "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter replace('a', 'b')|upper %}aXa{% endfilter %}", "{% filter trim %}  x  {% set q = 1 %}{% endfilter %}{{ q is defined }}", "{% filter nosuch %}x{% endfilter %}", "{% filter indent(2, true) %}a\nb{% endfilter %}", "{% for i in l %}{% filter upper %}{% if i == 1 %}{% break %}{% endif %}x{{ i }}{% endfilter %}{% endfor %}",
    "{{ x|nosuch }}", "{% if false %}{{ x|nosuch }}{% endif %}ok", "{% if true %}{{ x|nosuch }}{% endif %}ok", "{{ (x|nosuch) if false else 1 }}", "{{ x is nosuch }}", "{% if false %}{{ x is nosuch }}{% endif %}ok", "{% print n, s %}", "{% block a %}x{{ n }}{% endblock %}", "{% set q = 1 %}{% block a %}{{ q }}{% endblock a %}", "{% for i in l %}{% block a %}{{ i is defined }}{% endblock %}{% endfor %}", "{% for i in l %}{% block a scoped %}{{ i }}{% endblock %}{% endfor %}",
    # Macros
    "{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=4, a=5) }}", "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(1) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}", "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "{% macro m(a, b=a * 2) %}{{ a }}{{ b }}{% endmacro %}{{ m(3) }}", "{% macro m(a, b=1, c) %}{% endmacro %}",
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}x{{ n }}{% endcall %}", "{% macro m() %}[{{ caller(1, b=2) }}]{% endmacro %}{% call(a, b) m() %}{{ a }}{{ b }}{% endcall %}", "{% macro m() %}{{ caller }}{% endmacro %}{{ m() }}", "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}", "{% call 5 %}{% endcall %}", "{% macro m(x) %}{{ x }}{% if x > 0 %}{{ m(x - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{{ n }}{{ late }}{% endmacro %}{% set late = 'L' %}{{ m() }}", "{% set q = 1 %}{% macro m() %}{{ q }}{% set q = 2 %}{{ q }}{% endmacro %}{{ m() }}{{ q }}", "{% macro m() %}{% set n = 9 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}", "{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}", "{{ m }}{% macro m() %}x{% endmacro %}{{ m }}", "{% macro m(a, b) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}", "{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% macro m(l) %}{% for x in l %}{% if x is iterable and x is not string %}{{ m(x) }}{% else %}{{ x }}{% endif %}{% endfor %}{% endmacro %}{{ m([1, [2, [3]]]) }}", "{% macro m() -%}\n  x\n{%- endmacro %}{{ m() }}", "{% macro m() %}{% for i in l %}{% break %}{% endfor %}{% endmacro %}{{ m() }}ok", "{% for i in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "{{ m() }}{% macro m() %}x{% endmacro %}", "{% macro m(*a) %}{% endmacro %}", "{{ l|map('m')|list }}{% macro m(x) %}{% endmacro %}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(m(m(1))) }}", "{% macro m(caller) %}{{ caller() }}{% endmacro %}", "{% macro m(caller=none) %}{{ caller() if caller else 'no' }}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}", "{% macro m(n) %}{{ n|safe }}{% endmacro %}{{ m('<') + '<' }}",
    "{% set c = cycler('odd', 'even') %}{% for x in l %}{{ c.next() }} {% endfor %}{{ c.current }}{{ c.reset() }}{{ c.next() }}", "{% set j = joiner() %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}", "{% set j = joiner('|') %}{{ j() }}{{ j() }}", "{% include 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}", "{% extends 'x' %}", "{% set g = l|map('string') %}{{ g|list }}{{ g|list }}", "{% set it = l|select('odd') %}{% for x in it %}{{ x }}{% endfor %}{% for x in it %}{{ x }}{% endfor %}",
    "{% set x = namespace(**d) %}{{ x.a }}", "{% set x = dict(d, z=1) %}{{ x|length }}{{ d|length }}", "{{ range(3)|map('string')|join }}{{ [x]|length }}", "{% for m in messages %}{{ loop.index0 }}{{ m.role }}{{ m['content'] is string }}{{ m.content is none }}{{ 'tool_calls' in m }}{{ m.tool_calls is defined }}\n{% endfor %}",
    # As model makers write them
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content']|string + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "{%- if messages[0]['role'] == 'system' %}\n    {%- set system_message = messages[0]['content'] %}\n    {%- set loop_messages = messages[1:] %}\n{%- else %}\n    {%- set loop_messages = messages %}\n{%- endif %}\n{%- if not tools is defined %}\n    {%- set tools = none %}\n{%- endif %}\n{%- set user_messages = loop_messages | selectattr(\"role\", \"equalto\", \"user\") | list %}\n{{- bos_token }}\n{%- for message in loop_messages %}\n    {%- if message[\"role\"] == \"user\" %}\n        {%- if tools is not none and (message == user_messages[-1]) %}\n            {{- \"[AVAILABLE_TOOLS] [\" }}\n            {%- for tool in tools %}\n                {%- set tool = tool.function %}\n                {{- '{\"type\": \"function\", \"function\": {' }}\n                {%- for key, val in tool.items() if key != \"return\" %}\n                    {%- if val is string %}\n                        {{- '\"' + key + '\": \"' + val + '\"' }}\n                    {%- else %}\n                        {{- '\"' + key + '\": ' + val|tojson }}\n                    {%- endif %}\n                    {%- if not loop.last %}\n                        {{- \", \" }}\n                    {%- endif %}\n                {%- endfor %}\n                {{- \"}}\" }}\n                {%- if not loop.last %}\n                    {{- \", \" }}\n                {%- else %}\n                    {{- \"]\" }}\n                {%- endif %}\n            {%- endfor %}\n            {{- \"[/AVAILABLE_TOOLS]\" }}\n        {%- endif %}\n        {%- if loop.last and system_message is defined %}\n            {{- \"[INST] \" + system_message + \"\\n\\n\" + message[\"content\"] + \"[/INST]\" }}\n        {%- else %}\n            {{- \"[INST] \" + message[\"content\"]|string + \"[/INST]\" }}\n        {%- endif %}\n    {%- elif message.tool_calls is defined and message.tool_calls is not none %}\n        {{- \"[TOOL_CALLS] [\" }}\n        {%- for tool_call in message.tool_calls %}\n            {%- set out = tool_call.function|tojson %}\n            {{- out[:-1] }}\n            {{- ', \"id\": \"' + tool_call.id + '\"}' }}\n        {%- endfor %}\n    {%- elif message[\"role\"] == \"assistant\" %}\n        {{- \" \" + message[\"content\"]|trim + eos_token}}\n    {%- endif %}\n{%- endfor %}\n",
    "{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}\n{%- for message in messages[::-1] %}\n    {%- set index = (messages|length - 1) - loop.index0 %}\n    {%- if ns.multi_step_tool and message.role == \"user\" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n        {%- set ns.multi_step_tool = false %}\n        {%- set ns.last_query_index = index %}\n    {%- endif %}\n{%- endfor %}\n{{ ns.last_query_index }}\n{%- for message in messages %}\n    {%- if message.content is string %}\n        {%- set content = message.content %}\n    {%- else %}\n        {%- set content = '' %}\n    {%- endif %}\n    {%- if message.role == \"assistant\" %}\n        {%- set reasoning_content = '' %}\n        {%- if '</think>' in content %}\n            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}\n            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n        {%- endif %}\n        {{- '<|im_start|>' + message.role + '\\n' + reasoning_content + '|' + content }}\n    {%- elif message.role == \"tool\" %}\n        {%- if loop.first or (messages[loop.index0 - 1].role != \"tool\") %}\n            {{- '<|im_start|>user' }}\n        {%- endif %}\n        {{- '\\n<tool_response>\\n' }}\n        {{- content }}\n        {{- '\\n</tool_response>' }}\n        {%- if loop.last or (messages[loop.index0 + 1].role != \"tool\") %}\n            {{- '<|im_end|>\\n' }}\n        {%- endif %}\n    {%- endif %}\n{%- endfor %}\n{%- if enable_thinking is defined and enable_thinking is false %}\n    {{- '<think>\\n\\n</think>\\n\\n' }}\n{%- endif %}",
    "{% if messages[0]['role'] == 'assistant' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 1) %}{{ '!' }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | string | trim + '<end_of_turn>\\n' }}{% endfor %}",
    "{%- macro render_type(spec) -%}\n    {%- if spec.type == \"array\" -%}\n        {{ render_type(spec['items']) }}[]\n    {%- elif spec.type is string -%}\n        {{ spec.type }}\n    {%- else -%}\n        any\n    {%- endif -%}\n{%- endmacro -%}\n{%- for tool in tools %}\n  {%- set fn = tool.function %}\n// {{ fn.description }}\ntype {{ fn.name }} = (_: {\n  {%- for name, spec in fn.parameters.properties.items() %}\n  {{ name }}{% if name not in fn.parameters.required %}?{% endif %}: {{ render_type(spec) }}{{ \",\" if not loop.last }}\n  {%- endfor %}\n}) => any;\n{%- endfor %}\n",
    "{%- for message in messages -%}\n  {%- if message.content is string -%}\n    {{ message.content }}\n  {%- elif message.content is iterable and message.content is not mapping -%}\n    {%- for part in message.content -%}\n      {%- if part['type'] == 'text' -%}{{ part['text'] }}{%- elif part['type'] == 'image' -%}<image>{%- endif -%}\n    {%- endfor -%}\n  {%- endif -%}|\n{%- endfor -%}",
    "{%- set date_string = strftime_now(\"%d %b %Y\") if strftime_now is defined else '26 Jul 2024' -%}\nCutting Knowledge Date: December 2023\nToday Date: {{ date_string }}\n\n{# note #}\n{%- if documents is defined and documents -%}\n{% for doc in documents %}{{ doc.title }}{% endfor %}\n{%- endif %}",
    "{{ '<s>' if not add_generation_prompt else '' }}{% for m in messages if m.role != 'system' and m.content is string %}{{ loop.index }}:{{ m.role[0]|upper ~ m.role[1:] }}={{ m.content|truncate(10) }}{{ \"\\n\" if not loop.last }}{% endfor %}",
    "{%- set tool_queue = namespace(ids=[]) -%}{%- for m in messages -%}{%- if m.tool_calls is defined -%}{%- for c in m.tool_calls -%}{%- set tool_queue.ids = tool_queue.ids + [c.id] -%}{%- endfor -%}{%- elif m.role == 'tool' -%}{%- set id = tool_queue.ids[0] -%}{%- set tool_queue.ids = tool_queue.ids[1:] -%}<result id={{ id }}>{{ m.content | tojson }}</result>{%- endif -%}{%- endfor -%}",
]


def render(template):
    try:
        return {"template": template, "output": env.from_string(template).render(**VARIABLES)}
    except Exception as error:
        return {"template": template, "raises": f"{type(error).__name__}: {error}"[:200]}


cases = [render("{{ " + line + " }}") for line in EXPRESSIONS.replace("\\\n", "\\\0").split("\n") if line.strip()]
cases = [c if "\0" not in c["template"] else render(c["template"].replace("\0", "\n")) for c in cases]
cases += [render(template) for template in TEMPLATES]
cases = [c for c in cases if " object at 0x" not in c.get("output", "") and " at 0x" not in c.get("output", "")]
result = {
    "generated": "by make_golden.py with jinja2 %s, Python %s; do not edit" % (jinja2.__version__, sys.version.split()[0]),
    "now": NOW.isoformat(),
    "variables": VARIABLES,
    "cases": cases,
}
json.dump(result, sys.stdout, ensure_ascii=True, indent=1)
print()
