package provider

// Asking returns the provider that calls back for users, and its ability; nil for both when none does. Its calls name no provider,
// so that there can be one only: the first.
func Asking(providers []Provider) (Provider, UsersInfo) {
	for _, p := range providers {
		if info, ok := p.(UsersInfo); ok {
			return p, info
		}
	}
	return nil, nil
}
