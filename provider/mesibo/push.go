package mesibo

import (
	"strings"

	"github.com/chatpass/chatpass/store"
)

// setNotify keeps where a device gets notifications. Mesibo sends them itself to clients of today; older ones ask for this.
func (p *Provider) setNotify(q *question, _ *answer) error {
	token := q.trimmed("notifytoken")
	if token == "" {
		token = q.trimmed("fcmid")
	}
	if token == "" {
		return refuse(missingPara, "No token for notifications")
	}
	if len(token) > store.MaxMesiboPush || strings.ContainsFunc(token, func(r rune) bool { return r < 0x21 || r > 0x7E }) {
		return refuse(missingPara, "That is no token for notifications")
	}
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	return st.PutMesiboPush(q.ctx, store.MesiboPush{
		User: q.member.ID, Device: q.member.token.Device, Token: token, Production: q.flag("prod"),
	})
}
