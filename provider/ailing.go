package provider

// Ailing is an optional ability: the provider knows that it cannot work until its owner does something, such as renew a key it was refused with, or until it has read what it
// has to know first.
type Ailing interface {
	// Ailing tells why, in a word for the owner such as "mesibo_token_breach"; "" while the provider works, or fails for a reason that may pass.
	Ailing() string
}
