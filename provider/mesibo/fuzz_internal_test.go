package mesibo

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"", "[]", "919876500001,919876500002", `["+91 98765 00001",919876500002,null,{"a":[1]}]`, "[1,2", "1)||(1", "null9876500001", "[[1]]", `["a`, ",,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := &question{values: map[string]string{"phones": text}}
		phones, asked := q.numbers("phones", "91", "91")
		if len(phones) > 0 && !asked || len(phones) > maxNumbers+1 {
			t.Errorf("%d numbers, asked %v", len(phones), asked)
		}
		known := map[string]bool{}
		for _, phone := range phones {
			if len(phone) < 9 || len(phone) > 15 || strings.Trim(phone, "0123456789") != "" || known[phone] {
				t.Errorf("%q of %q", phone, text)
			}
			known[phone] = true
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("Ann \u202e\x00\n  B", 5)
	f.Add("\xff\xfe", 1)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = max(0, min(most, maxStatus))
		got := clean(text, most)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most || strings.ContainsAny(got, "\x00\r\n\u202e") || got != clean(got, most) {
			t.Errorf("clean(%q, %d) = %q", text, most, got)
		}
	})
}

func FuzzPicture(f *testing.F) {
	i := image.NewPaletted(image.Rect(0, 0, 3, 2), color.Palette{color.White, color.Black})
	for _, encode := range []func(*bytes.Buffer) error{
		func(out *bytes.Buffer) error { return png.Encode(out, i) },
		func(out *bytes.Buffer) error { return jpeg.Encode(out, i, nil) },
		func(out *bytes.Buffer) error { return gif.Encode(out, i, nil) },
	} {
		var out bytes.Buffer
		if err := encode(&out); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Add([]byte("GIF89a<?php"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := make(decoding, 1).read(t.Context(), data)
		if err != nil {
			if !errors.Is(err, errImage) {
				t.Errorf("%v", err)
			}
			return
		}
		for side, made := range map[int][]byte{photoSide: p.photo, thumbSide: p.thumb} {
			size, err := jpeg.DecodeConfig(bytes.NewReader(made))
			if err != nil || size.Width < 1 || size.Height < 1 || size.Width > side || size.Height > side {
				t.Errorf("a picture of %d × %d: %v", size.Width, size.Height, err)
			}
		}
	})
}
