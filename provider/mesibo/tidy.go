package mesibo

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/provider"
)

const (
	profilesEvery = 10 * time.Minute // that others wait for a new name at most, of somebody nobody asks about
	filesEvery    = 6 * time.Hour
	sweepPause    = 20 * time.Millisecond // between two pages of a sweep, for everybody else who uses the site's database
)

// tidy looks after names and files, until ctx ends.
func (p *Provider) tidy(ctx context.Context) {
	if err := p.private.folder.probe(); err != nil {
		p.log.Warn("pictures cannot be kept in the folder that CHATPASS_MESIBO_FILES names, or else CHATPASS_STATE_DIR; uploads will fail", "error", err.Error())
	}
	for files := time.Duration(0); provider.Sleep(ctx, profilesEvery) == nil; files += profilesEvery {
		if err := p.sweepProfiles(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the names of mesibo's users cannot be looked after", "error", err.Error())
		}
		if err := p.sweepErased(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("files of users who were erased cannot be removed yet", "error", err.Error())
		}
		if files%filesEvery != 0 {
			continue
		}
		if err := p.sweepFiles(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("the files of mesibo cannot be looked after", "error", err.Error())
		}
	}
}

// sweepProfiles looks at all users who have a live token, and notes whose name is another on the site by now, so that others are told.
func (p *Provider) sweepProfiles(ctx context.Context) error {
	if p.users == nil {
		return nil
	}
	st, err := p.open(ctx)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		page, err := st.MesiboTokenUsers(ctx, after, freshWrites) // so many that every changed name is written
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].ID
		if _, err := p.fresh(ctx, st, page); err != nil {
			return err
		}
		if err := provider.Sleep(ctx, sweepPause); err != nil {
			return err
		}
	}
}
