package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// visible tells whom of the first users the settings give the chat, and what the rules on writing answer among them. It is silent
// where nothing of both is set.
func (r *report) visible(ctx context.Context, s *site) {
	if len(s.cfg.WidgetRoles) == 0 && !s.cfg.Mapping.MapsWriting() && !s.cfg.Mapping.MapsAvailable() {
		return
	}
	users, err := s.directory.Survey(ctx)
	if err != nil {
		r.warn("widget", "whom the settings give the chat cannot be looked at: "+err.Error(), s.remedy(err))
		return
	}
	if len(s.cfg.WidgetRoles) > 0 || s.cfg.Mapping.MapsAvailable() {
		r.admitted(s.cfg.WidgetRoles, users)
	}
	if s.cfg.Mapping.MapsWriting() {
		r.writing(s.directory, users)
	}
}

// admitted tells how many of some users get the chat, and of roles that none of them has.
func (r *report) admitted(roles []string, users []userinfo.User) {
	without := 0
	seen := map[string]bool{}
	for i := range users {
		if !users[i].MayChat(roles) {
			without++
		}
		seen[users[i].Role] = true
	}
	for _, role := range roles {
		if !seen[role] {
			r.warn("CHATPASS_WIDGET_ROLES", fmt.Sprintf("names the role %q, which none of the %d users looked at has; their roles are %s", setting.Clip(role), len(users), rolesOf(seen)),
				"nothing has to be done if the role is a rare one; else write it as CHATPASS_USERS_ROLE gives it, letter by letter")
		}
	}
	if without == len(users) {
		r.warn("widget", fmt.Sprintf("none of the %d users looked at gets the chat", without), "loosen CHATPASS_WIDGET_ROLES, or available_chat in the mapping")
		return
	}
	r.ok("widget", "%d of %d users looked at get the chat, %d get none", len(users)-without, len(users), without)
}

// rolesOf lists roles for a message, the first of many.
func rolesOf(seen map[string]bool) string {
	const most = 8
	var names []string
	for _, role := range slices.Sorted(maps.Keys(seen)) {
		if len(names) == most {
			names = append(names, "…")
			break
		}
		if role == "" {
			names = append(names, "none at all")
			continue
		}
		names = append(names, fmt.Sprintf("%q", setting.Clip(role)))
	}
	return strings.Join(names, ", ")
}

// writing tells what the rules on writing answer, and of conditions that cannot tell.
func (r *report) writing(d *userinfo.Directory, users []userinfo.User) {
	answers := map[userinfo.Writing]int{}
	unsure := map[string]int{}
	for i := range users {
		for _, place := range d.Unsure(&users[i]) {
			unsure[place]++
		}
		for j := range users {
			if i != j {
				answers[d.MayWrite(&users[i], &users[j])]++
			}
		}
	}
	for _, place := range slices.Sorted(maps.Keys(unsure)) {
		r.warn("writing", fmt.Sprintf("%s cannot tell for %d of %d users looked at, since a value is empty or cannot be compared: the strictest answer counts for them", place, unsure[place], len(users)),
			"ask for the value first: muted is not null and muted = 1")
	}
	if len(users) > 1 {
		r.ok("writing", "of %d users looked at, each to each other: %d allow, %d ask, %d deny", len(users), answers[userinfo.WriteAllowed], answers[userinfo.WriteAsked], answers[userinfo.WriteDenied])
	}
}
