package mesibo

import "github.com/chatpass/chatpass/provider"

// news tells the log of a trouble, which err is, or that it is over.
func (p *Provider) news(s *provider.Spell, err error, begins, over string) {
	s.News(p.log, p.now(), err, begins, over)
}
