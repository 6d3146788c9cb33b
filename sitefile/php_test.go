package sitefile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitefile"
)

// parsed are cases of one format: a text and all values it gives.
type parsed map[string]struct {
	text string
	want sitefile.Values
}

func (cases parsed) run(t *testing.T, format string) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := sitefile.Parse(format, []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string(test.want), map[string]string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

type v = sitefile.Values

func TestPHPSettingsAreReadAsPHPWouldSetThem(t *testing.T) {
	parsed{
		"text outside of PHP does not count":          {"$a='x'; <?php $b='y' ?> $c='z'; <?= $d='w' ?>", v{"$b": "y", "$d": "w"}},
		"comments of all kinds do not count":          {"<?php // $a='1'\n# $b='2'\n/* $c='3' */ $d='4'; //x ?> $e='5';", v{"$d": "4"}},
		"an attribute is no comment":                  {"<?php #[X('y')]\n$a='1';", v{"$a": "1"}},
		"what follows a halt is data":                 {"<?php $a='1'; __halt_compiler(); $a='2';", v{"$a": "1"}},
		"single quotes know two escapes":              {`<?php $a='\\ \' \n $x';`, v{"$a": `\ ' \n $x`}},
		"double quotes know the others":               {`<?php $a="\x41\101\u{1F600}\n\t\$\"\\\q\e";`, v{"$a": "AA😀\n\t$\"\\\\q\x1b"}},
		"known variables fill double quotes":          {`<?php $a='x'; $b=['k'=>'y']; $c="$a-{$a}-${a}-$b[k]-{$b['k']}";`, v{"$a": "x", "$b.k": "y", "$c": "x-x-x-y-y"}},
		"properties fill double quotes":               {`<?php $o=new stdClass; $o->p='q'; $c="<$o->p>";`, v{"$o.p": "q", "$c": "<q>"}},
		"unknown variables leave a text out":          {`<?php $c="a $no b"; $d="{$x->call()}"; $e="ok";`, v{"$e": "ok"}},
		"a nowdoc is taken as it is":                  {"<?php $a=<<<'E'\nx $y\\n\n  z\nE;\n$b='1';", v{"$a": "x $y\\n\n  z", "$b": "1"}},
		"a heredoc loses the indent of its end":       {"<?php $y='1'; f(1); $a=<<<\"E\"\n    x \"$y\"\n      z\n    E . '!';", v{"$y": "1", "$a": "x \"1\"\n  z!"}},
		"an empty heredoc is empty":                   {"<?php $a=<<<E\nE;\n$b='1';", v{"$a": "", "$b": "1"}},
		"settings of PHP are read":                    {`<?php ini_set('session.gc_maxlifetime', 200000); \ini_set("session.gc_maxlifetime", '900'); ini_set('x', f()); ini_set($n, 1);`, v{"ini.session.gc_maxlifetime": "900"}},
		"the first define wins":                       {`<?php define('A','1'); \define("A",'2'); DEFINE('B',A.'3');`, v{"A": "1", "B": "13"}},
		"the last assignment wins":                    {`<?php $a='1'; $a='2';`, v{"$a": "2"}},
		"constants may be declared together":          {`<?php const A='1', B=A.'2'; const int C = 3;`, v{"A": "1", "B": "12", "C": "3"}},
		"code in conditions counts":                   {`<?php if (!defined('A')) { define('A','1'); } defined('B') or define('B','2'); if ($c = 'x') {}`, v{"A": "1", "B": "2", "$c": "x"}},
		"bodies of functions do not count":            {`<?php function f($x='{'){$a='1'; return ['k'=>'v'];} $f=function(){$b='2';}; $g=fn($x)=>$c='3'; $d='4';`, v{"$d": "4"}},
		"methods are no functions":                    {`<?php $o->function('x'); $p->define('A','1'); X::define('B','2'); $d='4';`, v{"$d": "4"}},
		"arrays nest and number themselves":           {`<?php $a=array('x'=>['y','z',7=>'s','t'],'e'=>[],); $a['x'][]='u';`, v{"$a.x.0": "y", "$a.x.1": "z", "$a.x.7": "s", "$a.x.8": "t", "$a.x.9": "u"}},
		"an array replaces what was there":            {`<?php $a['x']='1'; $a=['y'=>'2']; $a['z']='3';`, v{"$a.y": "2", "$a.z": "3"}},
		"computed keys and elements are left out":     {`<?php $a=[X::Y=>'1', f()=>'2', 'k'=>f(['in'=>'x']), ...$b, 'l'=>'3']; $a[$k]='4';`, v{"$a.l": "3"}},
		"numbers, truth and nothing":                  {`<?php $a=12; $b=-1.5; $c=true; $d=FALSE; $e=null; $f=1_000; $g=0777; $h=0x1F; $i=2*3;`, v{"$a": "12", "$b": "-1.5", "$c": "1", "$d": "", "$e": "", "$f": "1000"}},
		"casts keep a text":                           {`<?php $a=(string)'x'; $b=(int) 5; $c=(object)['k'=>'v']; $d=(bool)'x';`, v{"$a": "x", "$b": "5", "$c.k": "v"}},
		"texts are put together":                      {`<?php define('D','/srv/'); $a='x'; $b=D.'s'.$a.(1).('y'.'z'); $a.='!'; $c=$no.'x';`, v{"D": "/srv/", "$a": "x!", "$b": "/srv/sx1yz"}},
		"an assignment is a value":                    {`<?php $a = $b = ['k'=>'x']; $a['k']='y'; $c ??= 'z'; $c ??= 'w';`, v{"$a.k": "y", "$b.k": "x", "$c": "z"}},
		"variables are copied":                        {`<?php $a=['k'=>'x']; $b=$a; $b['k']='y'; return $a;`, v{"$a.k": "x", "$b.k": "y", "return.k": "x"}},
		"defaults of the environment are taken":       {`<?php $a=getenv('A_B') ?: 'x'; $b=$_ENV['A_B'] ?? 'y'; $c=env('A_B','z'); $d=getenv('A_B'); $e=getenv('A_B', true);`, v{"$a": "x", "$b": "y", "$c": "z"}},
		"the second of two alternatives may be taken": {`<?php $a='' ?: 'x'; $b=null ?? 'y'; $c='z' ?: 'no'; $d=f() ?: 'no'; $e=$x ? 'a' : 'b';`, v{"$a": "x", "$b": "y", "$c": "z"}},
		"a class gives its properties":                {`<?php final class C extends D implements E { use T; const X='1', Y=self::X; public string $a='2'; protected static ?int $b = 3, $c; public $d { get => 'n'; } function f(): array { $z='no'; } var $e=C::X; }`, v{"C.X": "1", "C.a": "2", "C.b": "3", "C.c": "", "C.d": "", "C.e": "1"}},
		"a class without a name gives nothing":        {`<?php $a=new class { public $b='1'; }; new class(1) extends X { public $c='2'; }; Foo::class; $d='3';`, v{"$d": "3"}},
		"objects may be filled":                       {`<?php $C = new \stdClass(); $C->a = 'x'; $C->b['c'] = 'y'; $C?->d = 'z';`, v{"$C.a": "x", "$C.b.c": "y", "$C.d": "z"}},
		"globals are variables":                       {`<?php $GLOBALS['a']['b']='x';`, v{"$a.b": "x"}},
		"a returned array is read":                    {`<?php if (!defined('X')) return; return ['p'=>['h'=>'x']];`, v{"return.p.h": "x"}},
		"lines may end as on Windows":                 {"\uFEFF<?php\r\n// c\r\n$a='1';\r\n$b=<<<E\r\nx\r\ny\r\nE;\r\n", v{"$a": "1", "$b": "x\r\ny"}},
		"bytes of Windows-1252 stay":                  {"<?php $a='p\xf6'; $gr\xf6sse=\"\xdf\";", v{"$a": "p\xf6", "$gr\xf6sse": "\xdf"}},
		"a match and what follows it":                 {`<?php $a = match(true) { default => 'x', }; $b = 'y';`, v{"$b": "y"}},
		"calls with arrays and closures are skipped":  {`<?php f(['a'=>'b'], function() { $c='d'; }); $e='f';`, v{"$e": "f"}},
		"brackets that do not match do no harm":       {`<?php $a=[1}; $b=(2]; ) ] } $c='3';`, v{"$c": "3"}},
		"nothing is nothing":                          {"", v{}},
	}.run(t, "php")
}

func TestTextsThatBreakOffNameTheirLine(t *testing.T) {
	for name, test := range map[string]struct{ format, text, want string }{
		"a quote in PHP":          {"php", "<?php\n$a='1';\n$b='canary", "line 3: a quote"},
		"double quotes in PHP":    {"php", "<?php\n$b=\"canary\\\"", "line 2: a quote"},
		"a comment in PHP":        {"php", "<?php\n\n/* canary", "line 3: a comment"},
		"a heredoc in PHP":        {"php", "<?php\n$a = <<<X\ncanary\n Xcanary", "line 2: a heredoc"},
		"a heredoc's first line":  {"php", "<?php\n$a = <<<'X", "line 2: a heredoc"},
		"a quote in dotenv":       {"dotenv", "A=1\nB=\"canary\n", "line 2: a quote"},
		"a quote in Python":       {"python", "A = 1\nB = 'canary\n", "line 2: a quote"},
		"three quotes in Python":  {"python", "A = 1\nB = '''canary\n\n", "line 2: a quote"},
		"an object in JSON":       {"json", "{\n\"a\":\n \"canary\", \"b\": canary}", "line 3: is no JSON"},
		"more after JSON":         {"json", "{}\ncanary", "line 2: is no JSON"},
		"bytes that are no UTF-8": {"json", "{\"a\":\n\"canary\xf6\"}", "line 2: holds bytes"},
		"YAML":                    {"yaml", "a: b\nc: [canary\nd: e\n", "is no YAML"},
		"bytes in YAML":           {"yaml", "a: b\nc: \"canary\xf6\"\n", "line 2: holds bytes"},
		"a section of ini":        {"ini", "a=b\n[canary\n", "line 2: a section"},
		"a format nobody knows":   {"toml", "", "use php, dotenv"},
	} {
		t.Run(name, func(t *testing.T) {
			values, err := sitefile.Parse(test.format, []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v and %v, want %q", values, err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the file: %v", err)
			}
		})
	}
}
