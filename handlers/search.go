package handlers

import (
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

// search answers a user search for the term in the path or else in the parameter name.
func (s *Server) search(shape searchShape, name string) providerHandler {
	return func(c *gin.Context, a *ask) (int, error) {
		if !s.o.Searches {
			return 0, errNotFound
		}
		term := a.arg
		if term == "" && name != "" {
			term = a.value(name)
		}
		select {
		case s.searching <- struct{}{}:
			defer func() { <-s.searching }()
		default:
			return 0, errBusySearches
		}
		users, err := s.o.Directory.Search(c.Request.Context(), term)
		if err != nil {
			return 0, err
		}
		s.sendUsers(c, shape, users)
		return 0, nil
	}
}

// searchWordPress is search with the spaces that its plugin writes as _.
func (s *Server) searchWordPress(c *gin.Context, a *ask) (int, error) {
	a.arg = strings.ReplaceAll(a.arg, "_", " ")
	return s.search(bareArray, "")(c, a)
}

// friends answers the friends of the user in the path.
func (s *Server) friends(c *gin.Context, a *ask) (int, error) {
	if !s.o.Friends {
		return 0, errNotFound
	}
	users, err := s.o.Directory.Friends(c.Request.Context(), userinfo.ID(a.arg))
	if err != nil {
		return 1, err
	}
	s.sendUsers(c, bareArray, users)
	return 1, nil
}

// version answers the version of the interface (ImbaChat §1.1 D), with credentials as every route of the provider.
func (s *Server) version(c *gin.Context, _ *ask) (int, error) {
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, jsonType, []byte(`{"version":1,"type":"Chatpass"}`))
	return 0, nil
}

func (s *Server) sendUsers(c *gin.Context, shape searchShape, users []userinfo.User) {
	var body []byte
	switch shape {
	case oneObject:
		for i := range users {
			if body = s.info.AppendUser(body, &users[i]); len(body) > 0 {
				break
			}
		}
		if len(body) == 0 {
			body = append(body, `{"name":null,"user_id":null}`...)
		}
	case envelope:
		body = append(body, `{"code":200,"version":1,"data":`...)
		body = append(s.appendUsers(body, users), '}')
	case bareArray:
		body = s.appendUsers(body, users)
	}
	c.Writer.Header()["Cache-Control"] = noStore
	send(c, http.StatusOK, jsonType, body)
}

// appendUsers appends a JSON array of users, without those the provider could not tell apart.
func (s *Server) appendUsers(body []byte, users []userinfo.User) []byte {
	body = append(body, '[')
	start := len(body)
	for i := range users {
		mark := len(body)
		if mark > start {
			body = append(body, ',')
		}
		before := len(body)
		if body = s.info.AppendUser(body, &users[i]); len(body) == before {
			body = body[:mark]
		}
	}
	return append(body, ']')
}

// queryRoute serves the routes that live in a parameter.
func (s *Server) queryRoute(c *gin.Context) error {
	a := takeAsk(c.Request)
	defer a.release()
	h := s.routeOf(c.FullPath(), a)
	if h == nil {
		return errNotFound
	}
	return s.serveProvider(c, a, h)
}

// routeOf finds what a call without a path of its own asks for: WordPress without permalinks (rest_route), OpenCart (route), and
// samples such as KVS's that only have ids. It is nil for everything else, which is the site's own affair.
func (s *Server) routeOf(path string, a *ask) providerHandler {
	query := a.r.URL.RawQuery
	if route, ok := param(query, "rest_route"); ok && s.rules.Compat["wordpress"] {
		return s.wordPressRoute(route, a)
	}
	if route, ok := param(query, "route"); ok && s.rules.Compat["opencart"] {
		switch route {
		case "extension/module/imbachat/users":
			return s.users
		case "extension/module/imbachat/usersearch":
			return s.search(oneObject, "str")
		}
		return nil
	}
	if !s.rules.Compat["kvs"] {
		return nil
	}
	form, err := a.postForm()
	if err != nil || namesIDs(query, path) || namesIDs(form, path) {
		return s.users // which also tells what is wrong with the form, to whom it may be told
	}
	return nil
}

// namesIDs reports whether a form names ids. At paths of the site itself only user_ids counts: id and users are common words there.
func namesIDs(form, path string) bool {
	for pair := range strings.SplitSeq(form, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if known := idName(name); known == idNames[0] || known != "" && path == kvsScript {
			return true
		}
	}
	return false
}

func (s *Server) wordPressRoute(route string, a *ask) providerHandler {
	rest, ok := strings.CutPrefix(route, "/imbachat/v1/")
	if !ok {
		return nil
	}
	action, arg, _ := strings.Cut(rest, "/")
	switch action {
	case "getusers":
		a.arg = arg
		return s.users
	case "searchusers":
		a.arg = arg
		return s.searchWordPress
	case "user":
		if a.arg, ok = strings.CutPrefix(arg, "friends/"); ok {
			return s.friends
		}
	}
	return nil
}
