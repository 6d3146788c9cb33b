package sitefile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/sitefile"
)

// seed adds the configurations of testdata that are in a format.
func seed(f *testing.F, names ...string) {
	f.Helper()
	count := 0
	for _, pattern := range []string{"testdata/*/site/*", "testdata/*/site/*/*", "testdata/*/site/*/*/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			for _, name := range names {
				if text, err := os.ReadFile(file); err == nil && strings.HasSuffix(file, name) {
					f.Add(text)
					count++
				}
			}
		}
	}
	if count == 0 {
		f.Fatal("testdata holds no seeds")
	}
}

// sound checks what holds of every text: no panic, bounded values, and errors that do not show it.
func sound(t *testing.T, format string, text []byte) {
	t.Helper()
	values, err := sitefile.Parse(format, text)
	if err != nil {
		if values != nil {
			t.Errorf("values and an error: %v", err)
		}
		if len(err.Error()) > 120 {
			t.Errorf("an error that long shows the text: %v", err)
		}
		return
	}
	if len(values) > sitefile.MaxValues {
		t.Errorf("%d values", len(values))
	}
	size := 0
	for name, value := range values {
		size += len(value)
		if name == "" && format == "dotenv" {
			t.Error("a value without a name")
		}
	}
	if size > 20*(len(text)+sitefile.MaxSize) {
		t.Errorf("%d bytes of values from %d", size, len(text))
	}
}

func FuzzPHP(f *testing.F) {
	seed(f, ".php")
	f.Add([]byte("<?php $a=<<<E\n {$b['c']} E\nE . \"\\u{41}$a[0]${x}\"; class A { const B = [1 => self::B]; } fn() => [..."))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, "php", text) })
}

func FuzzDotenv(f *testing.F) {
	seed(f, ".env")
	f.Add([]byte("export A=\"x\\\n${B:-c}\" #\nB='"))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, "dotenv", text) })
}

func FuzzPython(f *testing.F) {
	seed(f, ".py")
	f.Add([]byte("A = {**b, 'c': [x for x in y], **d}[0](e='f', *g) or '''h''' / i\n"))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, "python", text) })
}

func FuzzYAML(f *testing.F) {
	seed(f, ".yml")
	f.Add([]byte("a: &a <%= ENV.fetch('B') { 1 } %>\nc: {<<: *a, ? d : - e}\n"))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, "yaml", text) })
}
