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
