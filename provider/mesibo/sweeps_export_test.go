package mesibo

import "context"

// SweepProfiles is sweepProfiles.
func (p *Provider) SweepProfiles(ctx context.Context) error { return p.sweepProfiles(ctx) }

// SweepFiles is sweepFiles.
func (p *Provider) SweepFiles(ctx context.Context) error { return p.sweepFiles(ctx) }

// GroupsADay is groupsADay.
const GroupsADay = groupsADay

// UploadsADay is uploadsADay.
const UploadsADay = uploadsADay

// SweepErased is sweepErased.
func (p *Provider) SweepErased(ctx context.Context) error { return p.sweepErased(ctx) }

// DiskIs has the disk of the files have so many bytes free.
func (p *Provider) DiskIs(free int64) {
	p.private.free = func(string) (int64, error) { return free, nil }
}

// The bounds of what a user keeps.
const (
	MaxKept        = maxKept
	LeastFree      = leastFree
	MessageFileAge = messageFileAge
)
