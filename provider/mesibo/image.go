package mesibo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"time"

	"github.com/bep/imagemeta"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	maxImageBytes  = 10 << 20   // of an upload: what the largest telephone camera writes as JPEG
	maxImagePixels = 16_000_000 // a camera of 12 megapixels and a bit; decoding the worst JPEG of that size takes 250 MB
	maxImageSide   = 16_384     // of a panorama; more is a bomb's
	photoSide      = 1280       // to which pictures are scaled down: what telephones show whole
	thumbSide      = 100        // of the thumbnail, as the reference makes it
	photoQuality   = 85         // of JPEG: no difference is seen
	thumbQuality   = 50         // as the reference
	imageTags      = 500        // that are looked through for the orientation; cameras write some dozens
	metaPatience   = time.Second
)

// errImage says that an upload is no picture we take.
var errImage = errors.New("mesibo: no picture of a known kind, or too large")

// picture is an upload after it was read: nothing of the file that came is in it but its pixels.
type picture struct {
	photo []byte // JPEG, each side at most photoSide
	thumb []byte // JPEG, each side at most thumbSide
}

// imageKind is a kind of picture: how its size is read before anything is decoded, and how it is decoded.
type imageKind struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	meta   imagemeta.ImageFormat // with an orientation; 0 is none
}

// imageKinds are the pictures that are taken, by the type that their first bytes show. What a client says of a file does not count.
var imageKinds = map[string]imageKind{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG},
	"image/png":  {png.DecodeConfig, png.Decode, imagemeta.PNG},
	"image/webp": {webp.DecodeConfig, webp.Decode, imagemeta.WebP},
	"image/gif":  {gif.DecodeConfig, gif.Decode, 0}, // the first frame
}

// decoding holds a token for whoever decodes: pictures take much memory for a moment.
type decoding chan struct{}

// read makes a picture of a file's bytes. It returns errImage for what is none, or ctx's error while others are decoded.
func (d decoding) read(ctx context.Context, data []byte) (picture, error) {
	k, known := imageKinds[http.DetectContentType(data)]
	if !known || len(data) > maxImageBytes {
		return picture{}, errImage
	}
	size, err := k.config(bytes.NewReader(data))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > maxImageSide || size.Height > maxImageSide || size.Width*size.Height > maxImagePixels {
		return picture{}, errImage
	}
	select {
	case d <- struct{}{}:
		defer func() { <-d }()
	case <-ctx.Done():
		return picture{}, ctx.Err()
	}
	decoded, err := decodeSafely(k.decode, data)
	if err != nil {
		return picture{}, errImage
	}
	b := decoded.Bounds()
	if b.Empty() || b.Dx()*b.Dy() > maxImagePixels {
		return picture{}, errImage
	}
	small := upright(scale(decoded, photoSide), orientation(data, k.meta))
	var p picture
	if p.photo, err = asJPEG(small, photoQuality); err != nil {
		return picture{}, err
	}
	p.thumb, err = asJPEG(scale(small, thumbSide), thumbQuality)
	return p, err
}

// decodeSafely decodes a picture. A decoder that panics over strange bytes found no picture in them.
func decodeSafely(decode func(io.Reader) (image.Image, error), data []byte) (i image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			i, err = nil, fmt.Errorf("mesibo: decoding a picture: %v", p)
		}
	}()
	return decode(bytes.NewReader(data))
}

func asJPEG(i image.Image, quality int) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, i, &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}

// scale draws a picture on white, no side longer than side; a smaller one keeps its size.
func scale(from image.Image, side int) *image.RGBA {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(to, to.Bounds(), from, b.Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(to, to.Bounds(), from, b, draw.Over, nil)
	}
	return to
}

// orientation is how a camera was held, 1 to 8 as Exif has it; 1 is upright, or not known.
func orientation(data []byte, format imagemeta.ImageFormat) (held int) {
	held = 1
	if format == 0 {
		return held
	}
	defer func() { // as with decoders
		if recover() != nil {
			held = 1
		}
	}()
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: format, Sources: imagemeta.EXIF, LimitNumTags: imageTags, Timeout: metaPatience,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if tag.Namespace != "IFD0" { // that of the thumbnail inside
				return nil
			}
			if v, ok := tag.Value.(uint16); ok && v >= 1 && v <= 8 {
				held = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	if err != nil {
		return 1 // broken notes are no reason to refuse a picture
	}
	return held
}

// upright turns a picture the way it was held.
func upright(from *image.RGBA, held int) *image.RGBA {
	if held == 1 {
		return from
	}
	w, h := from.Bounds().Dx(), from.Bounds().Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if held >= 5 { // lies on its side
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch held {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			to.SetRGBA(tx, ty, from.RGBAAt(x, y))
		}
	}
	return to
}
