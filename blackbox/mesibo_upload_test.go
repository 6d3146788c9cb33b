package blackbox_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
)

// painted is a picture of many colours.
func painted(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	return p
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, painted(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG that says it is larger than any memory.
func bomb(t testing.TB) []byte {
	t.Helper()
	b := pngOf(t, 2, 2)
	binary.BigEndian.PutUint32(b[16:], 60000) // width and height of IHDR, and its checksum
	binary.BigEndian.PutUint32(b[20:], 60000)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func zipped(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("a.png")
	if err == nil {
		_, err = f.Write(make([]byte, 1<<20))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestM40UploadsArePicturesOfOurOwn(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 4)
	token := m.tokens(t, 1, 2)
	var asJPEG, asGIF bytes.Buffer
	if err := jpeg.Encode(&asJPEG, painted(300, 150), nil); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&asGIF, painted(50, 300), nil); err != nil {
		t.Fatal(err)
	}
	const planted = "<?php system($_GET['x']); ?>"
	upload := fields{"op", "upload", "token", token[0], "profile", "1"}
	for name, c := range map[string]struct {
		w    way
		wide bool
	}{
		"a PNG of a phone":                    {withFiles(part{"photo", "me.png", "image/png", pngOf(t, 400, 300)}), true},
		"a JPEG of the web":                   {withFileAndQuery(part{"file", "me.jpg", "image/jpeg", asJPEG.Bytes()}), true},
		"a GIF that says it is a program":     {withFiles(part{"photo", "../../x.php", "application/x-php", asGIF.Bytes()}), false},
		"a JPEG with a program behind it":     {withFiles(part{"photo", "x.phtml", "image/jpeg", append(bytes.Clone(asJPEG.Bytes()), planted...)}), true},
		"the first of two files":              {withFiles(part{"photo", "a.png", "image/png", pngOf(t, 20, 10)}, part{"file", "b.php", "text/plain", []byte(planted)}), true},
		"a picture without a name of a field": {withFiles(part{"", "a.png", "image/png", pngOf(t, 20, 10)}), true},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.say(t, c.w, upload).ok(t)
			file, photo := got.text("file"), got.text("photo")
			path, ours := strings.CutPrefix(file, "https://www.example.com")
			if !ours || photo == "" || !strings.HasSuffix(file, photo) || strings.Contains(file, "php") || got.text("phone") != phoneOf(1) || !strings.HasSuffix(photo, ".jpg") {
				t.Fatalf("M40: %s", got.body)
			}
			tn, err := base64.StdEncoding.DecodeString(got.text("tn"))
			if err != nil {
				t.Fatalf("M40: tn: %v", err)
			}
			small, kind, err := image.DecodeConfig(bytes.NewReader(tn))
			if err != nil || kind != "jpeg" || small.Width > 100 || small.Height > 100 || (small.Width >= small.Height) != c.wide {
				t.Errorf("M40: tn is %s %dx%d %v", kind, small.Width, small.Height, err)
			}
			a := m.get(t, path)
			if _, kind, err := image.DecodeConfig(strings.NewReader(a.body)); err != nil || kind != "jpeg" || a.status != http.StatusOK || strings.Contains(a.body, "php") {
				t.Errorf("M40: the file is %d %s %v", a.status, kind, err)
			}
			if h := a.header; h.Get("Content-Type") != "image/jpeg" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("M40: %v", h)
			}
			if head := m.do(t, http.MethodHead, path); head.status != http.StatusOK || head.body != "" {
				t.Errorf("HEAD: %d", head.status)
			}
			if u := m.me(t, token[0]); u["photo"] != photo {
				t.Errorf("M40: the photo of u is %v, want %s", u["photo"], photo)
			}
			if seen := m.sync(t, token[1], "phones", phonesOf(1)).contacts(t); len(seen) != 1 || seen[0].Photo != photo {
				t.Errorf("M40: others see %+v", seen)
			}
		})
	}
	before := m.me(t, token[0])["photo"]
	for name, data := range map[string][]byte{
		"a program": []byte(planted), "an SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "a zip": zipped(t), "a PNG that says it is huge": bomb(t),
		"half a picture": pngOf(t, 400, 300)[:500], "nothing": {}, "the head of a GIF": []byte("GIF89a"), "a page": []byte("<html><img></html>"),
	} {
		for _, f := range []fields{upload, {"op", "profile", "token", token[0], "name", "N"}, {"op", "setgroup", "token", token[0], "gid", "0", "name", "G", "m", phoneOf(2)}} {
			got := m.say(t, withFiles(part{"photo", "me.png", "image/png", data}), f)
			if len(data) == 0 && got.text("error") == "MISSINGFILE" {
				continue // an empty file is as good as none
			}
			if len(data) > 0 || f[1] == "upload" {
				got.fail(t, "BADIMAGE")
			}
		}
		if after := m.me(t, token[0]); after["photo"] != before {
			t.Errorf("%s became the photo", name)
		}
	}
	m.say(t, asForm, upload).fail(t, "MISSINGFILE")
	m.say(t, withFiles(part{"photo", "a.png", "image/png", pngOf(t, 9, 9)}), fields{"op", "upload", "token", token[0] + "x"}).fail(t, "AUTHFAIL")
	t.Run("a photo is deleted", func(t *testing.T) {
		m.say(t, asForm, fields{"op", "upload", "token", token[0], "profile", "1", "delete", "1"}).ok(t)
		if u := m.me(t, token[0]); u["photo"] != "" {
			t.Errorf("M40: %v", u)
		}
		m.get(t, "/chat/mesibo/files/"+before.(string)).expectStatus(t, http.StatusNotFound)
	})
	t.Run("a picture of a message leaves the profile alone", func(t *testing.T) {
		got := m.say(t, withFiles(part{"file", "a.png", "image/png", pngOf(t, 30, 30)}), fields{"op", "upload", "token", token[0], "profile", "0", "mid", "77"}).ok(t)
		if !strings.HasPrefix(got.text("file"), "https://www.example.com/") || m.me(t, token[0])["photo"] != "" {
			t.Errorf("M40: %s", got.body)
		}
	})
	t.Run("a picture of a group", func(t *testing.T) {
		gid := m.group(t, token[0], phonesOf(2))
		f := fields{"op", "upload", "gid", gid, "profile", "1"}
		w := withFiles(part{"photo", "a.png", "image/png", pngOf(t, 30, 30)})
		m.say(t, w, f.and("token", token[1])).fail(t, "BADGROUP")
		photo := m.say(t, w, f.and("token", token[0])).ok(t).text("photo")
		if got := m.say(t, asForm, fields{"op", "getgroup", "token", token[1], "gid", gid}).ok(t); photo == "" || got.text("photo") != photo {
			t.Errorf("M40: %q, then %s", photo, got.body)
		}
	})
	for _, bad := range []string{"..%2f..%2fchatpass.db", "../files", "x.jpg", "%00", "a/b.jpg", strings.Repeat("a", 5000), ".", ""} {
		if a := m.get(t, "/chat/mesibo/files/"+bad); a.status != http.StatusNotFound && a.status != http.StatusBadRequest && a.status != http.StatusMovedPermanently {
			t.Errorf("%.40s: %d", bad, a.status)
		}
	}
	large := part{"photo", "a.png", "image/png", bytes.Repeat([]byte("x"), 12<<20)}
	if method, query, carry := withFiles(large).ask(t, upload); true {
		if a, err := try(t.Context(), client, method, m.public+mesiboAPI+query, carry...); err == nil && a.status != http.StatusRequestEntityTooLarge && !strings.Contains(a.body, "BADIMAGE") {
			t.Errorf("12 MiB: %d %.200s", a.status, a.body)
		}
	}
}
