package handlers

import (
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// searchShape is how a plugin's search answers.
type searchShape uint8

const (
	bareArray searchShape = iota // [{…}]
	envelope                     // {"code":200,"version":1,"data":[{…}]}
	oneObject                    // {…}, the first hit alone
)

// search answers a user search for the term in the path or in one of the parameters names.
func (s *Server) search(shape searchShape, names ...string) handler {
	return func(c *gin.Context) (err error) {
		defer func() { s.calls.note(c.FullPath(), err, 0) }()
		if err := s.authorize(c); err != nil {
			return err
		}
		if !s.o.Searches {
			return errNotFound
		}
		term := c.Param("term")
		for _, name := range names {
			if term == "" {
				term = formValue(c.Request, name)
			}
		}
		select {
		case s.searching <- struct{}{}:
			defer func() { <-s.searching }()
		default:
			return errBusySearches
		}
		users, err := s.o.Directory.Search(c.Request.Context(), term)
		if err != nil {
			return err
		}
		s.sendUsers(c, shape, users)
		return nil
	}
}

// searchWordPress is search with the spaces that its plugin writes as _.
func (s *Server) searchWordPress(c *gin.Context) error {
	for i, p := range c.Params {
		if p.Key == "term" {
			c.Params[i].Value = strings.ReplaceAll(p.Value, "_", " ")
		}
	}
	return s.search(bareArray)(c)
}

// friends answers the friends of the user in the path.
func (s *Server) friends(c *gin.Context) (err error) {
	defer func() { s.calls.note(c.FullPath(), err, 0) }()
	if err := s.authorize(c); err != nil {
		return err
	}
	if !s.o.Friends {
		return errNotFound
	}
	users, err := s.o.Directory.Friends(c.Request.Context(), userinfo.ID(c.Param("ids")))
	if err != nil {
		return err
	}
	s.sendUsers(c, bareArray, users)
	return nil
}

// version answers the version of the interface (ImbaChat §1.1 D), with credentials as every route of the provider.
func (s *Server) version(c *gin.Context) (err error) {
	defer func() { s.calls.note(c.FullPath(), err, 0) }()
	if err := s.authorize(c); err != nil {
		return err
	}
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, jsonType, []byte(`{"version":1,"type":"Chatpass"}`))
	return nil
}

func (s *Server) sendUsers(c *gin.Context, shape searchShape, users []userinfo.User) {
	var body []byte
	switch shape {
	case envelope:
		body = append(body, `{"code":200,"version":1,"data":`...)
	case oneObject:
		if len(users) == 0 {
			body = append(body, `{"name":null,"user_id":null}`...)
		} else {
			body = s.info.AppendUser(body, &users[0])
		}
		c.Writer.Header()["Cache-Control"] = noStore
		send(c, http.StatusOK, jsonType, body)
		return
	case bareArray:
	}
	body = append(body, '[')
	for i := range users {
		mark := len(body)
		if body[mark-1] != '[' {
			body = append(body, ',')
		}
		before := len(body)
		if body = s.info.AppendUser(body, &users[i]); len(body) == before {
			body = body[:mark]
		}
	}
	body = append(body, ']')
	if shape == envelope {
		body = append(body, '}')
	}
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, jsonType, body)
}

// queryRoute serves the routes that live in a parameter: WordPress without permalinks (rest_route), OpenCart (route) and samples
// such as KVS's that only have user_ids.
func (s *Server) queryRoute(c *gin.Context) error {
	q := c.Request.URL.Query()
	const wp, oc = "/imbachat/v1/", "extension/module/imbachat/"
	if rest, ok := strings.CutPrefix(q.Get("rest_route"), wp); ok && s.rules.Compat["wordpress"] {
		action, arg, _ := strings.Cut(rest, "/")
		switch action {
		case "getusers":
			return s.usersFrom(c, arg)
		case "searchusers":
			c.Params = append(c.Params, gin.Param{Key: "term", Value: arg})
			return s.searchWordPress(c)
		case "user":
			if id, ok := strings.CutPrefix(arg, "friends/"); ok {
				c.Params = append(c.Params, gin.Param{Key: "ids", Value: id})
				return s.friends(c)
			}
		}
		return errNotFound
	}
	if action, ok := strings.CutPrefix(q.Get("route"), oc); ok && s.rules.Compat["opencart"] {
		switch action {
		case "users":
			return s.usersFrom(c, "")
		case "usersearch":
			return s.search(oneObject, "str")(c)
		}
		return errNotFound
	}
	if q.Has("user_ids") && s.rules.Compat["kvs"] {
		return s.usersFrom(c, "")
	}
	return errNotFound
}

func readAll(r *http.Request) (string, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	return string(raw), err
}
