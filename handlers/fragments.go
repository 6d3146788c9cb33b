package handlers

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/static"
	"github.com/chatpass/chatpass/templates"
	"github.com/chatpass/chatpass/userinfo"
)

func (s *Server) loaderTag(nonce string) ([]byte, error) {
	var out bytes.Buffer
	err := templates.Widget(&out, templates.WidgetData{BasePath: s.o.BasePath, Nonce: nonce, HideOn: s.o.HideOn})
	return out.Bytes(), err
}

// buttonTag is the button's HTML. Its id is marked as text where the token has it so: two forms of one id split a conversation.
func (s *Server) buttonTag(to userinfo.ID, pass provider.DialogPass, label string) ([]byte, error) {
	var out bytes.Buffer
	err := templates.Button(&out, templates.ButtonData{
		To: string(to), Token: pass.Token, Label: label, AsString: pass.IDAsString,
	})
	return out.Bytes(), err
}

// packedLoader is the loader compressed, made when it is first asked for.
var packedLoader = sync.OnceValues(func() ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(static.Loader()); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
})

// loader answers the static loader, the same for everybody.
func (s *Server) loader(c *gin.Context) error {
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Vary", "Accept-Encoding")
	body, etag := static.Loader(), static.LoaderETag()
	if acceptsGzip(c.Request) {
		packed, err := packedLoader()
		if err != nil {
			return err
		}
		body, etag = packed, strings.TrimSuffix(etag, `"`)+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", etag)
	if match := c.Request.Header.Get("If-None-Match"); match == "*" || strings.Contains(match, etag) {
		h.Del("Content-Encoding")
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	send(c, http.StatusOK, scriptType, body)
	return nil
}

// acceptsGzip reads Accept-Encoding; gzip;q=0 forbids it.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ToLower(strings.ReplaceAll(quality, " ", ""))
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
