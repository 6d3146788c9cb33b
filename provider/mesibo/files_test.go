package mesibo_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
)

// halves is a picture whose left half is red and whose right half is blue.
func halves(w, h int) image.Image {
	i := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			i.SetRGBA(x, y, c)
		}
	}
	return i
}

func pngOf(t testing.TB, i image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, i); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func jpegOf(t testing.TB, i image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, i, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// held adds to a JPEG how the camera was held, and where.
func held(data []byte, orientation uint16) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, orientation)
	tiff = append(tiff, "\x00\x00\x01\x0e\x00\x02\x00\x00\x00\x10\x00\x00\x00\x26\x00\x00\x00\x00"...)
	tiff = append(tiff, "canary-position\x00"...)
	exif := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(exif)+2))
	return append(append(append([]byte{}, data[:2]...), append(segment, exif...)...), data[2:]...)
}

// claims is a PNG whose header tells a size, with nothing behind it.
func claims(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	header = append(header, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}

// webpPicture is a lossless WebP of one red pixel.
var webpPicture = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

// fetch gets a file by its absolute address.
func (d *desk) fetch(t *testing.T, method, address string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := d.serve(r)
	var fault *provider.Fault
	switch {
	case errors.As(err, &fault):
		w.Code = fault.Status
	case err != nil:
		t.Fatal(err)
	}
	return w
}

// folder lists the files.
func (d *desk) folder(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(d.files)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestM40AnUploadBecomesAPhotoOfOurOwn(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	got := d.send(t, ann, "upload", "photo", "../../evil.php", pngOf(t, halves(3000, 1000)), "profile=1")
	photo, _ := got["photo"].(string)
	if got["result"] != "OK" || got["phone"] != deskPhone(1) || got["gid"] != 0.0 || got["profile"] != 1.0 || got["name"] != "Ann" ||
		got["file"] != "https://site.example/chat/mesibo/files/"+photo || len(photo) != 36 || !strings.HasSuffix(photo, ".jpg") {
		t.Fatalf("got %v\n%s", got, d.logged())
	}
	tn, err := base64.StdEncoding.DecodeString(got["tn"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if size, kind, err := image.DecodeConfig(bytes.NewReader(tn)); err != nil || kind != "jpeg" || size.Width != 100 || size.Height != 33 {
		t.Errorf("thumbnail: %v %s %v", size, kind, err)
	}
	w := d.fetch(t, http.MethodGet, got["file"].(string))
	if size, kind, err := image.DecodeConfig(w.Body); err != nil || kind != "jpeg" || size.Width != 1280 || size.Height != 426 {
		t.Errorf("photo: %v %s %v", size, kind, err)
	}
	names := d.folder(t)
	if len(names) != 2 {
		t.Errorf("folder: %v", names)
	}
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(d.files, name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if info, err := os.Stat(d.files); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v %v", info, err)
	}
	second := d.send(t, ann, "upload", "file", "x.png", pngOf(t, halves(10, 10)), "profile=1")
	if d.fetch(t, http.MethodGet, got["file"].(string)).Code != http.StatusNotFound || len(d.folder(t)) != 2 || second["photo"] == photo {
		t.Errorf("the former photo stays: %v", d.folder(t))
	}
	if gone := d.ok(t, ann, "upload", "delete=1", "profile=1"); gone["photo"] != "" || gone["file"] != "" || len(d.folder(t)) != 0 || d.row(t, 1).Photo != "" {
		t.Errorf("deleted: %v, folder %v", gone, d.folder(t))
	}
}

func TestM40WhatIsNoPictureIsRefused(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	good := pngOf(t, halves(20, 20))
	for name, data := range map[string][]byte{
		"PHP": []byte("<?php echo 1;"), "PHP behind the magic of GIF": []byte("GIF89a<?php echo 1;"), "SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"HTML": []byte("<html><script>alert(1)</script>"), "a zip": []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), "nothing": {}, "a PDF": []byte("%PDF-1.7"),
		"a PNG that is cut":        good[:len(good)/2],
		"a bomb of a width":        claims(1<<30, 1),
		"a bomb of pixels":         claims(15000, 15000),
		"a PNG without a size":     claims(0, 0),
		"a picture that is a bomb": pngOf(t, image.NewGray(image.Rect(0, 0, 5000, 5000))),
		"too many bytes":           append(jpegOf(t, halves(20, 20)), make([]byte, 10<<20)...)[:10<<20+1-2048],
	} {
		t.Run(name, func(t *testing.T) {
			if name == "too many bytes" {
				data = append(data, make([]byte, 2048)...)
			}
			refusedWith(t, d.send(t, ann, "upload", "photo", "a.png", data, "profile=1"), "BADIMAGE")
		})
	}
	for _, op := range []string{"upload", "profile", "setgroup"} {
		refusedWith(t, d.send(t, ann, op, "photo", "a.png", []byte("<?php"), "name=Changed"), "BADIMAGE")
	}
	refusedWith(t, d.ask(t, ann, "upload", "profile=1"), "MISSINGFILE")
	refusedWith(t, d.ask(t, ann, "upload", "mid=7"), "MISSINGFILE")
	if u := d.row(t, 1); u.Name != "" || u.Photo != "" || len(d.folder(t)) != 0 || len(d.peer.taken()) != 0 {
		t.Errorf("a refused file changed %+v, %v", u, d.folder(t))
	}
}

func TestPicturesOfAllKindsAreTaken(t *testing.T) {
	var animated bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.White, color.Black})
	if err := gif.EncodeAll(&animated, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	for name, data := range map[string][]byte{
		"PNG": pngOf(t, halves(20, 10)), "JPEG": jpegOf(t, halves(20, 10)), "GIF": animated.Bytes(), "WebP": webpPicture, "one pixel": pngOf(t, halves(1, 1)),
		"a strip": pngOf(t, halves(4000, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.send(t, ann, "upload", "photo", "a", data); got["result"] != "OK" || got["tn"] == nil {
				t.Errorf("got %v", got)
			}
		})
	}
	if names := d.folder(t); len(names) != 2 {
		t.Errorf("replaced photos stay: %v", names)
	}
}

func TestAPhotoStandsUprightAndTellsNothingElse(t *testing.T) {
	// red is where the left half goes
	for orientation, red := range map[uint16]string{1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"} {
		d := newDesk(t, "", nil)
		ann := d.join(t, 1, "Ann")
		got := d.send(t, ann, "upload", "photo", "a.jpg", held(jpegOf(t, halves(64, 32)), orientation))
		if got["result"] != "OK" {
			t.Fatalf("%d: %v", orientation, got)
		}
		data := d.fetch(t, http.MethodGet, got["file"].(string)).Body.Bytes()
		if bytes.Contains(data, []byte("canary")) || bytes.Contains(data, []byte("Exif")) {
			t.Errorf("%d: what the camera noted is still there", orientation)
		}
		i, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		w, h := i.Bounds().Dx(), i.Bounds().Dy()
		if lies := orientation >= 5; lies != (h > w) {
			t.Errorf("%d: %d × %d", orientation, w, h)
		}
		at := map[string]image.Point{"left": {4, h / 2}, "right": {w - 4, h / 2}, "top": {w / 2, 4}, "bottom": {w / 2, h - 4}}
		for side, p := range at {
			r, _, b, _ := i.At(p.X, p.Y).RGBA()
			opposite := map[string]string{"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[red]
			if side == red && r < b || side == opposite && r > b {
				t.Errorf("%d: red is not %s", orientation, red)
			}
		}
	}
}

func TestAMessageFileIsNobodysPhoto(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	for _, how := range [][]string{{"mid=77"}, {"profile=0"}, {"profile=0", "gid=500", "mid=9"}} {
		got := d.send(t, ann, "upload", "file", "a.jpg", jpegOf(t, halves(20, 10)), how...)
		if got["result"] != "OK" || got["photo"] != "" || got["profile"] != 0.0 || d.row(t, 1).Photo != "" {
			t.Errorf("%v: %v", how, got)
		}
		if w := d.fetch(t, http.MethodGet, got["file"].(string)); w.Code != http.StatusOK {
			t.Errorf("%v: %d", how, w.Code)
		}
	}
}

func TestAGroupsPhotoIsItsAdmins(t *testing.T) {
	d, ann, bob, _, _ := quartet(t)
	picture := pngOf(t, halves(20, 20))
	refusedWith(t, d.send(t, bob, "upload", "photo", "a.png", picture, "gid=500", "profile=1"), "BADGROUP")
	refusedWith(t, d.send(t, bob, "profile", "photo", "a.png", picture, "gid=500"), "BADGROUP")
	refusedWith(t, d.ask(t, bob, "upload", "gid=500", "delete=1"), "BADGROUP")
	if names := d.folder(t); len(names) != 0 {
		t.Errorf("files of refused uploads: %v", names)
	}
	first := d.send(t, ann, "upload", "photo", "a.png", picture, "gid=500", "profile=1")
	if first["result"] != "OK" || first["gid"] != 500.0 || first["name"] != "Team" {
		t.Fatalf("got %v", first)
	}
	if got := d.ok(t, bob, "getgroup", "gid=500"); got["photo"] != first["photo"] || got["tn"] != first["tn"] {
		t.Errorf("getgroup: %v", got)
	}
	second := d.send(t, ann, "setgroup", "photo", "a.png", picture, "gid=500")
	if second["result"] != "OK" || second["photo"] == first["photo"] || len(d.folder(t)) != 2 {
		t.Errorf("setgroup: %v, %v", second, d.folder(t))
	}
	d.ok(t, ann, "upload", "gid=500", "delete=1")
	if got := d.ok(t, bob, "getgroup", "gid=500"); got["photo"] != "" || got["tn"] != nil || len(d.folder(t)) != 0 {
		t.Errorf("deleted: %v, %v", got, d.folder(t))
	}
	d.peer.fail(true)
	refusedWith(t, d.send(t, ann, "setgroup", "photo", "a.png", picture, "name=New"), "BADUSER")
	if names := d.folder(t); len(names) != 0 {
		t.Errorf("files of a group that was not made: %v", names)
	}
}

func TestFilesAreServedAsPicturesAndNothingElse(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	address := d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(20, 10)))["file"].(string)
	w := d.fetch(t, http.MethodGet, address)
	whole := w.Body.Bytes()
	want := map[string]string{
		"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Disposition": "inline", "Cross-Origin-Resource-Policy": "cross-origin",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=31536000, immutable", "Accept-Ranges": "bytes",
	}
	got := map[string]string{}
	for key := range want {
		got[key] = w.Header().Get(key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if head := d.fetch(t, http.MethodHead, address); head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	if part := d.fetch(t, http.MethodGet, address, "Range", "bytes=2-5"); part.Code != http.StatusPartialContent || !bytes.Equal(part.Body.Bytes(), whole[2:6]) {
		t.Errorf("a range: %d", part.Code)
	}
	if same := d.fetch(t, http.MethodGet, address, "If-None-Match", w.Header().Get("Etag")); same.Code != http.StatusNotModified {
		t.Errorf("with the tag: %d", same.Code)
	}
	base, name := filepath.Dir(address), filepath.Base(address)
	base = strings.Replace(base, "https:/", "https://", 1)
	for _, other := range []string{
		"0123456789abcdef0123456789abcdef.jpg", strings.TrimSuffix(name, ".jpg") + ".tn", strings.ToUpper(name), name + ".part", "..", "%2e%2e", name + "%00",
		strings.Replace(name, ".jpg", "%2ejpg", 1), "..%2f" + name, strings.TrimSuffix(name, ".jpg"), name[1:],
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"/"+other, nil)
		var fault *provider.Fault
		for _, route := range d.routes {
			if strings.HasSuffix(route.Path, ":name") {
				if err := route.Serve(httptest.NewRecorder(), r, &provider.Visitor{}); !errors.As(err, &fault) || fault.Status != http.StatusNotFound {
					t.Errorf("%s: %v", other, err)
				}
			}
		}
		if fault == nil {
			t.Fatal("there is no route of files")
		}
	}
	if err := d.store.DropMesiboFile(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if w := d.fetch(t, http.MethodGet, address); w.Code != http.StatusNotFound {
		t.Errorf("without a row: %d", w.Code)
	}
}

func TestAFolderThatCannotBeWrittenIsAFailureOfOurs(t *testing.T) {
	d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Files = "/dev/full/files" })
	bob := d.join(t, 2, "Bob")
	for _, op := range []string{"upload", "profile", "setgroup"} {
		refusedWith(t, d.send(t, bob, op, "photo", "a.png", pngOf(t, halves(20, 10)), "name=Other"), "UNAVAILABLE")
	}
	if u := d.row(t, 2); u.Photo != "" || u.Name != "" || len(d.peer.taken()) != 0 {
		t.Errorf("changed: %+v", u)
	}
}

func TestTheSweepRemovesWhatBelongsToNothing(t *testing.T) {
	d := newDesk(t, "", nil)
	d.mu.Lock()
	d.now = time.Now() // files have the times of the machine
	d.mu.Unlock()
	ann := d.join(t, 1, "Ann")
	kept := d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(20, 10)))["photo"].(string)
	lost := d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(20, 10)), "mid=1")["file"].(string)
	stray := d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(20, 10)), "mid=1")["file"].(string)
	if err := os.Remove(filepath.Join(d.files, filepath.Base(lost))); err != nil {
		t.Fatal(err)
	}
	if err := d.store.DropMesiboFile(t.Context(), filepath.Base(stray)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README", kept + ".part"} {
		if err := os.WriteFile(filepath.Join(d.files, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := d.folder(t)
	if err := d.provider.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, d.folder(t)); diff != "" {
		t.Errorf("what is new was swept (-want +got):\n%s", diff)
	}
	d.pass(25 * time.Hour)
	if err := d.provider.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameList(t, d.folder(t), kept, strings.TrimSuffix(kept, ".jpg")+".tn", "README", strings.TrimSuffix(filepath.Base(lost), ".jpg")+".tn")
	if _, err := d.store.MesiboFile(t.Context(), filepath.Base(lost)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the row of a lost file: %v", err)
	}
}

func TestTheSweepRemovesNothingWhereMostWouldGo(t *testing.T) {
	d := newDesk(t, "", nil)
	d.mu.Lock()
	d.now = time.Now()
	d.mu.Unlock()
	ann := d.join(t, 1, "Ann")
	for range 20 {
		d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(2, 2)), "mid=1")
	}
	d.pass(25 * time.Hour)
	rows, err := d.store.MesiboFiles(t.Context(), "", 100)
	if err != nil || len(rows) != 20 {
		t.Fatal(len(rows), err)
	}
	if err := os.Rename(d.files, d.files+"-elsewhere"); err != nil { // the folder is not mounted
		t.Fatal(err)
	}
	if err := os.Mkdir(d.files, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.provider.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := d.store.MesiboFiles(t.Context(), "", 100); err != nil || len(left) != 20 {
		t.Errorf("%d rows are left, %v", len(left), err)
	}
	_ = os.Remove(d.files)
	if err := os.Rename(d.files+"-elsewhere", d.files); err != nil {
		t.Fatal(err)
	}
	for i := range rows { // another store
		if err := d.store.DropMesiboFile(t.Context(), rows[i].Name); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.provider.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := d.folder(t); len(names) != 40 {
		t.Errorf("%d files are left", len(names))
	}
}

func TestUploadsOfADayAreBounded(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	for range mesibo.UploadsADay {
		d.send(t, ann, "upload", "photo", "a.png", []byte("no picture"), "mid=1")
	}
	refusedWith(t, d.send(t, ann, "upload", "photo", "a.png", pngOf(t, halves(2, 2)), "mid=1"), "RATELIMIT")
}

func TestWhereADeviceGetsNotificationsIsKeptForEachDevice(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	refusedWith(t, d.ask(t, ann, "setnotify"), "MISSINGPARA")
	refusedWith(t, d.ask(t, ann, "setnotify", "notifytoken=a b"), "MISSINGPARA")
	refusedWith(t, d.ask(t, ann, "setnotify", "notifytoken="+strings.Repeat("a", 5000)), "MISSINGPARA")
	d.ok(t, ann, "setnotify", "notifytoken=canary-push-token", "dt=1", "prod=1")
	d.ok(t, ann, "setnotify", "fcmid=canary-push-token-2", "dt=1")
	if strings.Contains(d.logged(), "canary") {
		t.Errorf("the log holds a push token: %s", d.logged())
	}
}
